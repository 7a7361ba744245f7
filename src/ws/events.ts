import type { EventEmitter } from "node:events";
import { list } from "./properties.ts";

/** The listener that a program has given, as a property of the function that calls it. */
export const listenerOf = Symbol("listener");
/** Whether that was by an attribute, such as `onmessage`. */
const byAttribute = Symbol("by attribute");

/** What the events of a WebSocket have in common. */
export class Event {
  readonly #type: string;
  readonly #target: object | null;

  constructor(type: string, target: object | null = null) {
    this.#type = type;
    this.#target = target;
  }

  get type(): string {
    return this.#type;
  }

  get target(): object | null {
    return this.#target;
  }
}

/** The end of a connection. */
export class CloseEvent extends Event {
  readonly #code: number;
  readonly #reason: string;
  readonly #wasClean: boolean;

  constructor(
    type: string,
    { code = 0, reason = "", wasClean = false } = {},
    target: object | null = null,
  ) {
    super(type, target);
    this.#code = code;
    this.#reason = reason;
    this.#wasClean = wasClean;
  }

  get code(): number {
    return this.#code;
  }

  get reason(): string {
    return this.#reason;
  }

  get wasClean(): boolean {
    return this.#wasClean;
  }
}

/** An error. */
export class ErrorEvent extends Event {
  readonly #error: unknown;
  readonly #message: string;

  constructor(
    type: string,
    { error = null, message = "" }: { error?: unknown; message?: string } = {},
    target: object | null = null,
  ) {
    super(type, target);
    this.#error = error;
    this.#message = message;
  }

  get error(): unknown {
    return this.#error;
  }

  get message(): string {
    return this.#message;
  }
}

/** A message. */
export class MessageEvent extends Event {
  readonly #data: unknown;

  constructor(
    type: string,
    { data = null }: { data?: unknown } = {},
    target: object | null = null,
  ) {
    super(type, target);
    this.#data = data;
  }

  get data(): unknown {
    return this.#data;
  }
}

list(Event.prototype, ["type", "target"]);
list(CloseEvent.prototype, ["code", "reason", "wasClean"]);
list(ErrorEvent.prototype, ["error", "message"]);
list(MessageEvent.prototype, ["data"]);

/** A listener as `addEventListener` takes it. */
export type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

interface Wrapper {
  (...args: unknown[]): void;
  [listenerOf]?: Listener;
  [byAttribute]?: boolean;
}

/** Whether the closing handshake was completed, as a property of the target. */
export const wasClean = Symbol("was clean");

/** Whose events they are. */
export interface EventTarget extends EventEmitter {
  readonly [wasClean]: boolean;
}

/** How an event is made of what is emitted. */
const MAKERS: Readonly<Record<string, (target: EventTarget, args: readonly unknown[]) => Event>> = {
  open: (target) => new Event("open", target),
  message: (target, [data, isBinary]) =>
    new MessageEvent("message", { data: isBinary === true ? data : String(data) }, target),
  close: (target, [code, reason]) => {
    const end = { code: code as number, reason: String(reason), wasClean: target[wasClean] };
    return new CloseEvent("close", end, target);
  },
  error: (target, [error]) =>
    new ErrorEvent("error", { error, message: (error as Error).message }, target),
};

/** Adds a listener, unless it is there already or there is no such event. */
export function addListener(
  target: EventTarget,
  type: string,
  listener: Listener,
  once: boolean,
  attribute = false,
): void {
  const make = Object.hasOwn(MAKERS, type) ? MAKERS[type] : undefined;
  if (make === undefined) return;
  if (!attribute && findListener(target, type, listener) !== undefined) return;
  const wrapper: Wrapper = (...args) => call(listener, target, make(target, args));
  wrapper[listenerOf] = listener;
  wrapper[byAttribute] = attribute;
  if (once) target.once(type, wrapper);
  else target.on(type, wrapper);
}

/** Takes a listener away that {@link addListener} has added. */
export function removeListener(target: EventEmitter, type: string, listener: Listener): void {
  const wrapper = findListener(target, type, listener);
  if (wrapper !== undefined) target.removeListener(type, wrapper);
}

/** Gives a prototype an attribute for each event: `onopen` and so on, null while it is not set. */
export function defineAttributes(prototype: EventTarget): void {
  for (const type of Object.keys(MAKERS)) {
    Object.defineProperty(prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      get(this: EventTarget) {
        return findAttribute(this, type)?.[listenerOf] ?? null;
      },
      set(this: EventTarget, listener: unknown) {
        setAttribute(this, type, listener);
      },
    });
  }
}

/** What is no function takes the listener away. */
function setAttribute(target: EventTarget, type: string, listener: unknown): void {
  const before = findAttribute(target, type);
  if (before !== undefined) target.removeListener(type, before);
  if (typeof listener === "function") addListener(target, type, listener as Listener, false, true);
}

function findListener(target: EventEmitter, type: string, listener: Listener): Wrapper | undefined {
  const wrappers = target.listeners(type) as Wrapper[];
  return wrappers.find((one) => one[listenerOf] === listener && !one[byAttribute]);
}

function findAttribute(target: EventEmitter, type: string): Wrapper | undefined {
  return (target.listeners(type) as Wrapper[]).find((one) => one[byAttribute]);
}

function call(listener: Listener, target: EventEmitter, event: Event): void {
  if (typeof listener === "object") listener.handleEvent(event);
  else listener.call(target, event);
}
