/** What is called for events of one type: the value of `onmessage`, for example. */
type Handler = (this: unknown, event: Event) => unknown;

interface Slot {
  handler: Handler | null;
  readonly listener: (event: Event) => void;
}

/**
 * The event handlers of an object, its attributes `on…`, as HTML has them: each is a listener that takes its place
 * among the others when it is set, keeps it when it is set to something else, and loses it when it is set to null.
 */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #slots = new Map<string, Slot>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get(type: string): Handler | null {
    return this.#slots.get(type)?.handler ?? null;
  }

  /** @param value `[LegacyTreatNonObjectAsNull]`: what is no object is taken for null */
  set(type: string, value: unknown): void {
    const isObject = typeof value === "object" || typeof value === "function";
    const handler = isObject ? (value as Handler | null) : null;
    const slot = this.#slots.get(type);
    if (slot !== undefined) {
      slot.handler = handler;
      if (handler !== null) return;
      this.#slots.delete(type);
      this.#target.removeEventListener(type, slot.listener);
    } else if (handler !== null) {
      const added: Slot = { handler, listener: (event) => call(added, event) };
      this.#slots.set(type, added);
      this.#target.addEventListener(type, added.listener);
    }
  }
}

function call({ handler }: Slot, event: Event): void {
  if (typeof handler !== "function") return;
  if (handler.call(event.currentTarget, event) === false) event.preventDefault();
}
