/** How a message looks on the user's side. */

import type { Paint } from "./colors.ts";
import { escapeControls, hexDump } from "./hex-dump.ts";
import { indentJson } from "./json-text.ts";

/** What is done to messages before they are printed. */
export interface MessageFormat {
  /** `<` in front of what came, `>` in front of what was sent. */
  readonly mark: boolean;
  /** The time of day. */
  readonly time: boolean;
  /** The number of bytes. */
  readonly size: boolean;
  /** Whether JSON is indented. */
  json: boolean;
  /** What becomes of binary messages. */
  readonly bytes: "hex" | "base64" | "raw";
  /** What stands behind each message, unless it is raw bytes. */
  readonly end: "\n" | "\0";
  /** Whether control characters are shown instead of being sent to the terminal. */
  readonly escape: boolean;
  readonly paint: Paint;
}

/** So many bytes of a dump are made at a time. */
const DUMPED_AT_ONCE = 16_384;

/**
 * A message in the pieces to print it by, so that a long one takes no more memory than it has.
 *
 * @param mark `"<"` or `">"`
 * @param who for one of several peers: which
 */
export function* messageText(
  message: string | Buffer,
  format: MessageFormat,
  mark: "<" | ">",
  who = "",
): Generator<string | Buffer, void, void> {
  const head = headText(message, format, mark, who);
  if (typeof message === "string") {
    const text = bodyText(message, format);
    yield `${text.includes("\n") && head !== "" ? `${head.trimEnd()}\n` : head}${text}${format.end}`;
  } else if (format.bytes === "raw") {
    yield message;
  } else if (format.bytes === "base64") {
    yield `${head}${message.toString("base64")}${format.end}`;
  } else {
    if (head !== "") yield `${head.trimEnd()}\n`;
    yield* dump(message);
  }
}

function headText(
  message: string | Buffer,
  format: MessageFormat,
  mark: "<" | ">",
  who: string,
): string {
  const { paint } = format;
  const details = [
    ...(format.time ? [timeOfDay(new Date())] : []),
    ...(format.size ? [sizeText(Buffer.byteLength(message))] : []),
  ];
  const words = [
    ...(format.mark ? [paint(mark === "<" ? "cyan" : "green", `${who}${mark}`)] : []),
    // Two blanks behind them, so that they do not look like the message.
    ...(details.length > 0 ? [`${paint("dim", details.join(" "))} `] : []),
  ];
  return words.length === 0 ? "" : `${words.join(" ")} `;
}

function bodyText(text: string, format: MessageFormat): string {
  const safe = format.escape ? escapeControls : (part: string) => part;
  const indented = format.json
    ? indentJson(text, (style, part) => format.paint(style, safe(part)))
    : undefined;
  return indented ?? safe(text);
}

function* dump(message: Buffer): Generator<string, void, void> {
  if (message.length === 0) yield "\n";
  for (let from = 0; from < message.length; from += DUMPED_AT_ONCE) {
    yield `${hexDump(message.subarray(from, from + DUMPED_AT_ONCE), from)}\n`;
  }
}

/** `14:05:09.112`, in the user's time zone. */
function timeOfDay(now: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const milliseconds = String(now.getMilliseconds()).padStart(3, "0");
  return `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${milliseconds}`;
}

/** `5 B`, `1.2 KiB`, `3.4 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
