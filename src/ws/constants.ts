/** The ready states (as the WHATWG standard numbers them). */
export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;

/** Of each state, by its number. */
export const STATE_NAMES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;

/** The number of a ready state. */
export type ReadyState = typeof CONNECTING | typeof OPEN | typeof CLOSING | typeof CLOSED;

/** Every empty payload and reason that is handed out is this one. */
export const EMPTY_BUFFER: Buffer = Buffer.alloc(0);
