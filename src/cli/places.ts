/** Addresses and ports in what the commands tell. */

import type { Connection } from "../index.ts";
import { errorCode } from "./command-line.ts";

/** `127.0.0.1:50802`, `[::1]:50802`, or `a Unix socket`. */
export function placeText(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "a Unix socket";
  // A socket for both IP versions has IPv4 addresses in this dress.
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return `${plain.includes(":") ? `[${plain}]` : plain}:${port}`;
}

/** The peer of a connection. */
export function peerName({ remoteAddress, remotePort }: Connection): string {
  return placeText(remoteAddress, remotePort);
}

/** The host for a URL that leads to this machine, for what a server was told to listen on. */
export function urlHost(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** Where a server was to listen, and the options that say so. */
export interface WantedPlace {
  /** For example `port 80 of localhost`. */
  readonly name: string;
  readonly portOption: string;
  readonly hostOption: string;
}

/** Why a server cannot listen, and what to do about it. */
export function listenFailure(error: unknown, wanted: WantedPlace): string {
  const { name, portOption, hostOption } = wanted;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return `${name} is taken; choose another with ${portOption} (0 for any free port)`;
    case "EACCES":
      return `${name} may not be used by this user; choose a port above 1023 with ${portOption}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${name}: that is no address of this machine; choose another with ${hostOption}`;
    default:
      return `cannot listen on ${name}: ${error instanceof Error ? error.message : error}`;
  }
}

/** The name of a port for {@link WantedPlace}. */
export function portName(port: number, host: string | undefined): string {
  return host === undefined ? `port ${port}` : `port ${port} of ${host}`;
}
