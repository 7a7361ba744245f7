import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { Message, Peer } from "./types.ts";

/** A message, as a connection has received it. */
export class PeerMessage implements Message {
  readonly rawData: string | Buffer;
  readonly peer: Peer;
  #id: string | undefined;

  constructor(rawData: string | Buffer, peer: Peer) {
    this.rawData = rawData;
    this.peer = peer;
  }

  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  get data(): unknown {
    switch (this.peer.websocket.binaryType) {
      case "arraybuffer":
        return this.arrayBuffer();
      case "blob":
        return this.blob();
      case "nodebuffer":
        return this.#bytes();
      case "uint8array":
        return this.uint8Array();
      case "text":
        return this.text();
      default:
        return this.rawData;
    }
  }

  text(): string {
    return typeof this.rawData === "string" ? this.rawData : this.rawData.toString();
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }

  uint8Array(): Uint8Array {
    return this.#bytes();
  }

  arrayBuffer(): ArrayBuffer {
    return new Uint8Array(this.#bytes()).buffer;
  }

  blob(): Blob {
    return new Blob([new Uint8Array(this.#bytes())]);
  }

  toString(): string {
    return this.text();
  }

  [Symbol.toPrimitive](): string {
    return this.text();
  }

  [inspect.custom](): unknown {
    return { message: { id: this.id, peer: this.peer, text: this.text() } };
  }

  #bytes(): Buffer {
    return typeof this.rawData === "string" ? Buffer.from(this.rawData) : this.rawData;
  }
}
