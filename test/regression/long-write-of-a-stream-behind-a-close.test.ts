import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { acceptKey } from "../../src/handshake/accept-key.ts";
import { WebSocketError, WebSocketStream } from "../../src/web/web.ts";

const CLOSE_1000 = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

/** A server that closes as soon as a message begins, and takes all of it in the same call. */
class ClosingServer extends Duplex {
  #open = false;

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (this.#open) this.push(CLOSE_1000);
    else this.push(this.#answer(chunk.toString("latin1")));
    this.#open = true;
    done();
  }

  #answer(head: string): string {
    const [, key = ""] = /^sec-websocket-key: (.*)\r$/im.exec(head) ?? [];
    return [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptKey(key)}`,
      "\r\n",
    ].join("\r\n");
  }
}

// A long message that the system took in one call counted as written before the Close was seen that had come meanwhile:
// the stream ended as if the server had wanted the message.
it("counts a long write as cut where the server has closed while the system took it", async () => {
  const stream = new WebSocketStream("ws://localhost/", {
    createConnection: () => new ClosingServer(),
    closeTimeout: 200,
  });
  const { writable } = await stream.opened;
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const written = writer.write(new Uint8Array(48 * 1024));
  await expect(stream.closed).rejects.toBeInstanceOf(WebSocketError);
  await expect(written).rejects.toMatchObject({ name: "InvalidStateError" });
});
