/** JSON for the eyes: one value a line, indented, coloured. */

import type { Paint } from "./colors.ts";

/** A string with the colon that makes it a key, a sign, or a number or word; blanks in front. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")(\s*:)?|([{}[\],])|([^\s{}[\],"]+))/gy;

/** Longer texts, in characters, and deeper ones would grow beyond measure by their indentation. */
const LONGEST = 2 ** 20;
const DEEPEST = 64;

/**
 * The text of a JSON object or array, indented by two blanks. Its tokens stay as they were written:
 * large numbers keep their digits, and keys their order and number. Undefined for what is not JSON,
 * for a string, number or word alone, which has nothing to indent, and for more than 1 MiB or 64
 * levels.
 */
export function indentJson(text: string, paint: Paint): string | undefined {
  if (text.length > LONGEST || !/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  let indented = "";
  let depth = 0;
  /** Something has just been opened, and nothing stands in it yet. */
  let opened = false;
  const newLine = (): string => `\n${"  ".repeat(depth)}`;
  for (const [, string, colon, sign, word] of text.matchAll(TOKEN)) {
    if (sign === "}" || sign === "]") {
      depth -= 1;
      indented += opened ? sign : newLine() + sign;
      opened = false;
      continue;
    }
    if (opened) indented += newLine();
    opened = sign === "{" || sign === "[";
    if (opened) depth += 1;
    if (depth > DEEPEST) return undefined;
    if (sign === ",") indented += sign + newLine();
    else if (sign !== undefined) indented += sign;
    else if (word !== undefined) indented += paint(/[-\d]/.test(word) ? "yellow" : "magenta", word);
    else if (colon === undefined) indented += paint("green", string ?? "");
    else indented += `${paint("cyan", string ?? "")}: `;
  }
  return indented;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
