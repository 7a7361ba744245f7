/**
 * The events of WebSockets. Node has classes of the same names, which come with undici: to touch one of them
 * loads it, which takes 16 MB of memory on Node 22 to 26. So these are classes of their own, whose objects are
 * `instanceof` those of Node as well, from when the program touches one of them.
 */

import {
  dictionary,
  domString,
  requireArguments,
  unsignedLong,
  unsignedShort,
  usvString,
} from "./conversions.ts";
import { defineInterface } from "./interface.ts";

/** What is common to the initial values of all events. */
export interface EventValues {
  /** Whether it goes up to the parents of its target. A socket has none. Default false. */
  readonly bubbles?: boolean;
  /** Whether `preventDefault()` has an effect. Default false. */
  readonly cancelable?: boolean;
  /** Whether it leaves shadow trees. Default false. */
  readonly composed?: boolean;
}

/** The initial values of a CloseEvent. */
export interface CloseEventInit extends EventValues {
  /** Default false. */
  readonly wasClean?: boolean;
  /** Close code. Default 0. */
  readonly code?: number;
  /** Default `""`. */
  readonly reason?: string;
}

/** The initial values of an ErrorEvent. */
export interface ErrorEventInit extends EventValues {
  /** Default `""`. */
  readonly message?: string;
  /** Default `""`. */
  readonly filename?: string;
  /** Number of a line. Default 0. */
  readonly lineno?: number;
  /** Number of a column. Default 0. */
  readonly colno?: number;
  /** Default undefined. */
  readonly error?: unknown;
}

/** How a WebSocket's connection has ended. */
export class CloseEvent extends Event {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  /** @throws TypeError for values that cannot be converted */
  constructor(type: string, init: CloseEventInit = {}) {
    requireArguments("CloseEvent()", arguments.length, 1);
    const { wasClean, code, reason } = dictionary("eventInitDict", init);
    super(domString(type), init);
    this.#wasClean = Boolean(wasClean);
    this.#code = code === undefined ? 0 : unsignedShort(code);
    this.#reason = reason === undefined ? "" : usvString(reason);
  }

  /** Whether the closing handshake was completed (RFC 6455 §7.1.4). */
  get wasClean(): boolean {
    return this.#wasClean;
  }

  /** Close code: the peer's, 1005 if its Close had none, 1006 if no Close came (RFC 6455 §7.1.5). */
  get code(): number {
    return this.#code;
  }

  /** The peer's reason, `""` for none. */
  get reason(): string {
    return this.#reason;
  }
}

/**
 * What has failed. The standard has a plain Event here, so that a page cannot find out about the network of its
 * user; a program has other ways to do that, and needs to know.
 */
export class ErrorEvent extends Event {
  readonly #message: string;
  readonly #filename: string;
  readonly #lineno: number;
  readonly #colno: number;
  readonly #error: unknown;

  /** @throws TypeError for values that cannot be converted */
  constructor(type: string, init: ErrorEventInit = {}) {
    requireArguments("ErrorEvent()", arguments.length, 1);
    const { message, filename, lineno, colno, error } = dictionary("eventInitDict", init);
    super(domString(type), init);
    this.#message = message === undefined ? "" : domString(message);
    this.#filename = filename === undefined ? "" : usvString(filename);
    this.#lineno = lineno === undefined ? 0 : unsignedLong(lineno);
    this.#colno = colno === undefined ? 0 : unsignedLong(colno);
    this.#error = error;
  }

  /** What the error says, `""` where there is none. */
  get message(): string {
    return this.#message;
  }

  /** `""`. */
  get filename(): string {
    return this.#filename;
  }

  /** Number of a line, 0. */
  get lineno(): number {
    return this.#lineno;
  }

  /** Number of a column, 0. */
  get colno(): number {
    return this.#colno;
  }

  /** Why the connection was not made, or has ended: a HandshakeError for example. */
  get error(): unknown {
    return this.#error;
  }
}

const NO_PORTS: readonly never[] = Object.freeze([]);

/** A message that has come. Nobody but a socket makes one. */
class SocketMessageEvent extends Event {
  readonly #data: unknown;
  readonly #origin: string;

  constructor(data: unknown, origin: string) {
    super("message");
    this.#data = data;
    this.#origin = origin;
  }

  get data(): unknown {
    return this.#data;
  }

  get origin(): string {
    return this.#origin;
  }

  get lastEventId(): string {
    return "";
  }

  get source(): null {
    return null;
  }

  get ports(): readonly never[] {
    return NO_PORTS;
  }
}

defineInterface(CloseEvent);
defineInterface(ErrorEvent);
defineInterface(SocketMessageEvent);
Object.defineProperty(SocketMessageEvent.prototype, Symbol.toStringTag, { value: "MessageEvent" });

let isRelated = false;

export function messageEvent(data: unknown, origin: string): Event {
  if (!isRelated) relateAll();
  return new SocketMessageEvent(data, origin);
}

export function closeEvent(wasClean: boolean, code: number, reason: string): Event {
  if (!isRelated) relateAll();
  return new CloseEvent("close", { wasClean, code, reason });
}

export function errorEvent(error: unknown): Event {
  if (!isRelated) relateAll();
  return new ErrorEvent("error", { error, message: error instanceof Error ? error.message : "" });
}

/** Not when this module is loaded: that is to have no effect on anything else. */
function relateAll(): void {
  isRelated = true;
  relate("MessageEvent", SocketMessageEvent);
  relate("CloseEvent", CloseEvent);
  relate("ErrorEvent", ErrorEvent);
}

type EventClass = new (...args: never[]) => Event;

/** Makes the events of `own` count as those of the global class of the same name, now or when that is touched. */
function relate(name: string, own: EventClass): void {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  if (property === undefined) return;
  const { get } = property;
  if (get === undefined) inherit(own, property.value);
  else if (property.configurable) {
    Object.defineProperty(globalThis, name, {
      ...property,
      get() {
        const theirs: unknown = get.call(globalThis);
        inherit(own, theirs);
        return theirs;
      },
    });
  }
}

function inherit(own: EventClass, theirs: unknown): void {
  if (typeof theirs !== "function" || theirs === own) return;
  // Those of another realm, such as jsdom's, are no events to Node.
  if (theirs.prototype instanceof Event && !(theirs.prototype instanceof own)) {
    Object.setPrototypeOf(own.prototype, theirs.prototype);
  }
}
