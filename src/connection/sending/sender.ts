import { WebSocketError } from "../../errors.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { firstByte } from "../../protocol/frame-writer.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { readBlob } from "./blobs.ts";
import type { BroadcastFrame, BroadcastMessage } from "./broadcast/message.ts";
import { CompressedFragments } from "./compressed-fragments.ts";
import {
  checkSendOptions,
  copyUnlessLarge,
  type Data,
  type OutgoingMessage,
  outgoing,
  type SendOptions,
} from "./data.ts";
import {
  checkFragments,
  type FragmentTarget,
  type SendFragment,
  sendInFragments,
} from "./fragments.ts";
import { MessageSender } from "./message-sender.ts";
import type { OnWritten } from "./on-written.ts";
import type { SendQueue } from "./send-queue.ts";

/** The sending half of a connection: the order of messages and what happens to slow peers. */
export class Sender extends MessageSender {
  /** Whether messages wait for one that takes time. */
  get busy(): boolean {
    return this.queue?.busy === true;
  }

  /** Bytes that wait, those in the queue included. */
  get buffered(): number {
    return this.output.buffered + (this.queue?.bytes ?? 0);
  }

  /** Bytes of memory that wait for the peer, or for what takes time before. */
  get held(): number {
    return (this.output.pending ? this.output.buffered : 0) + (this.queue?.bytes ?? 0);
  }

  /** Whether a promise is that of a `send` which has to wait, one for all of them. */
  owns(promise: unknown): boolean {
    return this.slowPeer?.owns(promise) === true;
  }

  /** Messages that were dropped because the buffer was full. */
  get dropped(): number {
    return this.slowPeer?.dropped ?? 0;
  }

  send(data: Data, options?: SendOptions): Promise<void> | undefined {
    this.owner.checkAccepting("send");
    if (options !== undefined) checkSendOptions(options);
    const simple = typeof data === "string" || (data instanceof Uint8Array && !options);
    // An object for each of these messages would take a tenth of the time of an echo.
    if (simple && this.deflater === undefined && !this.queue?.busy) {
      if (!this.fits(data.length)) return this.refusal();
      return this.sendPlain(data);
    }
    if (data instanceof Blob) return this.sendBlob(data, options);
    return this.sendMessage(outgoing(data, options));
  }

  /** Sends a message that is known to be one, on a connection that is known to take it. */
  sendMessage(message: OutgoingMessage): Promise<void> | undefined {
    const { length } = message.data;
    if (!this.fits(length)) return this.refusal();
    if (this.busy || this.isLong(message)) return this.sendInTurn(message);
    return this.sendNow(message);
  }

  /** Sends a frame that is ready, in parts that never change; nothing but a client's must be masked. */
  sendReady(parts: readonly Buffer[]): void {
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    if (!this.fits(size)) return;
    const send = () => {
      for (const part of parts) this.output.prepared(part);
    };
    if (this.busy) this.inTurn(size, send);
    else send();
  }

  /** Tells `waiter` once all that was sent up to now is with the system, or never will be. */
  whenWritten(waiter: OnWritten): void {
    if (!this.busy) {
      this.output.whenWritten(waiter);
      return;
    }
    const sent = this.inTurn(0, () => {
      // Otherwise the promise has been rejected.
      if (!this.owner.gone) this.output.whenWritten(waiter);
    });
    sent.catch(waiter);
  }

