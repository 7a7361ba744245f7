/** The server of `barewire connect --listen`: made and started. */

import { isSameOrigin } from "../../../handshake/gate/origin.ts";
import {
  ArgumentError,
  type ListenTargetOptions,
  type OriginRule,
  type RequestHandler,
  Server,
} from "../../../index.ts";
import { parseSeconds, readCa, UsageError } from "../../command-line.ts";
import { basicAuthorization, headerFields, login } from "../../dialing/fields.ts";
import { certificatePair } from "../../dialing/tls.ts";
import { listenFailure, portName, urlHost } from "../../places.ts";
import { selfSignedCertificate } from "../../self-signed-certificate.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { ListenPlace } from "../option-values.ts";
import type { ConnectOptions } from "../options.ts";
import type { AdmissionRules } from "./admission.ts";

/** Something outside keeps the server from listening; the message is for the user. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/**
 * Who may connect, by the options.
 *
 * @throws {UsageError}
 */
export async function admissionRules(
  { dialing }: ConnectOptions,
  place: ListenPlace,
): Promise<AdmissionRules> {
  const { auth } = dialing;
  return {
    host: "host" in place ? place.host.toLowerCase() : undefined,
    authorization: auth === undefined ? undefined : basicAuthorization(await login(auth)),
    subprotocols: dialing.subprotocol,
    fields: headerFields(dialing.header),
  };
}

/**
 * Makes the server, which tells of pages that it does not let in.
 *
 * @throws {UsageError}
 */
export function makeServer(
  { dialing, maxConnections, maxSize }: ConnectOptions,
  handler: RequestHandler,
  terminal: Terminal,
): Server {
  try {
    const server = new Server({
      handshakeTimeout: parseSeconds("--timeout", dialing.timeout),
      maxConnections,
      maxMessageSize: maxSize,
      compression: dialing.compress,
      origin: originRule(dialing.origin, terminal),
    });
    server.handle("/*", handler);
    return server;
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function originRule(given: string | undefined, terminal: Terminal): OriginRule {
  if (given === "*") return "*";
  const allowed = given?.split(",") ?? [];
  return (origin, head) => {
    const host = head.fields.get("host") ?? "";
    if (allowed.includes(origin)) return true;
    if (isSameOrigin(origin, host, undefined)) return true;
    terminal.complain(`refused a page of ${origin}; --origin ${origin} lets it in`);
    return false;
  };
}

/**
 * Listens.
 *
 * @returns the URL for clients
 * @throws {UsageError} for files that are not what they should be
 * @throws {ListenError}
 */
export async function listen(
  server: Server,
  options: ConnectOptions,
  place: ListenPlace,
): Promise<string> {
  const tls = await tlsTarget(options, place);
  try {
    const { port } = await server.listen({ ...place, ...(tls === undefined ? {} : { tls }) });
    const scheme = tls === undefined ? "ws" : "wss";
    return "path" in place
      ? `${scheme}+unix:${place.path}`
      : `${scheme}://${urlHost(place.host)}:${port}/`;
  } catch (error) {
    const name = "path" in place ? place.path : portName(place.port, place.host);
    const wanted = { name, portOption: "--listen", hostOption: "--listen" };
    throw new ListenError(listenFailure(error, wanted), { cause: error });
  }
}

async function tlsTarget(
  { dialing, selfSigned }: ConnectOptions,
  place: ListenPlace,
): Promise<ListenTargetOptions["tls"]> {
  const names = "host" in place && !place.host.includes(":") ? [place.host] : [];
  const pair =
    (await certificatePair(dialing)) ?? (selfSigned ? selfSignedCertificate(names) : undefined);
  if (pair === undefined || dialing.ca === undefined) return pair;
  return {
    ...pair,
    ca: readCa(dialing.ca),
    requestCert: true,
    rejectUnauthorized: !dialing.insecure,
  };
}
