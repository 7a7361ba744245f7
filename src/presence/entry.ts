import { ArgumentError, WebSocketError } from "../errors.ts";
import { describe } from "../options/describe.ts";
import { entrySize, type SentEntry } from "./message.ts";

/** Somebody, or something, in a topic. */
export interface PresenceEntry<Meta = unknown> {
  /** For whom it stands, such as the id of a user. A user with several connections has several entries. */
  readonly key: string;
  /** What was said of it, as JSON brings it. */
  readonly meta: Meta;
  /** Another one for each entry, over all processes. */
  readonly id: string;
  /** Whether it is of this process. */
  readonly own: boolean;
}

/** An entry of this process, and the text by which it travels. */
export interface OwnEntry {
  readonly entry: PresenceEntry;
  readonly text: string;
}

/**
 * Checks an entry of this process, and makes it.
 *
 * @param number that of the entry in its process
 * @throws ArgumentError for an empty key, and for what JSON does not keep
 * @throws WebSocketError `PRESENCE_ENTRY_TOO_BIG`
 */
export function ownEntry(
  origin: string,
  number: number,
  key: string,
  meta: unknown,
  maxEntrySize: number,
): OwnEntry {
  if (typeof key !== "string" || key === "") {
    throw new ArgumentError(`the key of an entry is a text; got ${describe(key)}`);
  }
  const sent: SentEntry = [number, key, asJson(meta)];
  if (entrySize(sent) > maxEntrySize) {
    throw new WebSocketError(
      "PRESENCE_ENTRY_TOO_BIG",
      `key and meta of an entry have at most ${maxEntrySize} bytes as JSON (maxEntrySize)`,
    );
  }
  const entry = { key, meta: sent[2], id: idOf(origin, number), own: true };
  return { entry, text: JSON.stringify(sent) };
}

/** The id of an entry over all processes. */
export function idOf(origin: string, number: number): string {
  return `${origin}-${number}`;
}

/** As it will be in other processes. */
function asJson(meta: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(meta));
  } catch (error) {
    throw new ArgumentError(`meta is something that JSON keeps: ${(error as Error).message}`);
  }
}
