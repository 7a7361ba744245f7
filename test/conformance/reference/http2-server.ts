/** A small WebSocket echo server over HTTP/2 (RFC 8441) with switchable faults. */
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import {
  ERROR,
  encodeHttp2Frame,
  FIRST_WINDOW,
  FLAG,
  type Http2Frame,
  Http2FrameReader,
  MAX_FRAME,
  PREFACE,
  SETTING,
  settingsPayload,
  TYPE,
  uint32,
  withoutPadding,
} from "../../../src/conformance/http2/frame.ts";
import { encodeFields, type Field, FieldDecoder } from "../../../src/conformance/http2/hpack.ts";
import { chooseAnswer } from "../../../src/conformance/opening/deflate-offer.ts";
import { Deflate } from "../../../src/conformance/wire/deflate.ts";
import { extensionsOf } from "../../../src/conformance/wire/head.ts";
import { EchoPeer } from "./echo-peer.ts";
import { offerIsSound, wishesFor } from "./head-check.ts";
import type { Http2Faults } from "./http2-faults.ts";
import { requestFault } from "./http2-request-check.ts";
import { ServedStream } from "./http2-served-stream.ts";

export interface Http2ReferenceServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startHttp2Server(
  faults: Http2Faults = {},
  tls?: { readonly cert: string; readonly key: string },
): Promise<Http2ReferenceServer> {
  const sockets = new Set<Socket>();
  let served = 0;
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    served++;
    if (served <= (faults.websocket?.servesOnly ?? Number.POSITIVE_INFINITY)) {
      new ServedConnection(socket, faults).start();
    }
  };
  const server =
    tls === undefined
      ? createServer(accept)
      : createTlsServer({ ...tls, ALPNProtocols: ["h2"] }, accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `${tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}/`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Fields of a request as far as they have come. */
interface Block {
  readonly id: number;
  readonly parts: Buffer[];
}

/** One connection; the window of each stream is the stream's, that of the connection is here. */
export class ServedConnection {
  window = FIRST_WINDOW;
  readonly faults: Http2Faults;
  readonly streams = new Map<number, ServedStream>();
  readonly #socket: Socket;
  readonly #reader = new Http2FrameReader((frame) => this.#onFrame(frame));
  readonly #decoder = new FieldDecoder();
  #preface = PREFACE.length;
  #block: Block | undefined;
  #firstWindow = FIRST_WINDOW;
  #opened = 0;
  #fresh = false;
  #last: ServedStream | undefined;

  constructor(socket: Socket, faults: Http2Faults) {
    this.#socket = socket;
    this.faults = faults;
  }

  start(): void {
    const { announcesNothing } = this.faults;
    const settings = announcesNothing ? [] : [[SETTING.enableConnect, 1] as const];
    this.frame(TYPE.settings, 0, 0, settingsPayload(settings));
    this.#socket.on("data", (chunk) => this.#onChunk(chunk));
    this.#socket.on("drain", () => this.pump());
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (!this.#socket.destroyed) {
      this.#socket.write(encodeHttp2Frame({ type, flags, stream, payload }));
    }
  }

  /** Sends what the windows allow. */
  pump(): void {
    for (const stream of this.streams.values()) {
      if (!stream.pump() && this.faults.queuesTogether) return;
    }
  }

  /** A stream is over. */
  left(id: number): void {
    this.streams.delete(id);
    if (this.faults.endsConnection) this.#socket.destroySoon();
  }

  #onChunk(chunk: Buffer): void {
    const skip = Math.min(this.#preface, chunk.length);
    this.#preface -= skip;
    this.#fresh = false;
    if (this.faults.wantsWholeFrames && chunk.length - skip < 9 && chunk.length > skip) {
      this.#socket.destroy();
    }
    this.#socket.cork();
    this.#reader.feed(chunk.subarray(skip));
    this.#socket.uncork();
    if (this.#reader.tooLong !== undefined) this.#goAway();
  }

  #goAway(): void {
    this.frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0), uint32(ERROR.protocol)]));
    this.#reader.stop();
    this.#socket.destroySoon();
  }

  #onFrame(frame: Http2Frame): void {
    const { flags, payload, stream, type } = frame;
    if (type === TYPE.headers || type === TYPE.continuation) this.#onHeaders(frame);
    else if (type === TYPE.data) this.#onData(frame);
    else if (type === TYPE.settings && (flags & FLAG.ack) === 0) this.#onSettings(payload);
    else if (type === TYPE.ping) this.#onPing(frame);
    else if (type === TYPE.windowUpdate) this.#onWindowUpdate(stream, payload.readUInt32BE());
    else if (type === TYPE.reset) this.streams.get(stream)?.onReset();
    else if (type === TYPE.goaway && this.faults.leavesOnGoaway) this.#socket.destroy();
    else if ((type > 9 || type === TYPE.priority) && this.faults.hatesOthers) this.#goAway();
  }

  #onPing({ flags, payload }: Http2Frame): void {
    if ((flags & FLAG.ack) === 0) this.frame(TYPE.ping, FLAG.ack, 0, payload);
  }

  #onSettings(payload: Buffer): void {
    this.frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(0));
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING.initialWindow) continue;
      const window = payload.readUInt32BE(at + 2);
      const change = window - this.#firstWindow;
      this.#firstWindow = window;
      if (this.faults.ignoresChanges) continue;
      for (const stream of this.streams.values()) stream.window += change;
    }
    this.pump();
  }

  #onWindowUpdate(id: number, bytes: number): void {
    const stream = this.streams.get(id);
    if (id === 0) this.window += bytes;
    else if (stream !== undefined) stream.window += bytes;
    this.pump();
  }

  #onData(frame: Http2Frame): void {
    const { flags, payload, stream: id } = frame;
    const data = this.faults.keepsPadding ? payload : withoutPadding(frame);
    if (data === undefined) {
      if (!this.faults.skipsTooPadded) this.#goAway();
      return;
    }
    const given = this.faults.forgetsPadding ? data.length : payload.length;
    if (given > 0 && !this.faults.givesNothingBack) {
      this.frame(TYPE.windowUpdate, 0, 0, uint32(given));
      if (this.streams.has(id)) this.frame(TYPE.windowUpdate, 0, id, uint32(given));
    }
    if (this.#fresh && this.faults.losesEarly) return;
    const end = (flags & FLAG.endStream) !== 0 || (data.length === 0 && this.faults.endsOnEmpty);
    this.streams.get(id)?.onData(data, end === true);
  }

  #onHeaders(frame: Http2Frame): void {
    const { flags, payload, stream, type } = frame;
    if (type === TYPE.headers) {
      const bare = this.faults.takesPaddedHeaders ? payload : (withoutPadding(frame) ?? payload);
      const priority = (flags & FLAG.priority) !== 0 && !this.faults.takesPaddedHeaders;
      this.#block = { id: stream, parts: [priority ? bare.subarray(5) : bare] };
    } else if (!this.faults.skipsContinuation) this.#block?.parts.push(payload);
    if ((flags & FLAG.endHeaders) !== 0 && this.#block !== undefined) this.#onRequest(this.#block);
  }

  #onRequest({ id, parts }: Block): void {
    let fields: Field[];
    try {
      fields = this.#decoder.decode(Buffer.concat(parts));
    } catch {
      this.#goAway();
      return;
    }
    this.#fresh = true;
    if (++this.#opened > (this.faults.mostStreams ?? Number.POSITIVE_INFINITY)) return;
    const fault = this.faults.opensNever ? 403 : requestFault(fields);
    if (fault !== undefined && !this.faults.opensAlways) this.#refuse(id, fault);
    else this.#open(id, fields);
  }

  #refuse(id: number, fault: number | "malformed"): void {
    if (fault === "malformed") this.frame(TYPE.reset, 0, id, uint32(ERROR.protocol));
    else {
      const answer = encodeFields([[":status", String(fault)]]);
      this.frame(TYPE.headers, FLAG.endHeaders | FLAG.endStream, id, answer);
    }
  }

  #open(id: number, request: readonly Field[]): void {
    const faults = this.faults.websocket ?? {};
    const offers = extensionsOf({ start: "", raw: "", fields: request }).filter((offer) =>
      offerIsSound(offer),
    );
    const wishes = faults.noDeflate ? [] : wishesFor(offers);
    const chosen = chooseAnswer(wishes, offers);
    const fields: Field[] = [[":status", "200"], ...(this.faults.answers ?? [])];
    if (chosen !== undefined) fields.push(["sec-websocket-extensions", chosen.field]);
    this.frame(TYPE.headers, FLAG.endHeaders, id, encodeFields(fields));
    const stream: ServedStream = new ServedStream(id, this, this.#firstWindow, () => {
      const deflate = chosen === undefined ? undefined : new Deflate(chosen.parameters);
      return new EchoPeer(this.faults.mixesStreams ? this.#last! : stream, {
        isServer: true,
        faults,
        deflate,
      });
    });
    this.#last = stream;
    this.streams.set(id, stream);
  }

  /** The largest frame that is sent. */
  get longest(): number {
    return this.faults.longFrames ? 2 ** 20 : MAX_FRAME;
  }
}
