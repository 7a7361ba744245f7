import { ConnectionClosedError } from "../errors.ts";
import type { Phase } from "../protocol/closing.ts";
import type { CloseInfo } from "./close-info.ts";
import type { Closing } from "./closing.ts";
import type { Pings } from "./control/pings.ts";
import type { Receiver } from "./receiving/receiver.ts";
import type { Sender } from "./sending/sender.ts";
import { catchRejection, isThenable, toError } from "./user-code.ts";

/**
 * What the user is told of a connection. `face` is the object that stands for it in the user's program.
 */
export interface EndpointHandler {
  open?(face: object): unknown;
  message?(face: object, data: string | Buffer | ArrayBuffer, binary: boolean): unknown;
  ping?(face: object, payload: Buffer): unknown;
  pong?(face: object, payload: Buffer): unknown;
  drain?(face: object): unknown;
  close?(face: object, code: number, reason: string): unknown;
}

/** Who made the endpoint, and is told of what it cannot handle itself. */
export interface EndpointOwner {
  /** The connection has ended. */
  onClosed(face: object, info: CloseInfo): void;
  /** The user's code has thrown. */
  onUserError(face: object, error: unknown): void;
}

/** The side of an endpoint that calls the user's code, and sees to what comes back from it. */
export abstract class UserSide {
  /** What handlers get as their first argument. */
  face: object;
  handler: EndpointHandler | undefined;
  protected readonly owner: EndpointOwner;
  abstract readonly phase: Phase;
  abstract readonly closing: Closing;
  abstract readonly receiver: Receiver;
  abstract readonly sender: Sender;

  constructor(face: object, owner: EndpointOwner) {
    this.face = face;
    this.owner = owner;
  }

  /** The user's code that was to serve this connection has thrown. */
  onUserError(error: unknown): void {
    // That it could not send to a peer that has gone is no fault of the user's.
    if (error instanceof ConnectionClosedError && this.phase !== "open") return;
    this.owner.onUserError(this.face, error);
    this.closing.failByUser(toError(error));
  }

  onMessage(data: string | Buffer | ArrayBuffer, binary: boolean): void {
    try {
      const result = this.handler?.message?.(this.face, data, binary);
      // An echo to a peer that does not read returns the same promise again and again.
      if (result !== undefined && !this.sender.owns(result)) this.watch(result);
    } catch (error) {
      this.onUserError(error);
    }
  }

  /** No message is delivered before an `open` that takes its time has ended. */
  protected callOpen(handler: EndpointHandler): void {
    try {
      const result = handler.open?.(this.face);
      if (!isThenable(result)) return;
      this.receiver.holdForOpen();
      Promise.resolve(result)
        .catch((error) => this.onUserError(error))
        .then(() => this.receiver.open());
    } catch (error) {
      this.onUserError(error);
    }
  }

  /** Tells the user of a Ping or Pong; its payload lies in a chunk that will be used again. */
  protected tell(what: "ping" | "pong", payload: Buffer, pings: Pings | undefined): void {
    const { handler } = this;
    if (handler?.[what] !== undefined) {
      this.call(() => handler[what]?.(this.face, Buffer.from(payload)));
    }
    for (const listener of pings?.listeners(what) ?? []) {
      this.call(() => listener(Buffer.from(payload)));
    }
  }

  /** Calls a function of the user's. */
  protected call(callback: () => unknown): void {
    try {
      this.watch(callback());
    } catch (error) {
      this.onUserError(error);
    }
  }

  private watch(result: unknown): void {
    if (result !== undefined) catchRejection(result, (error) => this.onUserError(error));
  }
}
