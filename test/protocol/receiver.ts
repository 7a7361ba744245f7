import { ProtocolError } from "../../src/errors.ts";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import { FrameParser } from "../../src/protocol/frame-parser.ts";
import { sharedChunk } from "../../src/protocol/masking/mask-simd.ts";
import { MessageAssembler, type MessageSink } from "../../src/protocol/message-assembler.ts";

/** What was received, in a form that can be compared: binary payloads are in hex. */
export type Received =
  | readonly ["text" | "binary" | "ping" | "pong", string]
  | readonly ["compressed text" | "compressed binary", string]
  | readonly ["close", number, string];

/** Who receives: a server takes masked frames only, a client unmasked ones only. */
export type Role = "server" | "client";

/** Writes down what a MessageAssembler calls, and puts messages in parts together again. */
export class MessageRecorder implements MessageSink {
  readonly received: Received[] = [];
  /** Parts as they came, of the messages taken in parts. */
  readonly parts: string[] = [];
  /** Messages that were announced by `onBegin`. */
  begun = 0;
  /** Called in each call of the sink. */
  onCall: () => void = () => {};
  readonly #inParts: boolean;
  #text = false;
  #content = "";

  constructor(inParts = false) {
    this.#inParts = inParts;
  }

  onText(text: string): void {
    this.#record(["text", text]);
  }

  onBinary(data: Buffer): void {
    this.#record(["binary", data.toString("hex")]);
  }

  onCompressed(text: boolean, data: Buffer): void {
    this.#record([text ? "compressed text" : "compressed binary", data.toString("hex")]);
  }

  onBegin(text: boolean): boolean {
    this.begun++;
    this.#text = text;
    this.#content = "";
    this.onCall();
    return this.#inParts;
  }

  onPart(part: string | Buffer): void {
    if ((typeof part === "string") !== this.#text) throw new Error("a part of the wrong type");
    if (part.length === 0) throw new Error("an empty part");
    const content = typeof part === "string" ? part : part.toString("hex");
    this.parts.push(content);
    this.#content += content;
    this.onCall();
  }

  onEndOfParts(): void {
    this.#record([this.#text ? "text" : "binary", this.#content]);
  }

  onPing(payload: Buffer): void {
    this.#record(["ping", payload.toString("hex")]);
  }

  onPong(payload: Buffer): void {
    this.#record(["pong", payload.toString("hex")]);
  }

  onClose(code: number, reason: string): void {
    this.#record(["close", code, reason]);
  }

  #record(what: Received): void {
    this.received.push(what);
    this.onCall();
  }
}

/** A parser and an assembler as a connection has them. */
export class Receiver {
  readonly recorder: MessageRecorder;
  readonly parser: FrameParser;

  constructor(role: Role, rules: Partial<FrameRules> = {}, inParts = false) {
    const all = { ...DEFAULT_RULES, masked: role === "server", ...rules };
    this.recorder = new MessageRecorder(inParts);
    this.parser = new FrameParser(all, new MessageAssembler(all.maxMessageSize, this.recorder));
  }

  get received(): readonly Received[] {
    return this.recorder.received;
  }

  /** Pushes a copy, because a parser unmasks in place, where sockets would have put it. */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    const chunk = chunkOf(bytes);
    try {
      const parsed = this.parser.push(chunk, 0, length);
      if (parsed !== length) throw new Error(`parsed ${parsed} of ${length} bytes`);
    } finally {
      overwrite(chunk, length);
    }
  }
}

/** A copy of `bytes`, in the chunk that sockets share where it fits. */
export function chunkOf(bytes: Uint8Array): Buffer {
  if (sharedChunk === undefined || bytes.length > sharedChunk.length) return Buffer.from(bytes);
  sharedChunk.set(bytes);
  return sharedChunk;
}

/** What the next read does to a chunk: nobody may still look at it. */
export function overwrite(chunk: Buffer, length: number): void {
  chunk.fill(0xdb, 0, length);
}

export const DEFAULT_RULES: FrameRules = {
  masked: true,
  reservedBits: 0,
  maxMessageSize: 1024 * 1024,
  maxFragments: 16_384,
};

/** Bytes from hex digits; blanks are for reading. */
export function bytes(hex: string): Buffer {
  const digits = hex.replaceAll(/\s/g, "");
  const buffer = Buffer.from(digits, "hex");
  if (buffer.length * 2 !== digits.length) throw new Error(`not hex: ${hex}`);
  return buffer;
}

/** What all of `input`, in one chunk, is received as. */
export function receive(role: Role, input: Uint8Array): readonly Received[] {
  const receiver = new Receiver(role);
  receiver.push(input);
  return receiver.received;
}

/** How a receiver failed: `at` is the number of bytes it had been given. */
export interface Failure {
  readonly error: ProtocolError;
  readonly at: number;
}

/** Feeds one byte at a time until a ProtocolError; undefined if none comes. */
export function failureByteByByte(receiver: Receiver, input: Uint8Array): Failure | undefined {
  for (let i = 0; i < input.length; i++) {
    const error = protocolError(() => receiver.push(input.subarray(i, i + 1)));
    if (error !== undefined) return { error, at: i + 1 };
  }
  return undefined;
}

/** The ProtocolError that `action` throws, undefined for none. Other errors pass. */
export function protocolError(action: () => void): ProtocolError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
