/** A WebSocket's stream at the reference server: what {@link EchoPeer} writes, within the windows. */
import { ERROR, FLAG, TYPE, uint32 } from "../../../src/conformance/http2/frame.ts";
import type { EchoPeer, EchoTransport } from "./echo-peer.ts";
import type { ServedConnection } from "./http2-server.ts";

export class ServedStream implements EchoTransport {
  window: number;
  readonly #id: number;
  readonly #connection: ServedConnection;
  readonly #makePeer: () => EchoPeer;
  #peer: EchoPeer | undefined;
  #waiting: Buffer[] = [];
  #corked = false;
  #ending = false;
  #over = false;

  constructor(id: number, connection: ServedConnection, window: number, makePeer: () => EchoPeer) {
    this.#id = id;
    this.#connection = connection;
    this.window = window;
    this.#makePeer = makePeer;
  }

  onData(data: Buffer, end: boolean): void {
    const { faults } = this.#connection;
    this.#peer ??= this.#makePeer();
    // A fresh parser for each frame sees only those frames that are whole.
    if (faults.wantsWholeMessages && data.length > 0) this.#peer = this.#makePeer();
    this.#peer.receive(data);
    if (end) this.destroySoon();
  }

  onReset(): void {
    this.#leave();
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#connection.pump();
  }

  write(bytes: Buffer): void {
    if (!this.#ending) this.#waiting.push(bytes);
    this.#connection.pump();
  }

  destroySoon(): void {
    this.#ending = true;
    this.#connection.pump();
  }

  destroy(): void {
    if (this.#over || this.#connection.faults.keepsStreams) return;
    this.#connection.frame(TYPE.reset, 0, this.#id, uint32(ERROR.cancel));
    this.#leave();
  }

  /** Sends what the windows allow; false when something has to wait. */
  pump(): boolean {
    const { faults } = this.#connection;
    if (this.#corked) return true;
    while (this.#waiting.length > 0 && !this.#over) {
      const room = Math.min(
        faults.ignoresWindows === "stream" ? 2 ** 31 : this.window,
        faults.ignoresWindows === "connection" ? 2 ** 31 : this.#connection.window,
        this.#connection.longest,
      );
      if (room <= 0 || this.#connection.full) return false;
      this.#send(room);
    }
    if (this.#ending && !this.#over) this.#end();
    return true;
  }

  #send(room: number): void {
    const all = Buffer.concat(this.#waiting);
    const piece = all.subarray(0, room);
    this.#waiting = all.length > room ? [all.subarray(room)] : [];
    this.window -= piece.length;
    this.#connection.window -= piece.length;
    this.#connection.frame(TYPE.data, 0, this.#id, piece);
  }

  #end(): void {
    const { keepsStreams, resetsStreams } = this.#connection.faults;
    if (keepsStreams) return;
    if (resetsStreams) this.#connection.frame(TYPE.reset, 0, this.#id, uint32(ERROR.cancel));
    else this.#connection.frame(TYPE.data, FLAG.endStream, this.#id, Buffer.alloc(0));
    this.#leave();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.left(this.#id);
  }
}
