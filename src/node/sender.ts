import type { Socket } from "node:net";
import { CloseCode } from "../protocol/close-code.ts";
import { firstByte, type KeySource } from "../protocol/frame-writer.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { ConnectionSettings } from "./connection-options.ts";
import { type Data, toBytes } from "./data.ts";
import { Output } from "./output.ts";
import { SendQueue, sendInFragments } from "./send-queue.ts";

/** What the sending half asks and tells its connection. */
export interface SenderOwner {
  /** @throws ConnectionClosedError unless frames may be sent */
  checkOpen(what: string): void;
  /** @throws ConnectionClosedError unless another message may be sent */
  checkAccepting(what: string): void;
  /** More waits than `maxSendBuffer` allows, or a message cannot be finished: to be closed. */
  onSendFailure(code: number, reason: string): void;
  /** All that waited has gone, after `send` had returned a promise. */
  onDrained(): void;
}

const BINARY = firstByte(Opcode.binary);

/** The sending half of a connection: the order of messages and what happens to slow peers. */
export class Sender {
  /** Messages that were dropped because the buffer was full. */
  dropped = 0;

  readonly #settings: ConnectionSettings;
  readonly #owner: SenderOwner;
  readonly #output: Output;
  #queue: SendQueue | undefined;
  /** The Pong that is owed to a peer that does not read. */
  #owedPong: Buffer | undefined;
  #drainAwaited = false;

  constructor(
    socket: Socket,
    settings: ConnectionSettings,
    nextKey: KeySource | undefined,
    owner: SenderOwner,
  ) {
    this.#settings = settings;
    this.#owner = owner;
    this.#output = new Output(socket, nextKey);
  }

  /** The output itself, for whoever gathers what is sent, flushes or ends it. */
  get output(): Output {
    return this.#output;
  }

  /** Bytes that wait, those in the queue included. */
  get buffered(): number {
    return this.#output.buffered + (this.#queue?.bytes ?? 0);
  }

  send(data: Data): Promise<void> | undefined {
    if (this.#queue?.busy || data instanceof Blob) return this.#sendInTurn(data);
    return this.#sendNow(data);
  }

  sendFragments(
    fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<void> {
    this.#owner.checkAccepting("send fragments");
    const send = () =>
      sendInFragments(fragments, {
        text: (first, text) => {
          this.#owner.checkOpen("send a fragment");
          this.#output.text(text, first);
          return this.#pressure();
        },
        binary: (first, bytes) => {
          this.#owner.checkOpen("send a fragment");
          return this.#frame(first, bytes);
        },
        abandon: () => this.#owner.onSendFailure(CloseCode.internalError, ""),
      });
    return this.#inTurn(0, send);
  }

  /** Sends frames that are ready for the wire. */
  sendPrepared(frames: Buffer): void {
    if (!this.#admits(frames.length)) return;
    if (!this.#queue?.busy) {
      this.#output.prepared(frames);
      return;
    }
    this.#inTurn(frames.length, () => {
      this.#owner.checkOpen("send");
      this.#output.prepared(frames);
    });
  }

  /** Runs `send` after everything that was sent before, at once if nothing waits. */
  afterAll(send: () => void): void {
    if (this.#queue?.busy) this.#inTurn(0, send);
    else send();
  }

  /** The connection has ended: what has not been sent fails with the error, where there is any. */
  end(makeError: () => Error): void {
    const awaited = this.#output.awaited || this.#queue?.busy === true;
    const error = awaited ? makeError() : undefined;
    this.#output.end(error);
    if (error !== undefined) this.#queue?.end(error);
  }

  /** §5.5.2: answers a Ping with its own payload. */
  pong(payload: Buffer): void {
    if (!this.#output.exceeds(this.#settings.highWaterMark)) {
      this.#output.frame(firstByte(Opcode.pong), payload);
      return;
    }
    // §5.5.3: to a peer that does not read, only the most recent Ping is answered.
    const owes = this.#owedPong !== undefined;
    this.#owedPong = Buffer.from(payload);
    if (owes) return;
    this.#output.whenEmpty().then(
      () => {
        const owed = this.#owedPong;
        this.#owedPong = undefined;
        if (owed !== undefined) this.pong(owed);
      },
      () => {},
    );
  }

  #inTurn(bytes: number, send: () => Promise<void> | undefined | void): Promise<void> {
    this.#queue ??= new SendQueue();
    return this.#queue.add(bytes, send);
  }

  #sendInTurn(data: Data): Promise<void> {
    this.#owner.checkAccepting("send");
    if (data instanceof Blob) {
      if (!this.#admits(data.size)) return this.#refusal();
      const bytes = data.arrayBuffer();
      // It may fail before its turn, when nobody handles that yet.
      bytes.catch(() => {});
      return this.#inTurn(data.size, async () => this.#sendNow(await bytes));
    }
    const size = typeof data === "string" ? data.length : toBytes(data).length;
    if (!this.#admits(size)) return this.#refusal();
    return this.#inTurn(size, () => this.#sendNow(data));
  }

  #sendNow(data: Exclude<Data, Blob>): Promise<void> | undefined {
    this.#owner.checkOpen("send");
    if (typeof data === "string") {
      if (!this.#admits(data.length)) return this.#refusal();
      this.#output.text(data);
      return this.#pressure();
    }
    const bytes = toBytes(data);
    if (!this.#admits(bytes.length)) return this.#refusal();
    return this.#frame(BINARY, bytes);
  }

  #frame(first: number, bytes: Uint8Array): Promise<void> | undefined {
    const written = this.#output.frame(first, bytes);
    return this.#pressure() ?? written;
  }

  /** Whether `size` more bytes may wait; if not, does what `whenSendBufferFull` says. */
  #admits(size: number): boolean {
    const { maxSendBuffer, whenSendBufferFull } = this.#settings;
    const queued = this.#queue?.bytes ?? 0;
    const full =
      queued + size > maxSendBuffer || this.#output.exceeds(maxSendBuffer - size - queued);
    if (!full || this.buffered === 0) return true;
    if (whenSendBufferFull === "drop") this.dropped++;
    else this.#owner.onSendFailure(CloseCode.tryAgainLater, "send buffer full");
    return false;
  }

  /** What `send` returns for a message that was not admitted: its failure, or for how long. */
  #refusal(): Promise<void> {
    if (this.#settings.whenSendBufferFull === "drop") return this.#output.whenEmpty();
    const refused = Promise.resolve().then(() => this.#owner.checkOpen("send"));
    refused.catch(() => {});
    return refused;
  }

  #pressure(): Promise<void> | undefined {
    if (!this.#output.exceeds(this.#settings.highWaterMark)) return undefined;
    const empty = this.#output.whenEmpty();
    if (this.#drainAwaited) return empty;
    this.#drainAwaited = true;
    empty.then(
      () => {
        this.#drainAwaited = false;
        this.#owner.onDrained();
      },
      () => {},
    );
    return empty;
  }
}
