/** The sending half of the judge's end: frames and messages, right or wrong, and their count. */
import { randomFillSync } from "node:crypto";
import type { Carrier, Pace } from "../carrier/carrier.ts";
import type { Deflate } from "../wire/deflate.ts";
import { applyMask, encodeFrame, type FrameSpec, OPCODE } from "../wire/frame.ts";
import type { Recorder } from "../wire/recorder.ts";

/** Random bytes for masking keys (§5.3), made many at a time: a call for each key costs as much as
 * masking a kilobyte. */
const KEYS = Buffer.alloc(4 * 2048);
let nextKey = KEYS.length;

function randomKey(): Buffer {
  if (nextKey === KEYS.length) {
    randomFillSync(KEYS);
    nextKey = 0;
  }
  nextKey += 4;
  return Buffer.from(KEYS.subarray(nextKey - 4, nextKey));
}

/** Byte counts of data messages: on the wire, in frames, in messages. */
export interface Traffic {
  wireOctets: number;
  payloadOctets: number;
  messageOctets: number;
  frames: number;
  messages: number;
}

/** No bytes yet. */
export const noTraffic = (): Traffic => ({
  wireOctets: 0,
  payloadOctets: 0,
  messageOctets: 0,
  frames: 0,
  messages: 0,
});

/** Sends on one connection. */
export class Sender {
  readonly sent = noTraffic();
  readonly #carrier: Carrier;
  readonly #recorder: Recorder;
  readonly #isServer: boolean;
  readonly #deflate: Deflate | undefined;
  #mask: Buffer | undefined;

  constructor(
    carrier: Carrier,
    recorder: Recorder,
    options: { readonly isServer: boolean; readonly deflate: Deflate | undefined },
  ) {
    this.#carrier = carrier;
    this.#recorder = recorder;
    this.#isServer = options.isServer;
    this.#deflate = options.deflate;
  }

  /** Sends one frame, masked when this is a client and the frame says nothing else. */
  frame(frame: FrameSpec, pace: Pace = {}): void {
    this.#mask = this.#isServer ? undefined : randomKey();
    this.#recorder.sentFrame(frame, this.#mask, pace.chop ?? null, pace.alone ?? false);
    if (frame.opcode < 8) this.sent.frames++;
    this.bytes(encodeFrame(frame, this.#mask), pace);
  }

  /** Sends more of the payload of the last frame, whose bytes from `at` on these are. */
  rest(payload: Buffer, at: number): void {
    const bytes = Buffer.from(payload);
    if (this.#mask !== undefined) applyMask(bytes, this.#mask, at);
    this.bytes(bytes);
  }

  /** Sends bytes that need not be a frame. */
  bytes(bytes: Buffer, pace: Pace = {}): void {
    this.sent.wireOctets += bytes.length;
    this.#carrier.send(bytes, pace);
  }

  /** Sends a message, compressed if that was negotiated, in frames of at most `fragment` bytes. */
  message(message: Buffer, binary: boolean, fragment: number): void {
    const payload = this.#deflate?.compress(message) ?? message;
    this.sent.messages++;
    this.sent.messageOctets += message.length;
    this.sent.payloadOctets += payload.length;
    const size = fragment > 0 ? fragment : Math.max(payload.length, 1);
    // Autobahn ends a message whose length is a multiple of the size with an empty frame.
    let from = 0;
    let last = false;
    while (!last) {
      last = fragment > 0 && payload.length > size ? from + size > payload.length : true;
      const opcode = from > 0 ? OPCODE.continuation : binary ? OPCODE.binary : OPCODE.text;
      const rsv = this.#deflate !== undefined && from === 0 ? 4 : 0;
      this.frame({ opcode, fin: last, rsv, payload: payload.subarray(from, from + size) });
      from += size;
    }
  }
}
