import { discard } from "../../compression/long-buffers.ts";
import type { MessageDeflater } from "../../compression/message-deflater.ts";
import { isWorthwhile } from "../../compression/options.ts";
import type { WebSocketError } from "../../errors.ts";
import { RSV1 } from "../../protocol/frame-header.ts";
import { firstByte } from "../../protocol/frame-writer.ts";
import { Opcode } from "../../protocol/opcode.ts";
import type { ConnectionSettings } from "../options.ts";
import type { OutgoingMessage } from "./data.ts";
import { Output } from "./output.ts";
import { SendQueue } from "./send-queue.ts";
import { SlowPeer, type SlowPeerOwner } from "./slow-peer.ts";
import type { OutputOwner } from "./stream-writer.ts";

/** What the sending half asks and tells its endpoint. */
export interface SenderOwner extends OutputOwner {
  readonly settings: ConnectionSettings;
  /** Whether frames may still be sent (RFC 6455 §5.5.1). */
  readonly sendsFrames: boolean;
  /** Whether TCP is gone. */
  readonly gone: boolean;
  /** @throws ConnectionClosedError unless frames may be sent */
  checkOpen(what: string): void;
  /** @throws ConnectionClosedError unless another message may be sent */
  checkAccepting(what: string): void;
  /** More waits than `maxSendBuffer` allows, or a message cannot be finished: to be closed. */
  onSendFailure(code: number, reason: string, error: WebSocketError): void;
  /** All that waited has gone, after `send` had returned a promise. */
  onDrained(): void;
}

/** Makes frames of messages whose turn has come, compressed where that was agreed upon. */
export abstract class MessageSender implements SlowPeerOwner {
  readonly output: Output;
  protected readonly owner: SenderOwner;
  /** Where compression was agreed upon. */
  protected readonly deflater: MessageDeflater | undefined;
  #queue: SendQueue | undefined;
  /** Once the peer has not kept up. */
  #slow: SlowPeer | undefined;

  constructor(owner: SenderOwner, deflater: MessageDeflater | undefined) {
    this.owner = owner;
    this.deflater = deflater;
    this.output = new Output(owner);
  }

  get queue(): SendQueue | undefined {
    return this.#queue;
  }

  get gone(): boolean {
    return this.owner.gone;
  }

  /** Resolves when nothing waits any more; rejects if the connection ends before, which need not be handled. */
  whenEmpty(): Promise<void> {
    return this.slow().empty;
  }

  checkOpen(what: string): void {
    this.owner.checkOpen(what);
  }

  onDrained(): void {
    this.owner.onDrained();
  }

  protected get slowPeer(): SlowPeer | undefined {
    return this.#slow;
  }

  protected slow(): SlowPeer {
    this.#slow ??= new SlowPeer(this);
    return this.#slow;
  }

  protected inTurn(
    bytes: number,
    send: (queue: SendQueue) => Promise<void> | undefined | void,
  ): Promise<void> {
    this.#queue ??= new SendQueue();
    const queue = this.#queue;
    return queue.add(bytes, () => send(queue));
  }

  /** What `send` puts into the queue: it holds back by that, so the owner is told when all has gone. */
  protected messageInTurn(
    bytes: number,
    send: (queue: SendQueue) => Promise<void> | undefined | void,
  ): Promise<void> {
    const sent = this.inTurn(bytes, send);
    this.slow().drainedAfter(sent);
    return sent;
  }

  protected sendNow(message: OutgoingMessage): Promise<void> | undefined {
    const deflater = this.deflater;
    if (deflater === undefined || !this.compresses(message, deflater)) {
      return this.sendPlain(message.data, message.text);
    }
    const { data, text } = message;
    if (deflater.isLong(data.length)) return this.sendLong(message, deflater);
    const opcode = text ? Opcode.text : Opcode.binary;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const deflated = deflater.deflate(bytes);
    // `shouldCompress` may have closed the connection.
    this.owner.checkOpen("send");
    if (deflated === undefined) return this.frame(firstByte(opcode), bytes);
    return this.frame(firstByte(opcode, true, RSV1), deflated);
  }

  protected async sendLong(
    { data, text }: OutgoingMessage,
    deflater: MessageDeflater,
  ): Promise<void> {
    const opcode = text ? Opcode.text : Opcode.binary;
    const deflating = this.#queue!.counted(data.length, deflater.deflateLong(data));
    const { bytes, compressed } = await deflating;
    this.owner.checkOpen("send");
    await this.frame(firstByte(opcode, true, compressed ? RSV1 : 0), bytes);
    // Where this rejects, the system may still read it.
    if (compressed) discard(bytes);
  }

  /** @param text whether bytes are text */
  protected sendPlain(data: string | Uint8Array, text = false): Promise<void> | undefined {
    if (typeof data !== "string")
      return this.frame(firstByte(text ? Opcode.text : Opcode.binary), data);
    this.output.text(data);
    return this.pressure();
  }

  protected frame(first: number, bytes: Uint8Array): Promise<void> | undefined {
    const copied = this.output.frame(first, bytes);
    return this.pressure() ?? (copied ? undefined : this.slow().empty);
  }

  protected compresses({ data, compress }: OutgoingMessage, deflater: MessageDeflater): boolean {
    return compress ?? isWorthwhile(deflater.settings, data);
  }

  /** Whether a message may have to be compressed on the thread pool. */
  protected isLong({ data, compress }: OutgoingMessage): boolean {
    return compress !== false && this.deflater?.isLong(data.length) === true;
  }

  /** What `send` returns: undefined while the peer keeps up, or when it has caught up. */
  protected pressure(): Promise<void> | undefined {
    const { highWaterMark } = this.owner.settings;
    if (!this.output.exceeds(highWaterMark)) return undefined;
    this.output.flush();
    if (!this.output.exceeds(highWaterMark)) return undefined;
    const slow = this.slow();
    slow.drainedAfter(slow.empty);
    return slow.empty;
  }
}
