import { messageCodec } from "../compression/codec.ts";
import type { BufferBudget } from "../connection/buffer-budget.ts";
import { Endpoint, type EndpointInit } from "../connection/endpoint.ts";
import { ConnectionGroup } from "../connection/group.ts";
import type { SendFragment } from "../connection/sending/fragments.ts";
import { turn } from "../connection/turn.ts";
import { type ProtocolError, WebSocketError } from "../errors.ts";
import type { DeflateAgreement } from "../extensions/permessage-deflate.ts";
import { CloseCode } from "../protocol/close-code.ts";
import type { ClosePayload } from "../protocol/close-payload.ts";
import { PHASE_RULES, type Phase } from "../protocol/closing.ts";
import type { KeySource } from "../protocol/frame-writer.ts";
import { EMPTY_BUFFER } from "./constants.ts";
import { translated } from "./errors.ts";
import { settingsFrom } from "./settings.ts";
import type { CommonOptions } from "./types/options.ts";

/**
 * What the endpoint tells the WebSocket that stands for it. These are no methods of that: programs extend its class,
 * and may have methods with any name.
 */
export interface FaceEvents {
  onMessage(face: object, data: Buffer, binary: boolean): void;
  /** @param payload to be kept only as a copy */
  onControl(face: object, event: "ping" | "pong", payload: Buffer): void;
  /** The connection has failed, and is about to end. */
  onFailure(face: object, error: Error): void;
}

/** What WebSockets with the same options share. */
export class FaceGroup extends ConnectionGroup {
  readonly events: FaceEvents;
  /** Whether Pings are answered by themselves. */
  readonly answersPings: boolean;
  /** Whether there is a turn of the event loop between two events of incoming frames. */
  readonly takesTurns: boolean;

  constructor(
    options: CommonOptions,
    role: "server" | "client",
    events: FaceEvents,
    budget: BufferBudget,
    clientKey?: KeySource,
  ) {
    super(settingsFrom(options, role), budget, clientKey);
    this.events = events;
    this.answersPings = options.autoPong ?? true;
    this.takesTurns = options.allowSynchronousEvents === false;
  }
}

/** What an opening handshake of a WebSocket leads to. */
export interface FaceInit extends Omit<EndpointInit, "codec"> {
  readonly group: FaceGroup;
  /** What was agreed upon about compression. */
  readonly compression: DeflateAgreement | undefined;
  /** From how many bytes on messages are compressed; Infinity where that was not agreed upon. */
  readonly compressFrom: number;
}

/** What a handler object would be told goes to the WebSocket instead. */
const NO_HANDLER = {};

/** The end of a connection behind a WebSocket in the shape of `ws`: where that differs from barewire's own. */
export class FaceEndpoint extends Endpoint {
  declare readonly group: FaceGroup;
  /** See {@link FaceInit}. */
  readonly compressFrom: number;
  /** Sends the next fragment of the message that is being sent in fragments. */
  sendFragment: SendFragment | undefined;

  constructor(init: FaceInit, face: object) {
    const codec = messageCodec(init.compression, init.group.settings);
    super({ ...init, codec }, face);
    this.compressFrom = init.compressFrom;
    flushAtExit();
  }

  /** Whether compression was agreed upon. */
  get compresses(): boolean {
    return this.compressFrom !== Number.POSITIVE_INFINITY;
  }

  /**
   * Goes to work in the next turn of the event loop, so that whoever is given the WebSocket can listen for its
   * messages before there are any.
   */
  begin(): void {
    setImmediate(begin, this);
  }

  override onMessage(data: string | Buffer | ArrayBuffer, binary: boolean): void {
    try {
      this.group.events.onMessage(this.face, data as Buffer, binary);
    } catch (error) {
      throwLater(error);
    }
    if (this.group.takesTurns) this.takeTurn();
  }

  override onPing(payload: Buffer): void {
    if (this.group.answersPings && PHASE_RULES[this.phase].pings) this.sender.pong(payload);
    this.tellControl("ping", payload);
  }

  override onPong(payload: Buffer): void {
    this.group.heartbeat?.onPong(this);
    this.tellControl("pong", payload);
  }

  /** The answer to a Close has its reason, too. */
  override onClose(code: number, reason: string): void {
    const payload: ClosePayload = { code, reason };
    this.closing.onReceived(payload, payload);
  }

  override onBroken(error: ProtocolError): void {
    this.closing.onBroken(error, "");
    this.tellFailure(translated(error));
  }

  override onSendFailure(code: number, reason: string, error: WebSocketError): void {
    super.onSendFailure(code, reason, error);
    const { cause } = error;
    this.tellFailure(code === CloseCode.internalError && cause instanceof Error ? cause : error);
  }

  override onDead(): void {
    super.onDead();
    this.tellFailure(new WebSocketError("HEARTBEAT_TIMEOUT", "the peer has not answered a Ping"));
  }

  override onStalled(): void {
    super.onStalled();
    this.tellFailure(new WebSocketError("SEND_TIMEOUT", "the peer takes nothing of what waits"));
  }

  override onUserError(error: unknown): void {
    throwLater(error);
  }

  /** Messages are told until the peer's Close has come, also when this side has begun to close. */
  override enter(phase: Phase): void {
    this.phase = phase;
    const { messages } = PHASE_RULES[phase];
    if (phase !== "gone") this.receiver.setAttention(messages === "drop" ? "deliver" : messages);
  }

  private tellControl(event: "ping" | "pong", payload: Buffer): void {
    try {
      this.group.events.onControl(this.face, event, payload);
    } catch (error) {
      throwLater(error);
    }
    if (this.group.takesTurns) this.takeTurn();
  }

  private tellFailure(error: Error): void {
    try {
      this.group.events.onFailure(this.face, error);
    } catch (thrown) {
      throwLater(thrown);
    }
  }

  private takeTurn(): void {
    this.receiver.holdForOpen();
    setImmediate(goOn, this);
  }
}

function begin(endpoint: FaceEndpoint): void {
  endpoint.start(NO_HANDLER, EMPTY_BUFFER);
}

function goOn(endpoint: FaceEndpoint): void {
  endpoint.receiver.open();
}

/** What a listener of the user's has thrown is not caught, as that of any EventEmitter. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

let flushes = false;

/** What was sent right before `process.exit()` is written: `ws` writes each message at once. */
function flushAtExit(): void {
  if (flushes) return;
  flushes = true;
  process.on("exit", () => turn.run());
}
