import { describe, expect, it } from "vitest";
import { endedConnection, failedAttempt } from "../../../src/client/reconnecting/failure.ts";
import type { CloseInfo } from "../../../src/connection/close-info.ts";
import { ArgumentError, HandshakeError } from "../../../src/errors.ts";
import { Fields } from "../../../src/handshake/fields.ts";

function refusal(code: string, status: number, ...fields: [string, string][]): HandshakeError {
  const answer = { status, statusText: "", headers: new Fields(fields), body: Buffer.alloc(0) };
  const received = status === 0 ? undefined : answer;
  return new HandshakeError(code, "refused", { status }, { received });
}

describe("a failed attempt", () => {
  it.each([400, 401, 403, 404, 405, 407, 410, 426, 431, 451, 301, 302, 304, 501, 505])(
    "is permanent for the status %i",
    (status) => {
      const error = refusal("REFUSED", status);
      expect(failedAttempt(error)).toMatchObject({ error, status, permanent: true });
    },
  );

  it.each([200, 204, 408, 421, 425, 429, 500, 502, 503, 504, 520])(
    "passes for the status %i",
    (status) => {
      expect(failedAttempt(refusal("REFUSED", status)).permanent).toBe(false);
    },
  );

  it.each([
    [401, true],
    [403, true],
    [407, true],
    [404, false],
    [502, false],
    [0, false],
  ])("by a proxy with %i: %s", (status, permanent) => {
    expect(failedAttempt(refusal("PROXY_REFUSED", status)).permanent).toBe(permanent);
  });

  it.each([
    "CONNECT_FAILED",
    "TLS_FAILED",
    "CONNECTION_LOST",
    "HANDSHAKE_TIMEOUT",
    "PROXY_FAILED",
    "BAD_RESPONSE",
    "HEAD_TOO_LARGE",
  ])("passes for %s", (code) => {
    expect(failedAttempt(refusal(code, 0))).toMatchObject({ status: 0, permanent: false });
  });

  it("is permanent for arguments that are wrong, and passes for what a function has thrown", () => {
    expect(failedAttempt(new ArgumentError("wrong")).permanent).toBe(true);
    const error = new TypeError("fetch failed");
    expect(failedAttempt(error)).toEqual({
      error,
      status: 0,
      closeCode: undefined,
      retryAfter: undefined,
      permanent: false,
    });
    expect(failedAttempt("a string").error).toBeInstanceOf(Error);
  });

  it("has what the server asks for", () => {
    expect(failedAttempt(refusal("REFUSED", 503, ["retry-after", "7"])).retryAfter).toBe(7000);
    expect(failedAttempt(refusal("REFUSED", 429, ["retry-after", "x"])).retryAfter).toBeUndefined();
    const date = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfter } = failedAttempt(refusal("REFUSED", 503, ["retry-after", date]));
    expect(retryAfter).toBeGreaterThan(57_000);
    expect(retryAfter).toBeLessThanOrEqual(60_000);
  });
});

describe("a connection that has ended", () => {
  const ended = (own: Partial<CloseInfo>) =>
    endedConnection({
      code: 1006,
      reason: "",
      initiator: "none",
      clean: false,
      error: undefined,
      discarded: 0,
      ...own,
    });

  it.each([1008, 1010, 3000, 3003, 4000, 4401, 4999])("is so for good with %i", (code) => {
    expect(ended({ code, initiator: "peer" })).toMatchObject({ closeCode: code, permanent: true });
  });

  it.each([1000, 1001, 1002, 1003, 1005, 1007, 1009, 1011, 1012, 1013, 1014, 3001, 3999])(
    "comes back with %i",
    (code) => {
      expect(ended({ code, initiator: "peer" }).permanent).toBe(false);
    },
  );

  it("comes back where this side has chosen the code", () => {
    expect(ended({ code: 4000, initiator: "local" }).permanent).toBe(false);
    expect(ended({ code: 1008, initiator: "local" }).permanent).toBe(false);
  });

  it("has an error that says how", () => {
    const cause = new Error("reset");
    const lost = ended({ error: cause });
    expect(lost.error).toMatchObject({
      code: "CONNECTION_CLOSED",
      message: "the connection was lost",
      closeCode: 1006,
      cause,
    });
    const { error } = ended({ code: 1001, reason: "restart", initiator: "peer" });
    expect(error).toMatchObject({
      message: "the connection was closed by the server with 1001: restart",
      closeCode: 1001,
      reason: "restart",
    });
    expect(error.cause).toBeUndefined();
    expect(ended({ code: 1000, initiator: "local" }).error.message).toBe(
      "the connection was closed by this side with 1000",
    );
  });
});
