import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { canWriteDirectly, writeDirectly } from "../../src/socket/write-directly.ts";
import { closeFrame } from "../raw-peer.ts";
import { acceptedPair, serve, until } from "../served.ts";

class Writer {
  written = 0;

  onDrain(): void {
    this.written += 1;
  }
}

/** Writes to a peer that does not read until the system takes no more; gives back all that was sent. */
function fill(socket: Socket, writer: Writer): Buffer[] {
  // What it has not read when the test is over resets the connection.
  socket.on("error", () => {});
  const sent: Buffer[] = [];
  for (;;) {
    const bytes = Buffer.alloc(100_000, sent.length + 1);
    sent.push(bytes);
    const outcome = writeDirectly(socket, bytes, writer);
    expect(outcome).not.toBe("refused");
    if (outcome === "pending") return sent;
  }
}

const [major, minor] = process.versions.node.split(".").map(Number);

// 24.21 still made a record of each write; 24.22.3 does not.
if (major! >= 26 || (major === 24 && minor! >= 22)) {
  it("leaves sockets alone on this Node, which writes in the same way itself", async () => {
    const { accepted } = await acceptedPair();
    expect(canWriteDirectly(accepted)).toBe(false);
    expect(writeDirectly(accepted, Buffer.alloc(1), new Writer())).toBe("refused");
  });
} else {
  describe("writeDirectly", () => {
    it("works on this Node: what the system takes is written at once", async () => {
      const { accepted, peer } = await acceptedPair();
      expect(canWriteDirectly(accepted)).toBe(true);
      const writer = new Writer();
      expect(writeDirectly(accepted, Buffer.from("one"), writer)).toBe("written");
      expect(writeDirectly(accepted, Buffer.from("two"), writer)).toBe("written");
      expect(accepted.bytesWritten).toBe(6);
      expect((await peer.readBytes(6)).toString()).toBe("onetwo");
      expect(writer.written).toBe(0);
    });

    it("says when the rest of a pending write is with the system, and keeps the order", async () => {
      const { accepted, peer } = await acceptedPair();
      peer.socket.pause();
      const writer = new Writer();
      const sent = fill(accepted, writer);
      accepted.write("behind it");
      expect(writeDirectly(accepted, Buffer.from("never"), writer)).toBe("refused");
      peer.socket.resume();
      const expected = Buffer.concat([...sent, Buffer.from("behind it")]);
      expect((await peer.readBytes(expected.length)).equals(expected)).toBe(true);
      await until(() => writer.written > 0);
      expect(writer.written).toBe(1);
      // Another request takes the place of the one that the write has used.
      expect(writeDirectly(accepted, Buffer.from("next"), writer)).toBe("written");
      expect((await peer.readBytes(4)).toString()).toBe("next");
    });

    it("destroys the socket where a pending write fails", async () => {
      const { accepted, peer } = await acceptedPair();
      peer.socket.pause();
      accepted.pause();
      const writer = new Writer();
      fill(accepted, writer);
      const failed = once(accepted, "error");
      peer.socket.resetAndDestroy();
      const [error] = (await failed) as [NodeJS.ErrnoException];
      expect(["EPIPE", "ECONNRESET"]).toContain(error.code);
      expect(accepted.destroyed).toBe(true);
      expect(writer.written).toBe(0);
    });

    it("drops a pending write without a word where the socket is destroyed", async () => {
      const { accepted, peer } = await acceptedPair();
      peer.socket.pause();
      const writer = new Writer();
      fill(accepted, writer);
      const errors: Error[] = [];
      accepted.on("error", (error) => errors.push(error));
      accepted.destroy();
      await once(accepted, "close");
      expect(errors).toEqual([]);
      expect(writer.written).toBe(0);
    });

    it("refuses a socket that was ended or destroyed", async () => {
      const { accepted } = await acceptedPair();
      accepted.end();
      expect(writeDirectly(accepted, Buffer.alloc(1), new Writer())).toBe("refused");
      accepted.destroy();
      expect(writeDirectly(accepted, Buffer.alloc(1), new Writer())).toBe("refused");
      expect(canWriteDirectly(accepted)).toBe(false);
    });
  });
}

describe.each([
  ["direct writes", true],
  ["writes through the stream", false],
])("with %s", (_, directWrites) => {
  it("a peer that does not read is held back, and gets all in order when it reads", async () => {
    const count = 200;
    const payload = (i: number) => Buffer.alloc(30_000, i);
    const waits: (Promise<void> | undefined)[] = [];
    const { open } = await serve(
      {
        open(ws) {
          for (let i = 0; i < count; i++) waits.push(ws.send(payload(i)));
          expect(ws.bufferedAmount).toBeGreaterThan(64 * 1024);
        },
      },
      { directWrites },
    );
    const peer = await open();
    expect(waits.at(-1)).toBeInstanceOf(Promise);
    for (let i = 0; i < count; i++) {
      const header = await peer.readBytes(4);
      expect([...header]).toEqual([0x82, 126, 30_000 >> 8, 30_000 & 0xff]);
      expect((await peer.readBytes(30_000)).equals(payload(i))).toBe(true);
    }
    await Promise.all(waits);
  });

  it("a shutdown waits for what a slow peer has not taken", async () => {
    const size = 8_000_000;
    const { server, open } = await serve(
      { open: (ws) => void ws.send(Buffer.alloc(size, 7)) },
      { directWrites },
    );
    const peer = await open();
    const report = server.shutdown({ timeout: 5000 });
    expect((await peer.readFrame()).payload.equals(Buffer.alloc(size, 7))).toBe(true);
    expect(await peer.readClose()).toMatchObject({ code: 1001 });
    peer.write(closeFrame(1001));
    peer.socket.end();
    expect(await report).toMatchObject({ closed: 1, destroyed: 0 });
  });
});
