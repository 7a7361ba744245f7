/** One HTTP/2 connection of the judge: settings, windows, streams, and any frame besides. */
import type { Socket } from "node:net";
import { Changes } from "../drive/wait.ts";
import type { Recorder } from "../wire/recorder.ts";
import { type FieldBlock, FieldBlocks } from "./field-block.ts";
import {
  ERROR,
  encodeHttp2Frame,
  FIRST_WINDOW,
  FLAG,
  type Http2Frame,
  Http2FrameReader,
  PREFACE,
  SETTING,
  settingsPayload,
  TYPE,
  uint32,
  withoutPadding,
} from "./frame.ts";
import { encodeFields, type Field, FieldDecoder } from "./hpack.ts";
import { Stream, type StreamHost } from "./stream.ts";

/** How the judge behaves on a connection. */
export interface SessionOptions {
  /** Settings to announce besides no push; id and value. */
  readonly settings?: readonly (readonly [number, number])[];
  /** Gives no window back for what was received. */
  readonly holdWindow?: boolean;
}

/** Most frames, other than DATA, that one connection is listened to for. */
const MOST_FRAMES = 50_000;
/** Bytes that may wait for a testee, which makes the suite answer and takes no answer. DATA waits elsewhere. */
const MOST_UNSENT = 4 * 2 ** 20;
/** Longest wait for written bytes to leave after {@link Session.close}, in milliseconds. */
const FLUSH_WAIT = 1000;

/** Speaks HTTP/2 on a connected socket. It cannot fail: what the testee breaks ends the session. */
export class Session implements StreamHost {
  /** Settings of the testee; `undefined` until its first SETTINGS frame. */
  settings: ReadonlyMap<number, number> | undefined;
  /** Error code of the GOAWAY that came. */
  goaway: number | undefined;
  /** The connection is gone. */
  ended = false;
  /** How the testee broke HTTP/2 itself. */
  fault: string | undefined;
  /** A wait ran out. */
  waited = false;
  /** Answers to PING that came. */
  pongs = 0;
  window = FIRST_WINDOW;
  readonly streams = new Map<number, Stream>();
  readonly #socket: Socket;
  readonly #recorder: Recorder;
  readonly #hold: boolean;
  readonly #reader = new Http2FrameReader((frame) => this.#onFrame(frame));
  readonly #blocks = new FieldBlocks();
  readonly #decoder = new FieldDecoder();
  readonly #changes = new Changes();
  #nextId = 1;
  #frames = 0;
  #corked = false;
  #first = Buffer.alloc(0);

  constructor(socket: Socket, recorder: Recorder, options: SessionOptions = {}) {
    this.#socket = socket;
    this.#recorder = recorder;
    this.#hold = options.holdWindow ?? false;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onChunk(chunk));
    socket.on("drain", () => this.#resume());
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    socket.once("close", () => this.#onGone());
    this.bytes(PREFACE);
    const settings = [[SETTING.enablePush, 0] as const, ...(options.settings ?? [])];
    this.frame({ type: TYPE.settings, flags: 0, stream: 0, payload: settingsPayload(settings) });
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Sends bytes that need not be frames. */
  bytes(bytes: Buffer): void {
    if (this.ended) return;
    this.#recorder.sent(bytes, false);
    this.#socket.write(bytes);
  }

  /** Sends any frame. Frames of one turn of the event loop leave together unless `paced`. */
  frame(frame: Http2Frame, paced = false): void {
    if (this.ended) return;
    if (this.#socket.writableLength > MOST_UNSENT) {
      this.#break("a flood of frames that are to be answered");
      return;
    }
    this.#recorder.sentHttp2(frame);
    if (paced) {
      this.#uncork();
    } else if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => this.#uncork());
    }
    this.#socket.write(encodeHttp2Frame(frame));
  }

  /** Begins a stream with a request (§8.1); `end` says that nothing follows it. */
  request(fields: readonly Field[], end = false): Stream {
    const stream = this.openStream(end);
    const flags = FLAG.endHeaders | (end ? FLAG.endStream : 0);
    const payload = encodeFields(fields);
    this.frame({ type: TYPE.headers, flags, stream: stream.id, payload });
    return stream;
  }

  /** A stream with the next free number, whose HEADERS the caller sends. */
  openStream(closed = false): Stream {
    const window = this.settings?.get(SETTING.initialWindow) ?? FIRST_WINDOW;
    const stream = new Stream(this.#nextId, this, window, closed);
    this.#nextId += 2;
    this.streams.set(stream.id, stream);
    if (this.ended) stream.onLost();
    return stream;
  }

  /** Lets the testee send more, on a stream or, with 0, on the connection (§6.9). */
  widen(stream: number, bytes: number): void {
    this.frame({ type: TYPE.windowUpdate, flags: 0, stream, payload: uint32(bytes) });
  }

  /** Stops reading, or goes on. */
  pause(stop: boolean): void {
    if (stop) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Ends the connection in order (§6.8). */
  close(): void {
    if (this.ended) return;
    const payload = Buffer.concat([uint32(0), uint32(ERROR.none)]);
    this.frame({ type: TYPE.goaway, flags: 0, stream: 0, payload });
    this.#uncork();
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), FLUSH_WAIT).unref();
  }

  /** Drops the connection at once. */
  abort(): void {
    this.#socket.destroy();
  }

  /** Waits until `done`, or the end of the connection, or `wait` milliseconds; says whether done. */
  async until(done: () => boolean, wait: number): Promise<boolean> {
    const inTime = await this.#changes.until(() => done() || this.ended, wait);
    this.waited ||= !inTime;
    return done();
  }

  /** Whether the testee answers a PING in time (§6.7). */
  async ping(wait: number): Promise<boolean> {
    const before = this.pongs;
    this.frame({ type: TYPE.ping, flags: 0, stream: 0, payload: Buffer.from("conform!") });
    return this.until(() => this.pongs > before, wait);
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  #resume(): void {
    for (const stream of this.streams.values()) stream.resume();
  }

  #onChunk(chunk: Buffer): void {
    if (this.settings === undefined && this.#first.length < 80) {
      this.#first = Buffer.concat([this.#first, chunk.subarray(0, 80)]);
    }
    this.#reader.feed(chunk);
    const { tooLong } = this.#reader;
    if (tooLong !== undefined) this.#break(`RFC 9113 §4.2: a frame of ${tooLong} bytes`);
    this.#changes.tell();
  }

  #onGone(): void {
    this.ended = true;
    this.#reader.stop();
    for (const stream of this.streams.values()) stream.onLost();
    this.#changes.tell();
  }

