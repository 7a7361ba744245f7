/** The small grammar that HTTP fields are made of: tokens, lists of them, and field values. */

import { shown } from "../options/describe.ts";

/** 1 for each byte that RFC 9110 §5.6.2 allows in a token. */
const TOKEN_BYTES = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`|~0123456789") TOKEN_BYTES[char.charCodeAt(0)] = 1;
for (let letter = 0; letter < 26; letter++) {
  TOKEN_BYTES[0x41 + letter] = 1;
  TOKEN_BYTES[0x61 + letter] = 1;
}

const SPACE = 0x20;
const TAB = 0x09;

/** Index of the first character from `start` on that no token may have; the length where all may. */
export function tokenEnd(text: string, start: number): number {
  let at = start;
  while (TOKEN_BYTES[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** Whether `text` is a token: one or more visible ASCII characters, no separators (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return text !== "" && tokenEnd(text, 0) === text.length;
}

/**
 * A text that should be a token, or begin with one, as it may stand in a message: what is behind its
 * first token is left out, since it may be secret. `Authorization Bearer …` is a line without a colon.
 */
export function shownToken(text: string): string {
  const end = tokenEnd(text, 0);
  return shown(end === text.length ? text : `${text.slice(0, end)}…`);
}

/**
 * Whether `text` holds only what a field value may: visible ASCII, space, tab and the bytes 0x80 to
 * 0xFF, one character each (RFC 9110 §5.5). No CR, LF, NUL or other control character.
 */
export function isFieldValue(text: string): boolean {
  return !/[^\t -~\x80-\xff]/.test(text);
}

/** `text` from `start` to `end` (exclusive) without the spaces and tabs around it (RFC 9110 §5.6.3). */
export function trimmed(text: string, start = 0, end = text.length): string {
  // Not String.prototype.trim: that takes U+00A0 away too, which is a legal byte of a value.
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/**
 * The items of a comma-separated list, without the space around them; empty items are left out
 * (RFC 9110 §5.6.1.2). Knows no quoted strings: in the lists of the handshake there are none.
 */
export function listItems(value: string): string[] {
  if (!value.includes(",")) {
    const only = trimmed(value);
    return only === "" ? [] : [only];
  }
  const items: string[] = [];
  for (const part of value.split(",")) {
    const item = trimmed(part);
    if (item !== "") items.push(item);
  }
  return items;
}

/** The items of a list of tokens, or undefined where an item is no token (quoted text, for example). */
export function parseTokenList(value: string): string[] | undefined {
  const items = listItems(value);
  return items.every(isToken) ? items : undefined;
}
