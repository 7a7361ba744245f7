import { describe, expect, it } from "vitest";
import { closeFrame, OP, rawFrame, textFrame } from "../raw-peer.ts";
import { openPair, until } from "../served.ts";

/** Does nothing else for so many milliseconds, as a debugger or a long job does. */
function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

// What a peer had sent in time lay in the socket, and the timer that fired first gave it up all the same.
describe("a peer is not judged by how long this process stood still", () => {
  it("when its Close has come", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 100 }, { message() {} });
    const closed = ws.close(1000);
    await peer.readClose();
    peer.write(closeFrame(1000));
    peer.socket.end();
    standStill(400);
    expect(await closed).toMatchObject({ code: 1000, clean: true, error: undefined });
  });

  it("when the rest of its message has come", async () => {
    const seen: unknown[] = [];
    const { ws, peer } = await openPair(
      { messageTimeout: 100 },
      { message: (_, data) => void seen.push(data) },
    );
    peer.write(textFrame("a", { fin: false }), rawFrame(OP.ping));
    await peer.readFrame();
    peer.write(rawFrame(OP.continuation, "b"));
    standStill(400);
    await until(() => seen.length === 1);
    expect([seen, ws.state]).toEqual([["ab"], "open"]);
  });

  it("when its Pong has come", async () => {
    const { ws, peer } = await openPair(
      { heartbeatInterval: 50, heartbeatTimeout: 50 },
      { message() {} },
    );
    expect((await peer.readFrame()).opcode).toBe(OP.ping);
    peer.write(rawFrame(OP.pong));
    standStill(400);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ws.state).toBe("open");
  });

  it("when it could take nothing meanwhile", async () => {
    const { ws, peer } = await openPair({ sendTimeout: 200 }, { message() {} });
    peer.socket.pause();
    while (ws.send(Buffer.alloc(500_000)) === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    standStill(1000);
    peer.socket.resume();
    await until(() => ws.bufferedAmount === 0);
    expect(ws.state).toBe("open");
  });
});
