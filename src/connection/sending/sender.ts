import type { Socket } from "node:net";
import { discard } from "../../compression/long-buffers.ts";
import { isWorthwhile, type MessageDeflater } from "../../compression/message-deflater.ts";
import { WebSocketError } from "../../errors.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { RSV1 } from "../../protocol/frame-header.ts";
import { firstByte, type KeySource } from "../../protocol/frame-writer.ts";
import { Opcode } from "../../protocol/opcode.ts";
import type { ConnectionSettings } from "../options.ts";
import type { BroadcastFrame, BroadcastMessage } from "./broadcast.ts";
import { CompressedFragments } from "./compressed-fragments.ts";
import { copyUnlessLarge, type Data, toMessage } from "./data.ts";
import { Output } from "./output.ts";
import { checkFragments, type FragmentTarget, SendQueue, sendInFragments } from "./send-queue.ts";

/** What the sending half asks and tells its connection. */
export interface SenderOwner {
  readonly socket: Socket;
  readonly settings: ConnectionSettings;
  readonly state: "open" | "closing" | "closed";
  /** @throws ConnectionClosedError unless frames may be sent */
  checkOpen(what: string): void;
  /** @throws ConnectionClosedError unless another message may be sent */
  checkAccepting(what: string): void;
  /** More waits than `maxSendBuffer` allows, or a message cannot be finished: to be closed. */
  onSendFailure(code: number, reason: string, error: WebSocketError): void;
  /** All that waited has gone, after `send` had returned a promise. */
  onDrained(): void;
}

/** What there is to remember of a peer that does not keep up. */
interface Lag {
  /** Messages that were dropped because the buffer was full. */
  dropped: number;
  /** The Pong that it is owed. */
  owedPong: Buffer | undefined;
  /** Settled once nothing waits, when the owner is told; undefined while nobody waits for that. */
  drained: Promise<void> | undefined;
}

const BINARY = firstByte(Opcode.binary);

const UNFINISHED = "a message in fragments was begun and cannot be finished";

/** The sending half of a connection: the order of messages and what happens to slow peers. */
export class Sender {
  readonly #settings: ConnectionSettings;
  readonly #owner: SenderOwner;
  readonly #output: Output;
  /** Where compression was agreed upon. */
  readonly #deflater: MessageDeflater | undefined;
  #queue: SendQueue | undefined;
  /** Once the peer has not kept up. */
  #lag: Lag | undefined;

  constructor(
    owner: SenderOwner,
    nextKey: KeySource | undefined,
    deflater: MessageDeflater | undefined,
  ) {
    this.#deflater = deflater;
    this.#settings = owner.settings;
    this.#owner = owner;
    this.#output = new Output(owner.socket, nextKey, owner.settings.directWrites);
  }

  /** The output itself, for whoever gathers what is sent, flushes or ends it. */
  get output(): Output {
    return this.#output;
  }

  /** Bytes that wait, those in the queue included. */
  get buffered(): number {
    return this.#output.buffered + (this.#queue?.bytes ?? 0);
  }

  /** Messages that were dropped because the buffer was full. */
  get dropped(): number {
    return this.#lag?.dropped ?? 0;
  }

  send(data: Data): Promise<void> | undefined {
    this.#owner.checkAccepting("send");
    if (data instanceof Blob) return this.sendBlob(data);
    const message = toMessage(data);
    if (!this.admits(message.length)) return this.refusal();
    if (this.#queue?.busy || this.#deflater?.isLong(message.length)) {
      return this.sendInTurn(message);
    }
    return this.sendAdmitted(message);
  }

