/** An echo over an open connection, right in every point but those it is told to get wrong. */
import { randomBytes } from "node:crypto";
import { closeCodeAllowed } from "../../../src/conformance/drive/ending.ts";
import { frameFaults } from "../../../src/conformance/drive/frame-faults.ts";
import { Deflate } from "../../../src/conformance/wire/deflate.ts";
import { fixedBlock } from "../../../src/conformance/wire/deflate-block.ts";
import { closePayload, encodeFrame, OPCODE } from "../../../src/conformance/wire/frame.ts";
import { FrameReader, type SeenFrame } from "../../../src/conformance/wire/frame-reader.ts";
import { Utf8Check } from "../../../src/conformance/wire/utf8-check.ts";
import type { Faults } from "./faults.ts";

/** What an echo is written to: a socket, or a stream of HTTP/2. */
export interface EchoTransport {
  cork(): void;
  uncork(): void;
  write(bytes: Buffer): unknown;
  destroy(): void;
  destroySoon(): void;
}

export interface EchoOptions {
  readonly isServer: boolean;
  readonly faults: Faults;
  readonly deflate: Deflate | undefined;
  /** Called with every message; what it returns instead of true is not echoed. */
  readonly onMessage?: (payload: Buffer) => boolean;
}

export class EchoPeer {
  readonly #socket: EchoTransport;
  readonly #options: EchoOptions;
  readonly #faults: Faults;
  readonly #reader: FrameReader;
  #deflater: Deflate | undefined;
  #inflater: Deflate | undefined;
  #state: "open" | "closing" | "failed" = "open";
  #message: { readonly opcode: number; readonly rsv: number; readonly parts: Buffer[] } | undefined;
  #utf8: Utf8Check | undefined;
  #control: Buffer[] = [];
  #latePongs: Buffer[] = [];
  #skips = false;