  sendFragments(
    fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<void> {
    this.owner.checkAccepting("send fragments");
    checkFragments(fragments);
    return this.inTurn(0, (queue) => sendInFragments(fragments, this.fragmentTarget(queue)));
  }

  /**
   * Begins a message whose fragments come when their time has come. Until the last one no other message may be
   * sent.
   *
   * @param compress whether it is to be compressed, where that was agreed upon
   */
  beginMessage(text: boolean, compress: boolean): SendFragment {
    let target: FragmentTarget | undefined;
    let opcode: Opcode = text ? Opcode.text : Opcode.binary;
    return (fragment, fin) => {
      const first = firstByte(opcode, fin);
      opcode = Opcode.continuation;
      const kept = fragment instanceof Blob ? fragment : copyUnlessLarge(fragment);
      const read =
        kept instanceof Blob
          ? readBlob(
              kept,
              (bytes) => bytes,
              (cause) => this.failUnread(cause),
            )
          : () => kept as Uint8Array;
      const size = fragment instanceof Blob ? fragment.size : fragment.length;
      return this.inTurn(size, async (queue) => {
        target ??= this.fragmentTarget(queue, compress);
        await target.binary(first, await read(queue));
      });
    };
  }

  /** Sends a message that goes to other connections too. */
  sendBroadcast(message: BroadcastMessage): void {
    const busy = this.queue?.busy === true;
    if (this.deflater === undefined && !busy && message.range !== undefined) {
      if (this.fits(message.range.length)) this.output.broadcast(message.range);
      return;
    }
    const frame = message.frameFor(this.deflater);
    if (!busy && !(frame instanceof Promise)) {
      if (this.fits(frame.bytes.length)) this.sendPrepared(message, frame);
      return;
    }
    const size = message.payload.length;
    if (!this.fits(size)) return;
    this.inTurn(size, async (queue) => {
      const ready = frame instanceof Promise ? await queue.counted(size, frame) : frame;
      this.owner.checkOpen("send");
      this.sendPrepared(message, ready);
    });
  }

  /** Sends a control frame (RFC 6455 §5.5). */
  control(opcode: Opcode, payload: Uint8Array): void {
    this.output.frame(firstByte(opcode), payload);
  }

  /** §5.5.2: answers a Ping with its own payload. */
  pong(payload: Buffer): void {
    if (!this.output.exceeds(this.owner.settings.highWaterMark)) {
      this.control(Opcode.pong, payload);
      return;
    }
    // §5.5.3: to a peer that does not read, only the most recent Ping is answered.
    this.slow().owedPong = Buffer.from(payload);
    if (!this.output.pending) this.output.flush();
    if (!this.output.pending) this.payOwedPong();
  }

  /** Runs `send` after everything that was sent before, at once if nothing waits. */
  afterAll(send: () => void): void {
    if (this.busy) this.inTurn(0, send);
    else send();
  }

  /** Everything that was written is with the system. */
  onEmpty(): void {
    const slow = this.slowPeer;
    if (slow === undefined) return;
    slow.onEmpty();
    this.payOwedPong();
  }

  /** The connection has ended: what has not been sent fails with the error, where anybody waits for it. */
  end(makeError: () => Error): void {
    this.output.end(makeError);
    const awaited = this.slowPeer?.awaited === true || this.busy;
    if (!awaited) return;
    const error = makeError();
    this.slowPeer?.end(error);
    this.queue?.end(error);
    this.deflater?.end(error);
  }

  private fragmentTarget(queue: SendQueue, compress?: boolean): FragmentTarget {
    const plain: FragmentTarget = {
      text: (first, text) => {
        this.owner.checkOpen("send a fragment");
        this.output.text(text, first);
        return this.pressure();
      },
      binary: (first, bytes) => {
        this.owner.checkOpen("send a fragment");
        return this.frame(first, bytes);
      },
      abandon: (cause) => {
        this.failUnfinished("a message in fragments was begun and cannot be finished", cause);
      },
    };
    const deflater = this.deflater;
    if (deflater === undefined) return plain;
    const counted = <T>(bytes: number, promise: Promise<T>) => queue.counted(bytes, promise);
    return new CompressedFragments(deflater, plain, counted, compress);
  }

  private payOwedPong(): void {
    const owed = this.slowPeer?.owedPong;
    if (owed === undefined) return;
    this.slow().owedPong = undefined;
    // §5.5.1: nothing may follow a Close.
    if (this.owner.sendsFrames) this.control(Opcode.pong, owed);
  }

  private sendPrepared(message: BroadcastMessage, { bytes, compressed }: BroadcastFrame): void {
    this.output.prepared(bytes);
    if (compressed) this.deflater?.remember(message.payload);
  }

  private sendBlob(blob: Blob, options: SendOptions | undefined): Promise<void> {
    const { size } = blob;
    if (!this.fits(size)) return this.refusal();
    const read = readBlob(
      blob,
      (bytes) => outgoing(bytes, options),
      (cause) => this.failUnread(cause),
    );
    return this.messageInTurn(size, async (queue) => this.sendWaiting(await read(queue)));
  }

  private sendInTurn({ data, text, compress }: OutgoingMessage): Promise<void> {
    // Not held by the queue while it is being sent, as in MessageDeflater.#onPool.
    let waiting: string | Uint8Array | undefined = copyUnlessLarge(data);
    return this.messageInTurn(data.length, () => {
      const taken = waiting as string | Uint8Array;
      waiting = undefined;
      return this.sendWaiting({ data: taken, text, compress });
    });
  }

  /** Sends a message whose turn has come. There was room for it when it was put into the queue. */
  private sendWaiting(message: OutgoingMessage): Promise<void> | undefined {
    this.owner.checkOpen("send");
    return this.sendNow(message);
  }

  /** Whoever does not await the promise must not lose a message without a word. */
  private failUnread(cause: unknown): void {
    this.failUnfinished("a Blob could not be read", cause);
  }

  private failUnfinished(what: string, cause: unknown): void {
    const error = new WebSocketError("MESSAGE_UNFINISHED", what, { cause });
    this.owner.onSendFailure(CloseCode.internalError, "", error);
  }

  /** Whether `size` more bytes may wait; if not, does what `whenSendBufferFull` says. */
  private fits(size: number): boolean {
    const { maxSendBuffer, whenSendBufferFull } = this.owner.settings;
    const queued = this.queue?.bytes ?? 0;
    if (!this.output.exceeds(maxSendBuffer - size - queued)) {
      if (queued + size <= maxSendBuffer) return true;
    }
    if (this.buffered === 0) return true;
    if (whenSendBufferFull === "drop") this.slow().dropped++;
    else {
      const error = new WebSocketError(
        "SEND_BUFFER_FULL",
        `the peer does not keep up: more than ${maxSendBuffer} bytes would wait (maxSendBuffer)`,
      );
      this.owner.onSendFailure(CloseCode.tryAgainLater, "send buffer full", error);
    }
    return false;
  }

  /** What `send` returns for a message for which there is no room: its failure, or for how long. */
  private refusal(): Promise<void> {
    if (this.owner.settings.whenSendBufferFull === "drop") {
      return this.slow().drainedAfter(Promise.resolve());
    }
    const refused = Promise.resolve().then(() => this.owner.checkOpen("send"));
    refused.catch(() => {});
    return refused;
  }
}
