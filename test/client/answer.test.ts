import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { accepting, answering, failure, Opened, sendInPieces } from "./raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

describe("connect to a server that answers wrongly", () => {
  const answer = async (make: (head: string) => string | Buffer, options = {}) =>
    failure(`ws://127.0.0.1:${await opened.tcp(answering(make))}/`, options);

  it.each([
    [
      "a wrong accept key",
      (h: string) => accepting(h).replace(/(Accept: ).*/, "$1AAAA\r"),
      "Sec-WebSocket-Accept is",
    ],
    [
      "no accept key",
      (h: string) => accepting(h).replace(/Sec-.*\r\n/, ""),
      "Sec-WebSocket-Accept is missing",
    ],
    [
      "no Upgrade",
      (h: string) => accepting(h).replace(/Upgrade: .*\r\n/, ""),
      "Upgrade is missing",
    ],
    [
      "another Connection",
      (h: string) => accepting(h).replace(": Upgrade", ": close"),
      "Connection is",
    ],
    [
      "a subprotocol not offered",
      (h: string) => accepting(h, "Sec-WebSocket-Protocol: x"),
      "not offered",
    ],
    [
      "an extension not offered",
      (h: string) => accepting(h, "Sec-WebSocket-Extensions: x"),
      "not offered",
    ],
    ["HTTP/1.0", (h: string) => accepting(h).replace("/1.1", "/1.0"), "HTTP version is 1.0"],
    ["a bare LF", (h: string) => accepting(h).replaceAll("\r\n", "\n"), "bare LF"],
    ["no HTTP", () => "SSH-2.0-OpenSSH_9\r\n\r\n", "is no HTTP"],
  ])("finds %s", async (_, make, message) => {
    const error = await answer(make);
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain(message);
    await opened.drained();
  });

  it("names all faults at once", async () => {
    const error = await answer(() => "HTTP/1.1 101 Fine\r\nX-A: b\r\n\r\n");
    expect(error).toMatchObject({ code: "BAD_RESPONSE", status: 101, headers: {} });
    expect(error.received).toMatchObject({ status: 101, statusText: "Fine" });
    expect(error.received?.headers.get("X-A")).toBe("b");
    expect(error.received?.body).toHaveLength(0);
    expect(error.faults).toHaveLength(3);
  });

  it("takes none of the subprotocols that were offered for a refusal, unless it is told", async () => {
    const port = await opened.tcp(answering((head) => accepting(head)));
    const url = `ws://127.0.0.1:${port}/`;
    const error = await failure(url, { protocols: ["a", "b"] });
    expect(error).toMatchObject({ code: "BAD_RESPONSE", status: 101 });
    expect(error.faults).toHaveLength(1);
    expect(error.message).toContain("requireProtocol: false");
    const ws = await connect(url, { protocols: ["a", "b"], requireProtocol: false });
    expect(ws.protocol).toBe("");
    ws.terminate();
    (await connect(url)).terminate();
  });

  it("stops at an oversized head", async () => {
    const long = () => `HTTP/1.1 101 x\r\nX: ${"y".repeat(20_000)}`;
    expect(await answer(long)).toMatchObject({
      code: "HEAD_TOO_LARGE",
      status: 0,
      message: expect.stringContaining("16384 bytes"),
    });
    expect(await answer((head) => accepting(head), { maxHeadSize: 50 })).toMatchObject({
      code: "HEAD_TOO_LARGE",
    });
    const many = (head: string) => accepting(head, ...Array<string>(100).fill("X: y"));
    expect(await answer(many)).toMatchObject({
      code: "HEAD_TOO_LARGE",
      message: expect.stringContaining("limit of 100"),
    });
    await opened.drained();
  });

  it("judges a response the same in any pieces", async () => {
    let pieces: number[] = [];
    const port = await opened.tcp((socket) => {
      answering((head) => {
        void sendInPieces(
          socket,
          Buffer.concat([Buffer.from(accepting(head)), Buffer.from("810161", "hex")]),
          pieces,
        );
        return undefined;
      })(socket);
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 140 }), { maxLength: 12 }),
        async (cuts) => {
          pieces = cuts;
          const ws = await connect(`ws://127.0.0.1:${port}`);
          expect(await ws.receive()).toBe("a");
          ws.terminate();
        },
      ),
      { numRuns: 30 },
    );
  });
});
