import { isUtf8 } from "node:buffer";
import { Writable } from "node:stream";
import { ProtocolError } from "../../errors.ts";
import { decodeClose } from "../../protocol/close-payload.ts";
import { RSV1 } from "../../protocol/frame-header.ts";
import { FrameParser } from "../../protocol/frame-parser.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { EMPTY_BUFFER } from "../constants.ts";
import { closeCodeOf, translated } from "../errors.ts";
import { type BinaryType, converted } from "../received.ts";
import { messageLimit } from "../settings.ts";
import { type Frame, FrameCollector } from "./frame-collector.ts";
import { PerMessageDeflate } from "./per-message-deflate.ts";

/** What `new Receiver()` takes. */
export interface ReceiverOptions {
  /** Whether several events may be emitted in one turn of the event loop. Default true. */
  allowSynchronousEvents?: boolean;
  /** As what binary messages are emitted. Default `"nodebuffer"`. */
  binaryType?: BinaryType;
  /** What inflates messages, by the name of its extension. */
  extensions?: Readonly<Record<string, Pick<PerMessageDeflate, "decompress">>>;
  /** Whether the frames are those of a client, and so must be masked. Default false. */
  isServer?: boolean;
  /** Most chunks that a frame may come in; 0 for no limit. Default 0. */
  maxBufferedChunks?: number;
  /** Most fragments of a message; 0 for no limit. Default 0. */
  maxFragments?: number;
  /** Most bytes of a message; 0 for no limit. Default 0. */
  maxPayload?: number;
  /** Whether text is passed on without being judged as UTF-8. Default false. */
  skipUTF8Validation?: boolean;
}

/**
 * Bytes of a WebSocket connection in, events out: `message` (data, isBinary), `ping`, `pong` (payload), `conclude`
 * (code, reason) for a Close frame, and `error`. For programs that have connections of their own: those of this
 * library do not use it.
 */
export class Receiver extends Writable {
  readonly #options: ReceiverOptions;
  readonly #parser: FrameParser<FrameCollector>;
  #fragments: Frame[] = [];
  #content: Buffer[] = [];
  #concluded = false;
  /** Goes on with what is left of a chunk, once it may. */
  #held: (() => void) | undefined;
  #isHeld = false;

  constructor(options: ReceiverOptions = {}) {
    super();
    this.#options = options;
    const { isServer = false, maxPayload = 0, maxFragments = 0, maxBufferedChunks = 0 } = options;
    const rules = {
      masked: isServer,
      reservedBits: this.#deflate === undefined ? 0 : RSV1,
      maxMessageSize: messageLimit(maxPayload),
      maxFragments: messageLimit(maxFragments),
    };
    const collector = new FrameCollector(messageLimit(maxBufferedChunks), (frame) =>
      this.#onFrame(frame),
    );
    this.#parser = new FrameParser(rules, collector);
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#parse(chunk, 0, done);
  }

  get #deflate(): Pick<PerMessageDeflate, "decompress"> | undefined {
    return this.#options.extensions?.[PerMessageDeflate.extensionName];
  }

  #parse(chunk: Buffer, start: number, done: (error?: Error | null) => void): void {
    let end = chunk.length;
    try {
      if (!this.#concluded) end = this.#parser.push(chunk, start);
    } catch (error) {
      // What a listener has thrown is not caught.
      if (!(error instanceof ProtocolError || closeCodeOf in (error as object))) throw error;
      done(translated(error as Error));
      return;
    }
    if (this.#isHeld) this.#held = () => this.#parse(chunk, end, done);
    else done();
  }

  #onFrame(frame: Frame): void {
    const { opcode, payload } = frame;
    if (opcode === Opcode.close) this.#conclude(payload);
    else if (opcode === Opcode.ping) this.#tell("ping", orEmpty(payload));
    else if (opcode === Opcode.pong) this.#tell("pong", orEmpty(payload));
    else {
      this.#fragments.push(frame);
      if ((this.#fragments[0]!.reserved & RSV1) !== 0) this.#inflate(frame);
      else this.#addContent(payload, frame.fin);
    }
  }

  #inflate({ payload, fin }: Frame): void {
    this.#hold();
    this.#deflate!.decompress(payload, fin, (error, content = EMPTY_BUFFER) => {
      if (error !== null) {
        this.destroy(error);
        return;
      }
      try {
        this.#addContent(content, fin);
      } catch (failure) {
        if (!(failure instanceof ProtocolError)) throw failure;
        this.destroy(translated(failure));
        return;
      }
      this.#goOn();
    });
  }

  #addContent(content: Buffer, fin: boolean): void {
    this.#content.push(content);
    if (!fin) return;
    const [{ opcode }] = this.#fragments as [Frame];
    const parts = this.#content;
    this.#fragments = [];
    this.#content = [];
    const { binaryType = "nodebuffer", skipUTF8Validation } = this.#options;
    const data = orEmpty(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    if (opcode === Opcode.text) {
      if (!skipUTF8Validation && !isUtf8(data)) throw new ProtocolError("INVALID_UTF8");
      this.#tell("message", data, false);
    } else {
      this.#tell("message", binaryType === "fragments" ? parts : converted(data, binaryType), true);
    }
  }

  #conclude(payload: Buffer): void {
    const { skipUTF8Validation } = this.#options;
    const code = payload.subarray(0, 2);
    const reason = payload.subarray(2);
    const judged = decodeClose(skipUTF8Validation && payload.length > 2 ? code : payload);
    this.#concluded = true;
    this.#parser.stop();
    this.emit("conclude", judged.code, orEmpty(reason));
    this.end();
  }

  #tell(event: string, ...args: unknown[]): void {
    if (this.#options.allowSynchronousEvents === false) {
      this.#hold();
      setImmediate(() => this.#goOn());
    }
    this.emit(event, ...args);
  }

  /** Parses no further until {@link #goOn}. */
  #hold(): void {
    this.#isHeld = true;
    this.#parser.stop();
  }

  #goOn(): void {
    this.#isHeld = false;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }
}

function orEmpty(data: Buffer): Buffer {
  return data.length === 0 ? EMPTY_BUFFER : data;
}
