/** Streams of the caller's in the place of a TCP connection: `socket` and `createConnection`. */

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { ArgumentError } from "../../errors.ts";
import { describe } from "../../options/describe.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import { settled } from "./settled.ts";

/** What `createConnection` is told. */
export interface ConnectionPlace {
  /** Host name or IP address of the server, IPv6 without brackets. */
  readonly host: string;
  /** Port of the server. */
  readonly port: number;
  /** Whether TLS with the server will be started on the stream, which is so for `wss:`. */
  readonly secure: boolean;
  /** Aborted when the attempt is given up. A stream that is returned later is destroyed. */
  readonly signal: AbortSignal;
}

/**
 * Opens a byte stream to the server in the place of a TCP connection. It need not be connected yet if it
 * is a `net.Socket` or a `tls.TLSSocket`; any other `Duplex` counts as connected.
 */
export type CreateConnection = (place: ConnectionPlace) => Duplex | PromiseLike<Duplex>;

/** Throws an ArgumentError unless `value` is a byte stream that can be read from and written to. */
export function checkStream(what: string, value: unknown): Duplex {
  const { write, read, pause, unshift, destroy, writableObjectMode, readableObjectMode } = (value ??
    {}) as Partial<Duplex>;
  // Not instanceof: the streams of the package readable-stream are as good.
  const methods = [write, read, pause, unshift, destroy];
  if (!methods.every((method) => typeof method === "function")) {
    throw new ArgumentError(`${what} is ${describe(value)}, expected a Duplex stream`);
  }
  if (writableObjectMode || readableObjectMode) {
    throw new ArgumentError(`${what} is a stream of objects, expected one of bytes`);
  }
  return value as Duplex;
}

/**
 * The stream that the caller has made, or makes now, connected and paused. It belongs to `attempt`.
 *
 * @throws ArgumentError for what is no stream; what the stream or the caller's function reports.
 */
export async function givenStream(
  given: Duplex | CreateConnection,
  { host, port, secure }: Omit<ConnectionPlace, "signal">,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const created = typeof given === "function";
  attempt.enter(created ? "createConnection()" : "the connection of the socket that was given");
  const stream = attempt.own(
    created ? await createdStream(given, { host, port, secure }, attempt) : given,
  );
  if (stream.destroyed) throw stream.errored ?? new Error("the stream is destroyed");
  if (stream instanceof TLSSocket) {
    if (isHandshaking(stream)) await settled(stream, "secureConnect");
  } else if (stream instanceof Socket && stream.connecting) {
    await settled(stream, "connect");
  }
  stream.pause();
  if (stream instanceof Socket) stream.setNoDelay(true);
  return stream;
}

async function createdStream(
  create: CreateConnection,
  place: Omit<ConnectionPlace, "signal">,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const created = create({ ...place, signal: attempt.failing });
  const tooLate = (late: Duplex): void => {
    late?.on?.("error", () => {}).destroy();
  };
  const stream = await attempt.wait(Promise.resolve(created), tooLate);
  return checkStream("what createConnection has returned", stream);
}

/** `node:tls` has no documented name for it. Data that is written before the end would still wait for it. */
function isHandshaking(socket: TLSSocket): boolean {
  return socket.connecting || (socket as { secureConnecting?: boolean }).secureConnecting === true;
}
