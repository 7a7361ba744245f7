import type { CloseInfo } from "../connection/close-info.ts";
import { type Connection, connectionOver, type OpeningFacts } from "../connection/connection.ts";
import { Endpoint, type EndpointInit } from "../connection/endpoint.ts";
import { TOO_LARGE_TO_COPY } from "../connection/sending/data.ts";
import { toError } from "../connection/user-code.ts";
import type { EndpointOwner } from "../connection/user-side.ts";
import type { Phase } from "../protocol/closing.ts";
import type { Tasks } from "./tasks.ts";

/**
 * What is told to the object that stands for a connection in the user's program, each in a task of its own. These
 * are no methods of that object: the user would see them.
 */
export interface FaceEvents<Face extends object> {
  /**
   * A message has come.
   *
   * @returns whether the next one may follow; else {@link WebEndpoint.readOn} says when
   */
  onMessage(face: Face, data: string | Buffer): boolean;
  /** The closing handshake has begun, by whoever. */
  onClosing(face: Face): void;
  /** The connection has ended, or was not made. */
  onClosed(face: Face, end: ConnectionEnd): void;
}

/** How a connection has ended, or why there was none. */
export type ConnectionEnd = Pick<CloseInfo, "code" | "reason" | "clean" | "error">;

/** What the endpoint would tell a handler object goes to its face instead. */
const NO_HANDLER = {};
const NO_BYTES = Buffer.alloc(0);

/** The end of a connection behind an object of the WHATWG's standard: what happens to it happens in tasks. */
export class WebEndpoint extends Endpoint {
  /** How it was opened. */
  readonly facts: OpeningFacts;
  readonly #compresses: boolean;
  readonly #events: FaceEvents<object>;
  readonly #tasks: Tasks;
  #connection: Connection | undefined;

  constructor(
    init: Omit<EndpointInit, "owner">,
    facts: OpeningFacts,
    face: object,
    events: FaceEvents<object>,
    tasks: Tasks,
  ) {
    super({ ...init, owner: ownerFor(events, tasks) }, face);
    this.facts = facts;
    this.#compresses = init.codec !== undefined;
    this.#events = events;
    this.#tasks = tasks;
  }

  /** The connection as the rest of the library has it, made when somebody asks for it. */
  get connection(): Connection {
    this.#connection ??= connectionOver(this, this.facts);
    return this.#connection;
  }

  /** Goes to work. What came right behind the response is still in the stream. */
  begin(): void {
    if (!this.gone) this.start(NO_HANDLER, NO_BYTES);
  }

  /** Sends a message, of which bytes may change as soon as this returns. */
  sendOwn(data: string | Uint8Array | Blob): Promise<void> | undefined {
    const { sender } = this;
    const isLong = data instanceof Uint8Array && data.length >= TOO_LARGE_TO_COPY;
    // Masking copies, but what waits for its turn or for the thread pool is copied only where it is short.
    const waits = this.#compresses || sender.queue?.busy === true;
    return sender.send(isLong && waits ? data.slice() : data);
  }

  /** Takes the next message, and what is behind it. */
  readOn(): void {
    this.receiver.open();
  }

  /**
   * Nothing behind a message is looked at before the task of that message is done: a Close, for example, is
   * answered behind what the listeners have sent.
   */
  override onMessage(data: string | Buffer | ArrayBuffer): void {
    this.receiver.holdForOpen();
    this.#tasks.post(() => {
      const isNextWanted = this.#events.onMessage(this.face, data as string | Buffer);
      if (isNextWanted) {
        this.#tasks.post(() => {
          this.readOn();
          return false;
        });
      }
      return true;
    });
  }

  override enter(phase: Phase): void {
    super.enter(phase);
    if (phase === "gone") return;
    this.#tasks.post(() => {
      this.#events.onClosing(this.face);
      return false;
    });
  }
}

function ownerFor(events: FaceEvents<object>, tasks: Tasks): EndpointOwner {
  return {
    onClosed(face, info) {
      tasks.post(() => {
        events.onClosed(face, info);
        return true;
      });
    },
    // What a listener of the face throws is not caught, as that of any EventTarget: this is of what was reached by
    // `connectionOf`, such as a listener for Pings.
    onUserError(_, error) {
      process.emitWarning(toError(error));
    },
  };
}
