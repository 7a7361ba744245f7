import { expect, test } from "vitest";
import { closeFrame, OP } from "../raw-peer.ts";
import { openPair, until } from "../served.ts";

const CHUNK = 30_000;

// Behind the end of TCP Node tells no "drain", and forbids to write: what asked the socket with an empty
// write whether all had gone destroyed it, and with it what the peer had yet to read.
test.each([true, false])(
  "a peer that is slow gets all, and the Close that says why (directWrites: %s)",
  async (directWrites) => {
    const { ws, peer } = await openPair({ maxSendBuffer: 2e6, directWrites }, { message() {} });
    peer.socket.pause();
    let sent = 0;
    while (ws.state === "open") {
      // Each in a write of its own: the first that waits does so in the handle, the next in the stream.
      ws.send(Buffer.alloc(CHUNK))?.catch(() => {});
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.resume();
    // The last one was refused.
    for (let i = 1; i < sent; i++) expect((await peer.readFrame()).payload.length).toBe(CHUNK);
    const close = await peer.readFrame();
    expect(close.opcode).toBe(OP.close);
    expect(close.payload.readUInt16BE(0)).toBe(1013);
  },
);

test.each([true, false])(
  "send resolves once all has gone, behind the end too (directWrites: %s)",
  async (directWrites) => {
    const { ws, peer } = await openPair({ directWrites }, { message() {} });
    peer.socket.pause();
    const sent = ws.send("x".repeat(8e6));
    peer.write(closeFrame(1000));
    await until(() => ws.state !== "open");
    peer.socket.resume();
    expect((await peer.readFrame()).payload.length).toBe(8e6);
    expect((await peer.readFrame()).opcode).toBe(OP.close);
    await expect(sent).resolves.toBeUndefined();
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true, error: undefined });
  },
);