  constructor(socket: EchoTransport, options: EchoOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#faults = options.faults;
    this.#deflater = deflaterWith(options.deflate, this.#faults);
    this.#inflater = inflaterWith(options.deflate, this.#faults);
    this.#reader = new FrameReader({
      header: (frame) => this.#onHeader(frame),
      payload: (frame, chunk) => this.#onPayload(frame, chunk),
      end: (frame) => this.#onEnd(frame),
    });
  }

  receive(chunk: Buffer): void {
    // All answers to one chunk leave in one write.
    this.#socket.cork();
    this.#reader.feed(chunk);
    this.#socket.uncork();
  }

  #send(opcode: number, payload: Buffer, rsv = 0): void {
    const key = this.#faults.fixedMask ? Buffer.from("mask") : randomBytes(4);
    const mask = this.#options.isServer ? undefined : key;
    this.#socket.write(encodeFrame({ opcode, payload, rsv }, mask));
  }

  #fail(code: number): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    if (this.#faults.dropsTcp) {
      this.#reader.stop();
      this.#socket.destroy();
      return;
    }
    this.#send(OPCODE.close, closePayload(code));
    setTimeout(() => this.#endTcp(), 300).unref();
  }

  #endTcp(): void {
    if (!this.#faults.keepsTcp) this.#socket.destroySoon();
  }

  #onHeader(frame: SeenFrame): void {
    this.#control = [];
    this.#skips = this.#faults.ignoresOpcodes?.includes(frame.opcode) ?? false;
    const wrong = frameFaults(frame, {
      fromClient: this.#options.isServer,
      deflate: this.#options.deflate !== undefined,
      insideMessage: this.#message !== undefined,
    });
    if (wrong.some(({ text }) => !this.#forgiven(text, frame))) this.#fail(1002);
    if (frame.opcode > 7 || this.#skips) return;
    if (this.#message === undefined && frame.opcode === OPCODE.continuation) this.#skips = true;
    if (this.#message !== undefined || this.#skips) return;
    this.#message = { opcode: frame.opcode, rsv: frame.rsv, parts: [] };
    this.#utf8 = frame.opcode === OPCODE.text ? new Utf8Check() : undefined;
  }

  /** Whether this peer does not mind what is wrong with a frame. */
  #forgiven(text: string, frame: SeenFrame): boolean {
    const faults = this.#faults;
    if (/RSV is/.test(text)) return (frame.rsv & ~(faults.ignoresRsv ?? 0)) === 0;
    if (/reserved opcode/.test(text)) return this.#skips;
    if (/a control frame is fragmented/.test(text)) return faults.takesFragmentedControl ?? false;
    if (/over 125/.test(text)) return faults.takesLongControl ?? false;
    if (/continuation of nothing/.test(text)) {
      return (faults.ignoresStrayContinuation || faults.takesFragmentedControl) ?? false;
    }
    if (/new message inside/.test(text)) return faults.takesMessageInside || this.#skips;
    if (/masked/.test(text)) return faults.ignoresMask ?? false;
    if (/highest bit/.test(text)) return faults.takesHugeLength ?? false;
    if (/RSV1 on/.test(text)) return ((faults.ignoresRsv ?? 0) & 4) !== 0;
    if (/fewest/.test(text)) return faults.takesPaddedLength ?? false;
    if (/Close of one byte/.test(text)) return faults.takesAnyClose ?? false;
    return false;
  }

  #onPayload(frame: SeenFrame, chunk: Buffer): void {
    if (frame.opcode > 7) this.#control.push(chunk);
    else if (!this.#skips) this.#message?.parts.push(chunk);
    if (frame.opcode > 7 || this.#skips || this.#message?.rsv === 4) return;
    if (this.#utf8?.feed(chunk) === false && this.#faults.utf8 === undefined) this.#fail(1007);
  }

  #onEnd(frame: SeenFrame): void {
    if (this.#skips) return;
    if (frame.opcode > 7) this.#onControl(frame.opcode, Buffer.concat(this.#control));
    else if (frame.fin || this.#faults.fragmentsAreMessages) this.#onMessage(frame.fin);
  }

  #onMessage(last: boolean): void {
    const message = this.#message!;
    const raw = Buffer.concat(message.parts);
    message.parts.length = 0;
    if (last) this.#message = undefined;
    const served = this.#state === "open" || this.#faults.servesAfterClose;
    if (!served || this.#state === "failed") return;
    const compressed = message.rsv === 4 && this.#options.deflate !== undefined;
    const payload = compressed ? this.#inflated(raw) : raw;
    if (!compressed && this.#faults.remembersPlain)
      this.#inflater?.decompress(fixedBlock([`${raw}`]));
    this.#forget(compressed ? this.#kindOf(raw) : "plain");
    if (payload === undefined) {
      this.#fail(1007);
      return;
    }
    if (message.opcode === OPCODE.text && !this.#textAllowed(payload)) {
      this.#fail(1007);
      return;
    }
    if (this.#faults.losesCompressed && compressed) return;
    if (this.#options.onMessage?.(payload) !== false) this.#echo(payload, message.opcode);
    for (const pong of this.#latePongs.splice(0)) this.#send(OPCODE.pong, pong);
  }

  #kindOf(raw: Buffer): Faults["forgetsAfter"] {
    if (raw.length === 1) return "empty";
    return (raw[0]! & 1) === 1 ? "final" : "any message";
  }

  #forget(what: Faults["forgetsAfter"]): void {
    if (this.#faults.forgetsAfter !== what) return;
    this.#inflater = inflaterWith(this.#options.deflate, this.#faults);
  }

  #inflated(raw: Buffer): Buffer | undefined {
    try {
      return this.#inflater!.decompress(raw);
    } catch {
      return this.#faults.takesCorrupt ? Buffer.from("?") : undefined;
    }
  }

  #textAllowed(payload: Buffer): boolean {
    if (this.#faults.refusesText?.(payload)) return false;
    if (this.#faults.utf8 === "never") return true;
    const check = new Utf8Check();
    check.feed(payload);
    return check.complete();
  }

  #echo(payload: Buffer, opcode: number): void {
    const binary = opcode === OPCODE.binary;
    if (this.#faults.loses?.(payload, binary)) return;
    const data = this.#faults.alters?.(payload, binary) ?? payload;
    const type = this.#faults.swapsType ? 3 - opcode : opcode;
    const deflate = this.#deflater;
    if (deflate === undefined) this.#send(type, data);
    else this.#send(type, deflate.compress(data), 4);
  }

  #onControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      this.#forget("ping");
      this.#onPing(payload);
    }
    if (opcode === OPCODE.pong && this.#faults.answersPong) this.#send(OPCODE.pong, payload);
    if (opcode === OPCODE.close) this.#onClose(payload);
  }

  #onPing(payload: Buffer): void {
    if (this.#state === "failed" || (this.#state !== "open" && !this.#faults.servesAfterClose))
      return;
    const pong = this.#faults.pong === undefined ? payload : this.#faults.pong(payload);
    if (pong === undefined) return;
    if (this.#faults.pongsLate && this.#message !== undefined) this.#latePongs.push(pong);
    else this.#send(OPCODE.pong, pong);
  }

  #onClose(payload: Buffer): void {
    if (this.#faults.silentOnClose) return;
    if (this.#state !== "open") {
      this.#endTcp();
      return;
    }
    const wrong = this.#faults.closeCode?.(payload);
    const code = wrong ?? this.#rightCode(payload);
    this.#state = "closing";
    const answer = () => {
      this.#send(OPCODE.close, closePayload(code));
      // §7.1.1: the server ends TCP; a client waits for it for a while.
      if (this.#options.isServer) this.#endTcp();
      else setTimeout(() => this.#endTcp(), 300).unref();
    };
    if (this.#faults.servesAfterClose) setTimeout(answer, 50);
    else answer();
  }

  #rightCode(payload: Buffer): number {
    if (payload.length === 0 || this.#faults.takesAnyClose) return 1000;
    const code = payload.readUInt16BE();
    if (!closeCodeAllowed(code)) return 1002;
    const check = new Utf8Check();
    check.feed(payload.subarray(2));
    return check.complete() ? code : 1007;
  }
}

/** What compresses: it breaks its word where a fault says so. */
function deflaterWith(deflate: Deflate | undefined, faults: Faults): Deflate | undefined {
  if (deflate === undefined) return undefined;
  const { ownBits, ownNoTakeover } = deflate.parameters;
  return new Deflate({
    ...deflate.parameters,
    ownBits: faults.breaksWindow ? 15 : ownBits,
    ownNoTakeover: ownNoTakeover && !faults.breaksNoTakeover,
  });
}

/** What inflates, with nothing to refer to yet. */
function inflaterWith(deflate: Deflate | undefined, faults: Faults): Deflate | undefined {
  if (deflate === undefined) return undefined;
  const { peerBits, peerNoTakeover } = deflate.parameters;
  return new Deflate({
    ...deflate.parameters,
    peerBits: faults.keepsMore ? 15 : faults.halvesWindow ? peerBits - 1 : peerBits,
    peerNoTakeover: peerNoTakeover && !faults.keepsMore,
  });
}
