/**
 * Lets an open socket read into a buffer of ours. `node:net` has that for clients, as the option
 * `onread`, which must be given before the socket connects: for a socket that was accepted, or has a
 * handshake behind it, there is no public way. So this sets what that option sets, under the names
 * that a socket with the option reveals, and only on versions of Node that it was tested on.
 *
 * What it buys (Node 20): no new 64 KiB buffer, shortened by a copy, for each read, and nothing of
 * `node:stream` on the way. docs/performance.md has the figures.
 */

import { Socket, type SocketConstructorOpts } from "node:net";
import { handleOf, isNodeBetween, isSystemHandle } from "./system-handle.ts";

/** Called with the bytes that were read at the beginning of `buffer`; false stops the reading. */
export type OnRead = (this: Socket, length: number, buffer: Buffer) => boolean;

/** The versions that `.ci/run` tests, and those between. */
const OLDEST = 20;
const NEWEST = 26;

interface Handle {
  useUserBuffer?(buffer: Buffer): void;
  /** What the handle of a TLS socket reads from. */
  readonly _parent?: Handle | null;
}

interface OpenSocket {
  [name: symbol]: unknown;
}

/** Under what names a socket keeps the buffer and the function. */
interface Names {
  readonly buffer: symbol;
  readonly callback: symbol;
}

const names = findNames();

/**
 * Makes `socket` read into `buffer` from now on and call `onRead`, in the place of "data" events. What
 * it has read before still comes as those.
 *
 * @returns false where this Node, or this kind of socket, cannot do it; nothing has changed then
 */
export function readInto(socket: Socket, buffer: Buffer, onRead: OnRead): boolean {
  const open = socket as unknown as OpenSocket;
  const handle = handleOf<Handle>(socket);
  if (names === undefined || typeof handle?.useUserBuffer !== "function") return false;
  if (!isSystemHandle(lowest(handle))) return false;
  if (open[names.buffer] !== null || open[names.callback] !== null) return false;
  open[names.buffer] = buffer;
  open[names.callback] = onRead;
  handle.useUserBuffer(buffer);
  return true;
}

function lowest(handle: Handle): Handle {
  return handle._parent ? lowest(handle._parent) : handle;
}

function findNames(): Names | undefined {
  if (!isNodeBetween(OLDEST, NEWEST)) return undefined;
  const buffer = Buffer.alloc(1);
  const callback = () => true;
  const options = { onread: { buffer, callback } } as SocketConstructorOpts;
  const socket = new Socket(options) as unknown as OpenSocket;
  const symbols = Object.getOwnPropertySymbols(socket);
  const nameOf = (value: unknown) => symbols.find((name) => socket[name] === value);
  const found = { buffer: nameOf(buffer), callback: nameOf(callback) };
  return found.buffer && found.callback ? (found as Names) : undefined;
}