  sendFragments(
    fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<void> {
    this.#owner.checkAccepting("send fragments");
    checkFragments(fragments);
    const deflater = this.#deflater;
    const plain: FragmentTarget = {
      text: (first, text) => {
        this.#owner.checkOpen("send a fragment");
        this.#output.text(text, first);
        return this.pressure();
      },
      binary: (first, bytes) => this.sendFrame(first, bytes, "send a fragment"),
      abandon: (cause) => {
        const error = new WebSocketError("MESSAGE_UNFINISHED", UNFINISHED, { cause });
        this.#owner.onSendFailure(CloseCode.internalError, "", error);
      },
    };
    const target =
      deflater === undefined
        ? plain
        : new CompressedFragments(deflater, plain, (bytes, promise) =>
            this.counted(bytes, promise),
          );
    return this.inTurn(0, () => sendInFragments(fragments, target));
  }

  /** Sends a message that goes to other connections too. */
  sendBroadcast(message: BroadcastMessage): void {
    const frame = message.frameFor(this.#deflater);
    if (!this.#queue?.busy && !(frame instanceof Promise)) {
      if (this.admits(frame.bytes.length)) this.broadcast(message, frame);
      return;
    }
    const size = message.payload.length;
    if (!this.admits(size)) return;
    this.inTurn(size, async () => {
      const ready = frame instanceof Promise ? await this.counted(size, frame) : frame;
      this.#owner.checkOpen("send");
      this.broadcast(message, ready);
    });
  }

  /** Runs `send` after everything that was sent before, at once if nothing waits. */
  afterAll(send: () => void): void {
    if (this.#queue?.busy) this.inTurn(0, send);
    else send();
  }

  /** The connection has ended: what has not been sent fails with the error, where there is any. */
  end(makeError: () => Error): void {
    const awaited = this.#output.awaited || this.#queue?.busy === true;
    const error = awaited ? makeError() : undefined;
    this.#output.end(error);
    if (error === undefined) return;
    this.#queue?.end(error);
    this.#deflater?.end(error);
  }

  /** §5.5.2: answers a Ping with its own payload. */
  pong(payload: Buffer): void {
    if (!this.#output.exceeds(this.#settings.highWaterMark)) {
      this.#output.frame(firstByte(Opcode.pong), payload);
      return;
    }
    // §5.5.3: to a peer that does not read, only the most recent Ping is answered.
    const lag = this.lag();
    const owes = lag.owedPong !== undefined;
    lag.owedPong = Buffer.from(payload);
    if (owes) return;
    this.#output.whenEmpty().then(
      () => {
        const owed = lag.owedPong;
        lag.owedPong = undefined;
        // §5.5.1: nothing may follow a Close.
        if (owed !== undefined && this.#owner.state === "open") this.pong(owed);
      },
      () => {},
    );
  }

  private broadcast(message: BroadcastMessage, { bytes, compressed }: BroadcastFrame): void {
    this.#output.prepared(bytes);
    if (compressed) this.#deflater?.remember(message.payload);
  }

  private inTurn(bytes: number, send: () => Promise<void> | undefined | void): Promise<void> {
    this.#queue ??= new SendQueue();
    return this.#queue.add(bytes, send);
  }

  /** What `send` puts into the queue: it holds back by that, so the owner is told when all has gone. */
  private messageInTurn(
    bytes: number,
    send: () => Promise<void> | undefined | void,
  ): Promise<void> {
    const sent = this.inTurn(bytes, send);
    this.drainedAfter(sent);
    return sent;
  }

  private sendBlob(blob: Blob): Promise<void> {
    const { size } = blob;
    if (!this.admits(size)) return this.refusal();
    const bytes = blob.arrayBuffer();
    // It may fail before its turn, when nobody handles that yet.
    bytes.catch(() => {});
    return this.messageInTurn(size, async () =>
      this.sendWaiting(new Uint8Array(await this.counted(size, bytes))),
    );
  }

  private sendInTurn(message: string | Uint8Array): Promise<void> {
    // Not held by the queue while it is being sent, as in MessageDeflater.#onPool.
    let waiting: string | Uint8Array | undefined = copyUnlessLarge(message);
    return this.messageInTurn(message.length, () => {
      const taken = waiting as string | Uint8Array;
      waiting = undefined;
      return this.sendWaiting(taken);
    });
  }

  /** Sends a message whose turn has come. It was admitted when it was put into the queue. */
  private sendWaiting(message: string | Uint8Array): Promise<void> | undefined {
    this.#owner.checkOpen("send");
    return this.sendAdmitted(message);
  }

  private sendAdmitted(message: string | Uint8Array): Promise<void> | undefined {
    if (this.#deflater === undefined) return this.sendPlain(message);
    return this.sendCompressible(message, this.#deflater);
  }

  private frame(first: number, bytes: Uint8Array): Promise<void> | undefined {
    const written = this.#output.frame(first, bytes);
    return this.pressure() ?? written;
  }

  /** Sends a message that may be compressed. */
  private sendCompressible(
    message: string | Uint8Array,
    deflater: MessageDeflater,
  ): Promise<void> | undefined {
    if (deflater.isLong(message.length)) return this.sendLong(message, deflater);
    const text = typeof message === "string";
    const opcode = text ? Opcode.text : Opcode.binary;
    const bytes = text ? Buffer.from(message) : message;
    const worthwhile = isWorthwhile(deflater.settings, message);
    const deflated = worthwhile ? deflater.deflate(bytes) : undefined;
    if (deflated === undefined) return this.sendFrame(firstByte(opcode), bytes, "send");
    return this.sendFrame(firstByte(opcode, true, RSV1), deflated, "send");
  }

  private sendLong(
    message: string | Uint8Array,
    deflater: MessageDeflater,
  ): Promise<void> | undefined {
    if (!isWorthwhile(deflater.settings, message)) return this.sendPlain(message);
    const opcode = typeof message === "string" ? Opcode.text : Opcode.binary;
    return this.counted(message.length, deflater.deflateLong(message)).then(
      ({ bytes, compressed }) => {
        this.#owner.checkOpen("send");
        const sent = this.frame(firstByte(opcode, true, compressed ? RSV1 : 0), bytes);
        if (!compressed) return sent;
        if (sent === undefined) discard(bytes);
        // The socket has not written it where this rejects.
        else
          sent.then(
            () => discard(bytes),
            () => {},
          );
        return sent;
      },
    );
  }

  /** Counts a message of the queue as waiting until the promise is settled. */
  private counted<T>(bytes: number, promise: Promise<T>): Promise<T> {
    const queue = this.#queue!;
    queue.bytes += bytes;
    return promise.finally(() => {
      queue.bytes -= bytes;
    });
  }

  /** Sends a message as it is. */
  private sendPlain(message: string | Uint8Array): Promise<void> | undefined {
    if (typeof message !== "string") return this.frame(BINARY, message);
    this.#output.text(message);
    return this.pressure();
  }

  private sendFrame(first: number, payload: Uint8Array, what: string): Promise<void> | undefined {
    this.#owner.checkOpen(what);
    return this.frame(first, payload);
  }

  /** Whether `size` more bytes may wait; if not, does what `whenSendBufferFull` says. */
  private admits(size: number): boolean {
    const { maxSendBuffer, whenSendBufferFull } = this.#settings;
    const queued = this.#queue?.bytes ?? 0;
    const full =
      queued + size > maxSendBuffer || this.#output.exceeds(maxSendBuffer - size - queued);
    if (!full || this.buffered === 0) return true;
    if (whenSendBufferFull === "drop") this.lag().dropped++;
    else {
      const error = new WebSocketError(
        "SEND_BUFFER_FULL",
        `the peer does not keep up: more than ${maxSendBuffer} bytes would wait (maxSendBuffer)`,
      );
      this.#owner.onSendFailure(CloseCode.tryAgainLater, "send buffer full", error);
    }
    return false;
  }

  /** What `send` returns for a message that was not admitted: its failure, or for how long. */
  private refusal(): Promise<void> {
    if (this.#settings.whenSendBufferFull === "drop") {
      return this.drainedAfter(Promise.resolve());
    }
    const refused = Promise.resolve().then(() => this.#owner.checkOpen("send"));
    refused.catch(() => {});
    return refused;
  }

  private lag(): Lag {
    this.#lag ??= { dropped: 0, owedPong: undefined, drained: undefined };
    return this.#lag;
  }

  private pressure(): Promise<void> | undefined {
    if (!this.#output.exceeds(this.#settings.highWaterMark)) return undefined;
    const empty = this.#output.whenEmpty();
    this.drainedAfter(empty);
    return empty;
  }

  /** Resolves once `sent` is settled and nothing waits any more, which the owner is told then. */
  private drainedAfter(sent: Promise<void>): Promise<void> {
    const lag = this.lag();
    if (lag.drained === undefined) {
      lag.drained = this.tellDrained(sent, lag);
      // Nobody has to await it.
      lag.drained.catch(() => {});
    }
    return lag.drained;
  }

  private async tellDrained(sent: Promise<void>, lag: Lag): Promise<void> {
    // A message that could not be sent, such as a Blob that cannot be read, waits no more either.
    await sent.catch(() => {});
    while (this.#owner.state !== "closed") {
      // What was sent behind that may wait.
      if (this.#queue?.busy) await this.#queue.last;
      else if (this.#output.buffered > 0) await this.#output.whenEmpty().catch(() => {});
      else {
        lag.drained = undefined;
        this.#owner.onDrained();
        return;
      }
    }
    this.#owner.checkOpen("send");
  }
}
