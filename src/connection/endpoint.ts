import type { Duplex } from "node:stream";
import type { MessageCodec } from "../compression/codec.ts";
import {
  ArgumentError,
  type ConnectionClosedError,
  type ProtocolError,
  WebSocketError,
} from "../errors.ts";
import { describe } from "../options/describe.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { type ClosePayload, encodeClose } from "../protocol/close-payload.ts";
import { PHASE_RULES, type Phase } from "../protocol/closing.ts";
import type { KeySource } from "../protocol/frame-writer.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { SocketListener } from "../socket/events.ts";
import type { Transport } from "../socket/transport.ts";
import type { BufferHolder } from "./buffer-budget.ts";
import { Closing, type ClosingOwner } from "./closing.ts";
import type { HeartbeatTarget } from "./control/heartbeat.ts";
import { now } from "./control/heartbeat.ts";
import { type PingListener, Pings } from "./control/pings.ts";
import type { ConnectionGroup } from "./group.ts";
import type { ConnectionSettings } from "./options.ts";
import { InflatedMessages } from "./receiving/inflated-messages.ts";
import { RateLimit } from "./receiving/rate-limit.ts";
import { Receiver, type ReceiverOwner } from "./receiving/receiver.ts";
import type { BroadcastMessage } from "./sending/broadcast/message.ts";
import type { SenderOwner } from "./sending/message-sender.ts";
import type { Output } from "./sending/output.ts";
import type { SendWatchTarget } from "./sending/send-watch.ts";
import { Sender } from "./sending/sender.ts";
import { type EndpointHandler, type EndpointOwner, UserSide } from "./user-side.ts";

/** What an opening handshake leads to. */
export interface EndpointInit {
  readonly stream: Duplex;
  readonly transport: Transport;
  readonly group: ConnectionGroup;
  readonly owner: EndpointOwner;
  /** Where compression was agreed upon. */
  readonly codec: MessageCodec | undefined;
}

const NOTHING = Buffer.alloc(0);
const ENDED = "the connection has ended";

/**
 * One end of an open connection, as RFC 6455 calls it: where the receiving half, the sending half and the end
 * of it meet, between a stream and what the user sees of it. Users never get hold of it.
 *
 * It is longer than other files because each part knows it by a narrow interface of its own, seven in all, and
 * here they meet: nearly every method is one line, and a connection is one object less for each of them.
 */
