/** What was sent and received on one connection, frame by frame, with the time of each. */
import { type Http2Frame, TYPE, TYPE_NAMES } from "../http2/frame.ts";
import type { FrameSpec } from "./frame.ts";
import type { SeenFrame } from "./frame-reader.ts";

/**
 * One line of the record, in the form in which Autobahn writes its `wirelog`:
 * `["TO", [length, hex], paced]` and `["RO", [length, hex]]` for bytes,
 * `["TF", [length, text], opcode, fin, rsv, mask, repeat, chop, paced]` and
 * `["RF", [length, text], opcode, fin, rsv, masked, mask]` for frames, and marks such as
 * `["KL", seconds]`. Not in Autobahn: `["TH", [length, hex], type, flags, stream]` and `["RH", …]`
 * for frames of HTTP/2.
 */
export type WireEntry = readonly [kind: string, ...rest: unknown[]];

/** Lines kept of one connection; the rest is counted. */
const LONGEST = 600;
/** Bytes shown of each chunk and payload. */
const SHOWN = 64;

/** Keeps the record of one connection. */
export class Recorder {
  readonly entries: WireEntry[] = [];
  /** Milliseconds since the connection began, one for each entry. */
  readonly times: number[] = [];
  /** Number of chunks by their length. */
  readonly rxOctets = new Map<number, number>();
  readonly txOctets = new Map<number, number>();
  /** Number of frames by opcode. */
  readonly rxFrames = new Map<number, number>();
  readonly txFrames = new Map<number, number>();
  /** Lines left out because the record was full. */
  omitted = 0;
  #enabled = true;
  readonly #began = performance.now();

  /** Adds a line of its own kind, for example a timer that was set or ran out. */
  mark(...entry: WireEntry): void {
    if (this.entries.length >= LONGEST) {
      this.omitted++;
      return;
    }
    this.entries.push(entry);
    this.times.push(Math.round((performance.now() - this.#began) * 1000) / 1000);
  }

  /** Turns the record of bytes and frames off (long cases) and on again. Counting goes on. */
  enable(on: boolean): void {
    if (on !== this.#enabled) this.mark("WLM", on);
    this.#enabled = on;
  }

  /** Whether bytes and frames are recorded. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** Notes a chunk that was written. */
  sent(bytes: Buffer, paced: boolean): void {
    count(this.txOctets, bytes.length);
    if (this.#enabled) this.mark("TO", [bytes.length, hexOf(bytes)], paced);
  }

  /** Notes a chunk that was read. */
  received(bytes: Buffer): void {
    count(this.rxOctets, bytes.length);
    if (this.#enabled) this.mark("RO", [bytes.length, hexOf(bytes)]);
  }

  /** Notes a frame of HTTP/2 that was written. */
  sentHttp2(frame: Http2Frame): void {
    if (frame.type === TYPE.data) count(this.txOctets, frame.payload.length);
    this.#http2("TH", frame);
  }

  /** Notes a frame of HTTP/2 that was read. */
  receivedHttp2(frame: Http2Frame): void {
    if (frame.type === TYPE.data) count(this.rxOctets, frame.payload.length);
    this.#http2("RH", frame);
  }

  #http2(kind: "TH" | "RH", { flags, payload, stream, type }: Http2Frame): void {
    if (!this.#enabled) return;
    const name = TYPE_NAMES[type] ?? `type ${type}`;
    this.mark(kind, [payload.length, hexOf(payload)], name, flags, stream);
  }

  /** Notes a frame that was handed to the socket. */
  sentFrame(frame: FrameSpec, mask: Buffer | undefined, chop: number | null, alone: boolean): void {
    count(this.txFrames, frame.opcode);
    if (!this.#enabled) return;
    const payload = frame.payload ?? Buffer.alloc(0);
    const shown = [payload.length, textOf(payload)];
    const key = frame.mask === false ? undefined : (frame.mask ?? mask);
    const fin = frame.fin ?? true;
    const hex = key?.toString("hex") ?? null;
    this.mark("TF", shown, frame.opcode, fin, frame.rsv ?? 0, hex, null, chop, alone);
  }

  /** Notes a frame that was read to its end; `payload` holds what was kept of it. */
  receivedFrame(frame: SeenFrame, payload: Buffer): void {
    count(this.rxFrames, frame.opcode);
    if (!this.#enabled) return;
    const hex = frame.mask?.toString("hex") ?? null;
    const shown = [Number(frame.length), textOf(payload)];
    this.mark("RF", shown, frame.opcode, frame.fin, frame.rsv, hex !== null, hex);
  }
}

function count(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The first bytes as hex, with ` ...` where some are left out. */
function hexOf(bytes: Buffer): string {
  const cut = bytes.length > SHOWN - 4;
  return bytes.toString("hex", 0, SHOWN) + (cut ? " ..." : "");
}

/** The first bytes as text where they are UTF-8, else as `0x` and hex. */
export function textOf(bytes: Buffer): string {
  const cut = bytes.length > SHOWN - 4;
  const shown = cut ? bytes.subarray(0, SHOWN) : bytes;
  try {
    return (
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(shown) + (cut ? " ..." : "")
    );
  } catch {
    return `0x${hexOf(bytes)}`;
  }
}
