/** The sessions of HTTP/2 that are open, for connections to the same place to share. */
import type { ClientHttp2Session } from "node:http2";
import type { DialSettings } from "../dialling/settings.ts";
import type { Target } from "../target.ts";

/** Milliseconds that a session stays open without a stream. */
const IDLE_TIME = 5000;

/** Where a session leads to, and how: what must be the same for another connection to go over it. */
export interface SessionPlace {
  readonly target: Target;
  readonly dial: DialSettings;
}

/** A session in the pool, or one that is being made. */
interface Entry {
  readonly place: SessionPlace;
  /** Undefined where the server has no WebSockets over HTTP/2. */
  readonly made: Promise<ClientHttp2Session | undefined>;
  session: ClientHttp2Session | undefined;
  /** Streams that are open or being opened. */
  streams: number;
  idle: NodeJS.Timeout | undefined;
}

const entries = new Set<Entry>();

/** A session to use for one stream. */
export interface Lease {
  /** Undefined where the server has no WebSockets over HTTP/2. */
  readonly session: Promise<ClientHttp2Session | undefined>;
  /** Whether it was made for this. */
  readonly isNew: boolean;
  /** The stream has ended, or there is none. Calling it again does nothing. */
  release(): void;
}

/**
 * A session to a place: one that is open and has room, or one that `make` makes. A stream of the caller's own is
 * nobody else's, so its session is not shared.
 */
export function leaseSession(
  place: SessionPlace,
  make: () => Promise<ClientHttp2Session | undefined>,
): Lease {
  const shared = place.dial.given === undefined;
  const found = shared ? [...entries].find((entry) => fits(entry, place)) : undefined;
  const entry = found ?? { place, made: make(), session: undefined, streams: 0, idle: undefined };
  if (found === undefined) watch(entry);
  entry.streams++;
  clearTimeout(entry.idle);
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    if (--entry.streams === 0) rest(entry);
  };
  return { session: entry.made, isNew: found === undefined, release };
}

function watch(entry: Entry): void {
  if (entry.place.dial.given === undefined) entries.add(entry);
  entry.made.then(
    (session) => {
      entry.session = session;
      if (session === undefined) entries.delete(entry);
      session?.once("close", () => {
        entries.delete(entry);
        clearTimeout(entry.idle);
      });
      if (entry.streams === 0) rest(entry);
    },
    () => entries.delete(entry),
  );
}

/** Nobody uses it now. */
function rest(entry: Entry): void {
  const shared = entries.has(entry);
  entry.idle = setTimeout(() => entry.session?.close(), shared ? IDLE_TIME : 0);
  entry.idle.unref();
}

function fits({ place, session, streams }: Entry, wanted: SessionPlace): boolean {
  if (session !== undefined) {
    const { maxConcurrentStreams = Number.POSITIVE_INFINITY } = session.remoteSettings;
    if (hasEnded(session) || streams >= maxConcurrentStreams) return false;
  }
  const { secure, host, port, socketPath } = place.target;
  const other = wanted.target;
  if (secure !== other.secure || host !== other.host || port !== other.port) return false;
  return socketPath === other.socketPath && isSame(place.dial, wanted.dial);
}

/** Whether a session takes no more streams: it has ended, or is ending. */
export function hasEnded({ closed, destroyed }: ClientHttp2Session): boolean {
  return closed || destroyed;
}

/** Whether two plain objects say the same; other objects, such as a function or a key, must be the same one. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isPlain(a) || !isPlain(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value));
}
