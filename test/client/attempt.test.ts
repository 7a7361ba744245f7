import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { HandshakeAttempt } from "../../src/client/attempt.ts";

describe("an attempt that is given up in the moment of its success", () => {
  it("fails with the signal's reason", () => {
    const abort = new AbortController();
    const attempt = new HandshakeAttempt("ws://a", Number.POSITIVE_INFINITY, abort.signal);
    const socket = attempt.own(new Socket());
    abort.abort(new Error("changed my mind"));
    expect(socket.destroyed).toBe(true);
    expect(() => attempt.success(socket)).toThrow("changed my mind");
    expect(attempt.failure(new Error("of the socket"))).toBe(abort.signal.reason);
  });

  it("fails with the deadline's error", async () => {
    const attempt = new HandshakeAttempt("ws://a", 5, undefined);
    attempt.enter("the last step");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => attempt.success(new Socket())).toThrow(/within 5 ms .*the last step/);
  });
});
