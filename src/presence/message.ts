import { WebSocketError } from "../errors.ts";

/** An entry on its way: its number in its process, its key, its meta. */
export type SentEntry = readonly [number: number, key: string, meta: unknown];

/** What a process tells of its entries in a topic. */
export interface Change {
  readonly kind: "change";
  /** The version that this follows on; 0 where it tells of all entries that there are. */
  readonly from: number;
  /** The version that this leads to. */
  readonly to: number;
  /** Where all entries do not fit into one message: the number of this one. */
  readonly part: number;
  /** Whether no part follows. */
  readonly last: boolean;
  readonly joined: readonly SentEntry[];
  readonly left: readonly number[];
}

/** A process is still there, and has entries. */
export interface Beat {
  readonly kind: "beat";
  /** That of its last change. */
  readonly version: number;
}

/** A process wants to be told of all entries. */
export interface Question {
  readonly kind: "question";
  /** The processes that are asked; empty for all. */
  readonly of: readonly string[];
}

/** What processes tell each other in a topic. */
export type PresenceMessage = Change | Beat | Question;

const ORIGIN_SIZE = 8;
const HEADER_SIZE = 1 + ORIGIN_SIZE;

/** The first byte: the format, another one than that of messages of topics, and the kind. */
const KINDS: readonly PresenceMessage["kind"][] = ["change", "beat", "question"];
const FORMAT = 0x20;

/** Bytes of entries from which on a message takes no other one. */
export const PART_SIZE = 128 * 1024;

/** Bytes that a message may have beside its entries: numbers, and those of entries that have left. */
const ROOM = 256 * 1024;

/** Most numbers of entries that have left in one message, so that they fit into the room for them. */
export const MOST_LEFT = 10_000;

/** How a process is called in messages: eight random bytes in base64url. */
export function originOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, ORIGIN_SIZE).toString("base64url");
}

/** Writes a change, with entries whose text is made already. */
export function sealChange(
  origin: Uint8Array,
  { from, to, part, last, left }: Omit<Change, "kind" | "joined">,
  joined: readonly string[],
): Buffer {
  const numbers = [from, to, part, last ? 1 : 0].join();
  return seal(origin, "change", `[${numbers},[${joined.join()}],[${left.join()}]]`);
}

export function sealBeat(origin: Uint8Array, version: number): Buffer {
  return seal(origin, "beat", `${version}`);
}

export function sealQuestion(origin: Uint8Array, of: readonly string[]): Buffer {
  return seal(origin, "question", JSON.stringify(of));
}

function seal(origin: Uint8Array, kind: PresenceMessage["kind"], json: string): Buffer {
  return Buffer.concat([Buffer.of(FORMAT + KINDS.indexOf(kind)), origin, Buffer.from(json)]);
}

/**
 * Reads a message of any process, which may be none.
 *
 * @param maxEntrySize most bytes of an entry
 * @throws WebSocketError `BROKER_MESSAGE_INVALID`
 */
export function unseal(
  sealed: Uint8Array,
  maxEntrySize: number,
): { origin: string; message: PresenceMessage } {
  const kind = KINDS[(sealed[0] ?? 0) - FORMAT];
  if (kind !== undefined && sealed.length > HEADER_SIZE && sealed.length <= largest(maxEntrySize)) {
    const message = messageOf(kind, sealed.subarray(HEADER_SIZE), maxEntrySize);
    if (message !== undefined) return { origin: originOf(sealed.subarray(1)), message };
  }
  throw new WebSocketError(
    "BROKER_MESSAGE_INVALID",
    `what came from the broker (${sealed.length} bytes) is no message of presence: let nothing else publish there`,
  );
}

function largest(maxEntrySize: number): number {
  return HEADER_SIZE + PART_SIZE + maxEntrySize + ROOM;
}

function messageOf(
  kind: PresenceMessage["kind"],
  bytes: Uint8Array,
  maxEntrySize: number,
): PresenceMessage | undefined {
  try {
    return checked(kind, JSON.parse(UTF8.decode(bytes)), maxEntrySize);
  } catch {
    // No UTF-8, no JSON, or nested so deeply that its size cannot be told.
    return undefined;
  }
}

function checked(
  kind: PresenceMessage["kind"],
  value: unknown,
  maxEntrySize: number,
): PresenceMessage | undefined {
  if (kind === "beat") return isNumber(value) ? { kind, version: value } : undefined;
  if (!Array.isArray(value)) return undefined;
  if (kind === "question") {
    return value.every((one) => typeof one === "string") ? { kind, of: value } : undefined;
  }
  const [from, to, part, last, joined, left] = value as unknown[];
  if (!isNumber(from) || !isNumber(to) || !isNumber(part) || to <= from) return undefined;
  if (!Array.isArray(joined) || !Array.isArray(left) || !left.every(isNumber)) return undefined;
  if (!joined.every((one) => isEntry(one, maxEntrySize))) return undefined;
  return { kind, from, to, part, last: last === 1, joined, left };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEntry(value: unknown, maxEntrySize: number): value is SentEntry {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [number, key] = value as unknown[];
  if (!isNumber(number) || typeof key !== "string" || key === "") return false;
  return entrySize(value as unknown as SentEntry) <= maxEntrySize;
}

/** Bytes of the key and the meta of an entry. @throws RangeError where it is nested too deeply */
export function entrySize([, key, meta]: SentEntry): number {
  return Buffer.byteLength(JSON.stringify(key)) + Buffer.byteLength(JSON.stringify(meta));
}