  #break(fault: string): void {
    if (this.fault !== undefined) return;
    const text = this.#first.toString("latin1").split(/[\r\n]/)[0]!;
    const isHttp2 = this.settings !== undefined;
    this.fault = isHttp2 ? fault : `RFC 9113 §3.4: expected SETTINGS, got ${JSON.stringify(text)}`;
    this.#reader.stop();
    this.#socket.destroy();
  }

  #onFrame(frame: Http2Frame): void {
    this.#recorder.receivedHttp2(frame);
    const { payload, type } = frame;
    if (this.settings === undefined && type !== TYPE.settings) {
      this.#break("");
      return;
    }
    if (type !== TYPE.data && ++this.#frames > MOST_FRAMES) this.#break("a flood of frames");
    if (type === TYPE.data) this.#onData(frame);
    else if (type === TYPE.headers || type === TYPE.continuation) this.#onHeaders(frame);
    else if (type === TYPE.settings) this.#onSettings(frame);
    else if (type === TYPE.ping) this.#onPing(frame);
    else if (type === TYPE.goaway && payload.length >= 8) this.goaway = payload.readUInt32BE(4);
    else if (type === TYPE.reset && payload.length === 4) {
      this.streams.get(frame.stream)?.onReset(payload.readUInt32BE());
    } else if (type === TYPE.windowUpdate && payload.length === 4) this.#onWindowUpdate(frame);
    else if (type === TYPE.push) this.#break("RFC 9113 §8.4: a push, which was not allowed");
  }

  #onSettings({ flags, payload }: Http2Frame): void {
    if (flags & FLAG.ack) return;
    const known = new Map(this.settings);
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      known.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    const window = (map: ReadonlyMap<number, number> | undefined) =>
      map?.get(SETTING.initialWindow) ?? FIRST_WINDOW;
    const change = window(known) - window(this.settings);
    this.settings = known;
    this.frame({ type: TYPE.settings, flags: FLAG.ack, stream: 0, payload: Buffer.alloc(0) });
    if (change !== 0) for (const stream of this.streams.values()) stream.widen(change);
  }

  #onPing({ flags, payload }: Http2Frame): void {
    if (flags & FLAG.ack) this.pongs++;
    else this.frame({ type: TYPE.ping, flags: FLAG.ack, stream: 0, payload });
  }

  #onWindowUpdate({ payload, stream }: Http2Frame): void {
    const bytes = payload.readUInt32BE() & 0x7fffffff;
    if (stream !== 0) {
      this.streams.get(stream)?.widen(bytes);
      return;
    }
    this.window += bytes;
    this.#resume();
  }

  #onData(frame: Http2Frame): void {
    const data = withoutPadding(frame);
    if (data === undefined) {
      this.#break("RFC 9113 §6.1: more padding than payload");
      return;
    }
    if (!this.#hold && frame.payload.length > 0) {
      this.widen(0, frame.payload.length);
      this.widen(frame.stream, frame.payload.length);
    }
    this.streams.get(frame.stream)?.onData(data, (frame.flags & FLAG.endStream) !== 0);
  }

  #onHeaders(frame: Http2Frame): void {
    const block = this.#blocks.feed(frame);
    if (typeof block === "string") this.#break(block);
    else if (block !== undefined) this.#onBlock(block);
  }

  #onBlock({ stream, end, bytes }: FieldBlock): void {
    let fields: Field[];
    try {
      fields = this.#decoder.decode(bytes);
    } catch (error) {
      this.#break(`RFC 9113 §4.3: ${(error as Error).message}`);
      return;
    }
    this.streams.get(stream)?.onHeaders(fields, end);
  }
}
