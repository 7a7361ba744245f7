/** Short names for what cases are made of. */
import type { Pace } from "../carrier/carrier.ts";
import type { Step } from "../case.ts";
import type { Event } from "../observation.ts";
import { closePayload, type FrameSpec, OPCODE } from "../wire/frame.ts";

/** Bytes of a text in UTF-8, or the bytes themselves. */
function bytesOf(data: string | Buffer): Buffer {
  return typeof data === "string" ? Buffer.from(data) : data;
}

/** Sends one frame. */
export function frame(
  opcode: number,
  payload: string | Buffer = "",
  options: Omit<FrameSpec, "opcode" | "payload"> & Pace = {},
): Step {
  const { chop, alone, ...fields } = options;
  const pace: Pace = { ...(chop === undefined ? {} : { chop }), ...(alone ? { alone } : {}) };
  return { kind: "frame", frame: { ...fields, opcode, payload: bytesOf(payload) }, ...pace };
}

/** Sends a text message in one frame. */
export const text = (payload: string | Buffer, options?: Parameters<typeof frame>[2]): Step =>
  frame(OPCODE.text, payload, options);

/** Sends a Ping. */
export const ping = (payload: string | Buffer = "", options?: Parameters<typeof frame>[2]): Step =>
  frame(OPCODE.ping, payload, options);

/** Sends a message in fragments, one for each part. */
export function fragments(
  opcode: number,
  parts: readonly (string | Buffer)[],
  pace: Pace = {},
): Step[] {
  const last = parts.length - 1;
  return parts.map((part, i) =>
    frame(i === 0 ? opcode : OPCODE.continuation, part, { fin: i === last, ...pace }),
  );
}

/** A buffer cut into pieces of `size` bytes. */
export function cut(data: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let i = 0; i < data.length; i += size) parts.push(data.subarray(i, i + size));
  return parts;
}

/** Begins the closing handshake with a code and a reason, legal or not. */
export function close(code?: number, reason?: string | Buffer): Step {
  const bytes = reason === undefined ? undefined : bytesOf(reason);
  return { kind: "close", payload: closePayload(code, bytes) };
}

/** Waits; see {@link Step}. */
export const wait = (ms: number, mark?: string): Step =>
  mark === undefined ? { kind: "wait", ms } : { kind: "wait", ms, mark };

/** Waits until so many events have come; a {@link kill} or {@link giveUp} goes before it. */
export const awaited = (events: number): Step => ({ kind: "await", events });

/** Fails the connection after so many milliseconds. */
export const kill = (ms = 1000): Step => ({ kind: "kill", ms });

/** Begins the closing handshake after so many milliseconds. */
export const giveUp = (ms = 1000): Step => ({ kind: "giveUp", ms });

/** A message that should come. */
export const message = (payload: string | Buffer, binary = false): Event => ({
  kind: "message",
  payload: bytesOf(payload),
  binary,
});

/** A Pong that should come. */
export const pong = (payload: string | Buffer = ""): Event => ({
  kind: "pong",
  payload: bytesOf(payload),
});

/** A wait that should pass with the connection still open. */
export const timeout = (mark: string): Event => ({ kind: "timeout", mark });

/** A text of a length, from a short text repeated. */
export function repeated(unit: string | Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytesOf(unit));
}