export class Endpoint
  extends UserSide
  implements
    SocketListener,
    ReceiverOwner,
    SenderOwner,
    ClosingOwner,
    HeartbeatTarget,
    SendWatchTarget,
    BufferHolder
{
  readonly stream: Duplex;
  readonly transport: Transport;
  readonly group: ConnectionGroup;
  readonly receiver: Receiver;
  readonly sender: Sender;
  phase: Phase = "open";
  #closing: Closing | undefined;
  #pings: Pings | undefined;

  constructor(init: EndpointInit, face: object) {
    super(face, init.owner);
    const { stream, transport, group, codec } = init;
    this.stream = stream;
    this.transport = transport;
    this.group = group;
    this.receiver = new Receiver(this);
    this.sender = new Sender(this, codec?.deflater);
    this.#prepareReceiver(codec);
    group.heartbeat?.add(this);
    // A client's too: that the peer has ended its side may be known before a long message of it is
    // inflated, and must not end this side.
    stream.allowHalfOpen = true;
    transport.bind(stream, this);
  }

  // -------------------------------------------------------- what its parts ask

  get settings(): ConnectionSettings {
    return this.group.settings;
  }

  get role(): "server" | "client" {
    return this.group.settings.role;
  }

  get closeTimeout(): number {
    return this.group.settings.closeTimeout;
  }

  get nextKey(): KeySource | undefined {
    return this.group.nextKey;
  }

  get output(): Output {
    return this.sender.output;
  }

  get sendsFrames(): boolean {
    return PHASE_RULES[this.phase].frames;
  }

  get gone(): boolean {
    return this.phase === "gone";
  }

  get allWritten(): boolean {
    return this.output.buffered === 0;
  }

  get consumer(): "none" | "once" | "iteration" {
    if (!this.receiver.busy) return "none";
    return this.receiver.iterated ? "iteration" : "once";
  }

  get endError(): ConnectionClosedError | undefined {
    return this.gone ? this.closing.error(ENDED) : undefined;
  }

  /** Bytes of memory that wait on either side, and in the stream. */
  get held(): number {
    const held = this.receiver.held + this.sender.held;
    // What is ignored goes as it comes.
    const ignored = this.phase !== "open" && PHASE_RULES[this.phase].messages === "ignore";
    return ignored ? held : held + this.transport.readAhead(this.stream);
  }

  checkOpen(what: string): void {
    if (this.phase === "open" || this.sendsFrames) return;
    const { state } = PHASE_RULES[this.phase];
    throw this.closing.error(`cannot ${what}: the connection is ${state}`);
  }

  checkAccepting(what: string): void {
    if (this.phase === "open") return;
    this.checkOpen(what);
    if (this.closing.called) throw this.closing.error(`cannot ${what}: close() has been called`);
  }

  // ------------------------------------------------------- what the user wants

  /** What there is to end this connection, made if need be. */
  get closing(): Closing {
    this.#closing ??= new Closing(this);
    return this.#closing;
  }

  /** Goes to work, with the bytes that came behind the head. */
  start(handler: EndpointHandler | undefined, rest: Buffer): void {
    const { receiver, output } = this;
    receiver.unread(rest);
    if (handler === undefined) {
      // Who only sends must still hear the peer's pings and Close.
      setImmediate(() => receiver.readForNobody());
      return;
    }
    this.handler = handler;
    output.cork(0);
    if (handler.open !== undefined) this.callOpen(handler);
    output.uncork();
    receiver.readForHandler();
  }

  ping(payload: Uint8Array | undefined): Promise<number> {
    this.checkOpen("ping");
    this.#pings ??= new Pings();
    this.#pings.checkRoom();
    const bytes = payload ?? this.#pings.nextPayload();
    const answered = this.#pings.wait(bytes);
    this.sender.control(Opcode.ping, bytes);
    return answered;
  }

  /** Has the listener told of each Ping or Pong of the peer's. */
  listen(what: "ping" | "pong", listener: PingListener): () => void {
    if (typeof listener !== "function") {
      throw new ArgumentError(`a listener is a function; got ${describe(listener)}`);
    }
    this.#pings ??= new Pings();
    return this.#pings.listen(what, listener);
  }

  pong(payload: Uint8Array): void {
    this.checkOpen("pong");
    this.sender.control(Opcode.pong, payload);
  }

  /** Sends a message that others get too, unless this side is closing. */
  sendBroadcast(message: BroadcastMessage): void {
    // §5.1: what a client sends is masked, each frame with a key of its own.
    if (this.role === "client") {
      throw new ArgumentError("a broadcast goes to connections of a server");
    }
    if (this.phase === "open") this.sender.sendBroadcast(message);
  }

  // ---------------------------------------------- called by the stream's events

  onData(chunk: Buffer, length: number): void {
    this.receiver.onData(chunk, length);
  }

  onReadAhead(): void {
    this.onHeldChanged();
  }

  onDrain(): void {
    this.output.onDrain();
    this.onHeldChanged();
  }

  onEnd(): void {
    this.receiver.onEnd();
  }

  onError(error: Error): void {
    this.closing.onError(error);
  }

  onSocketClose(): void {
    const { group, closing } = this;
    closing.onLost();
    this.receiver.onSocketClose();
    const info = closing.end();
    group.heartbeat?.remove(this);
    group.sendWatch?.remove(this);
    // Made when somebody is to be told: an error with its stack costs more than the rest of this.
    const ended = () => closing.error(ENDED);
    this.sender.end(ended);
    this.#pings?.end(ended());
    this.receiver.end();
    group.budget?.remove(this);
    group.memberships?.forget(this.face);
    const { handler } = this;
    if (handler?.close !== undefined) {
      this.call(() => handler.close?.(this.face, info.code, info.reason));
    }
    closing.announce(info);
    this.owner.onClosed(this.face, info);
  }

  // -------------------------------------------------- called by the heartbeat

  get lastReceived(): number {
    return this.receiver.lastReceived;
  }

  get pinged(): boolean {
    return PHASE_RULES[this.phase].pinged;
  }

  get listens(): boolean {
    return this.receiver.listens;
  }

  get hindered(): boolean {
    // The Ping may wait behind what the peer has yet to take, which `sendTimeout` watches.
    return this.output.pending || this.receiver.withinFrame;
  }

  sendHeartbeat(): void {
    this.sender.control(Opcode.ping, NOTHING);
  }

  onDead(): void {
    const message = "the peer was silent, and did not answer a Ping in time";
    this.closing.giveUp(new WebSocketError("HEARTBEAT_TIMEOUT", message));
  }

  // -------------------------------------------------- called by the send watch

  get pending(): boolean {
    return this.output.pending;
  }

  get written(): number {
    return this.output.written;
  }

  get left(): number {
    return this.transport.left(this.stream);
  }

  onStalled(): void {
    const message = `the peer has taken nothing of what waits for ${this.settings.sendTimeout} ms (sendTimeout)`;
    this.closing.giveUp(new WebSocketError("SEND_TIMEOUT", message));
  }

  // ------------------------------------------------------ called by the budget

  onOverBudget(limit: number): void {
    const message = `the connections of this server hold more than ${limit} bytes (maxTotalBuffered), and this one is among the largest`;
    const error = new WebSocketError("TOTAL_BUFFER_FULL", message);
    const failing = this.phase !== "open";
    this.receiver.drop();
    this.output.drop(() => error);
    // A Close waits behind what is being written, and a peer that takes nothing may hold much of that.
    if (failing) this.closing.giveUp(error);
    else this.onSendFailure(CloseCode.tryAgainLater, "server out of buffers", error);
  }

  // --------------------------------------------- called by the receiving half

  /** §5.5.2: a Ping is answered with its own payload. */
  onPing(payload: Buffer): void {
    if (PHASE_RULES[this.phase].pings) this.sender.pong(payload);
    this.tell("ping", payload, this.#pings);
  }

  onPong(payload: Buffer): void {
    this.group.heartbeat?.onPong(this);
    this.#pings?.onPong(payload);
    this.tell("pong", payload, this.#pings);
  }

  onClose(code: number, reason: string): void {
    this.closing.onReceived({ code, reason });
  }

  onBroken(error: ProtocolError): void {
    this.closing.onBroken(error);
  }

  onFin(held: boolean): void {
    this.closing.onFin(held);
  }

  onDiscarded(): void {
    this.closing.onDiscarded();
  }

  onTake(): void {
    this.#closing?.onTake();
  }

  onHeldChanged(): void {
    // What is left in the inbox once it has ended is the program's, and nobody could be closed for it.
    if (!this.gone) this.group.budget?.count(this);
  }

  // ------------------------------------------------ called by the sending half

  onSendFailure(code: number, reason: string, error: WebSocketError): void {
    this.closing.fail({ code, reason }, error);
  }

  onPending(): void {
    this.group.sendWatch?.add(this);
    this.onHeldChanged();
  }

  onEmpty(): void {
    this.sender.onEmpty();
    // A Close frame may have had to wait, and TCP ends behind it.
    this.#closing?.onWritten();
  }

  onDrained(): void {
    const { handler } = this;
    if (handler?.drain !== undefined) this.call(() => handler.drain?.(this.face));
  }

  // ------------------------------------------------------- called by its closing

  enter(phase: Phase): void {
    this.phase = phase;
    // What had arrived before TCP was lost is treated as if it were there.
    if (phase !== "gone") this.receiver.setAttention(PHASE_RULES[phase].messages);
  }

  afterAllSent(send: () => void): void {
    this.sender.afterAll(send);
  }

  sendClose(payload: ClosePayload): void {
    this.sender.control(Opcode.close, encodeClose(payload));
  }

  endStream(): void {
    this.transport.end(this.stream);
  }

  gather(act: () => void): void {
    this.output.cork(0);
    act();
    this.output.uncork();
  }

  flush(): void {
    this.output.flush();
  }

  destroyStream(): void {
    this.output.end(() => this.closing.error(ENDED));
    this.transport.destroy(this.stream);
  }

  // ------------------------------------------------------------------ private

  #prepareReceiver(codec: MessageCodec | undefined): void {
    const { maxMessageRate, maxByteRate, text } = this.group.settings;
    if (codec !== undefined) {
      this.receiver.inflateBy(new InflatedMessages(codec.inflater, this.receiver, text));
    }
    if (maxMessageRate !== Number.POSITIVE_INFINITY || maxByteRate !== Number.POSITIVE_INFINITY) {
      this.receiver.limitBy(new RateLimit(maxMessageRate, maxByteRate, now()));
    }
  }
}
