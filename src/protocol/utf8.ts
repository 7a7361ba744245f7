import { isUtf8 } from "node:buffer";

/**
 * Incremental UTF-8 validation (RFC 3629), so that text is judged while it arrives
 * (RFC 6455 §8.1) and not when its last byte is there.
 *
 * The state between two calls is one integer: 0 between characters, otherwise the number of
 * continuation bytes still to come (bits 0-7) and the least (8-15) and greatest (16-23) value
 * that the next byte may have.
 */

/** The state before the first byte, and after every complete character. */
export const UTF8_COMPLETE = 0;

/** The state after a byte that no valid text has at this place. It stays invalid. */
export const UTF8_INVALID = -1;

const ANY_1 = pending(1, 0x80, 0xbf);
const ANY_2 = pending(2, 0x80, 0xbf);
const ANY_3 = pending(3, 0x80, 0xbf);
const AFTER_E0 = pending(2, 0xa0, 0xbf); // shorter forms exist below
const AFTER_ED = pending(2, 0x80, 0x9f); // surrogates above
const AFTER_F0 = pending(3, 0x90, 0xbf); // shorter forms exist below
const AFTER_F4 = pending(3, 0x80, 0x8f); // beyond U+10FFFF above

/**
 * Judges `bytes[start, end)`, the continuation of what led to `state`.
 *
 * @returns the state after the last byte, or {@link UTF8_INVALID} as soon as a byte is wrong. Text
 * is valid as a whole when the last state is {@link UTF8_COMPLETE}.
 */
export function validateUtf8(bytes: Uint8Array, start: number, end: number, state: number): number {
  let i = start;
  while (state > 0 && i < end) state = step(state, bytes[i++]!);
  if (state === UTF8_INVALID || i === end) return state;
  // The bulk goes to the native validator, which knows only whole text: the at most three bytes
  // of a character that is cut off by the end go through the state machine.
  const cut = lastCharacter(bytes, i, end);
  if (cut > i && !isUtf8(bytes.subarray(i, cut))) return UTF8_INVALID;
  for (i = cut; i < end && state !== UTF8_INVALID; i++) state = step(state, bytes[i]!);
  return state;
}

/** Where the last character of `bytes[start, end)` begins; at most four bytes before the end. */
function lastCharacter(bytes: Uint8Array, start: number, end: number): number {
  const earliest = Math.max(start, end - 4);
  for (let i = end - 1; i >= earliest; i--) {
    if ((bytes[i]! & 0xc0) !== 0x80) return i;
  }
  return earliest;
}

function pending(count: number, least: number, greatest: number): number {
  return count | (least << 8) | (greatest << 16);
}

function step(state: number, byte: number): number {
  if (state === UTF8_COMPLETE) return lead(byte);
  if (byte < ((state >>> 8) & 0xff) || byte > state >>> 16) return UTF8_INVALID;
  const left = (state & 0xff) - 1;
  return left === 0 ? UTF8_COMPLETE : left === 1 ? ANY_1 : ANY_2;
}

function lead(byte: number): number {
  if (byte < 0x80) return UTF8_COMPLETE;
  if (byte < 0xc2) return UTF8_INVALID; // a continuation byte, or an overlong form
  if (byte < 0xe0) return ANY_1;
  if (byte < 0xf0) return byte === 0xe0 ? AFTER_E0 : byte === 0xed ? AFTER_ED : ANY_2;
  if (byte < 0xf4) return byte === 0xf0 ? AFTER_F0 : ANY_3;
  return byte === 0xf4 ? AFTER_F4 : UTF8_INVALID;
}
