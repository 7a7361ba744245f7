import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { isThenable } from "../../connection/user-code.ts";
import { throwLater } from "../endpoint.ts";
import type { VerifyClientCallbackAsync, VerifyClientCallbackSync } from "../types/options.ts";
import type { ServerOptions } from "../types/server.ts";
import { refuse, versionOf } from "./refusals.ts";

/** Asks `verifyClient` whether a client may connect, and refuses it otherwise. */
export function verify(
  { verifyClient }: ServerOptions,
  request: IncomingMessage,
  stream: Duplex,
  accept: () => void,
): void {
  if (!verifyClient) {
    accept();
    return;
  }
  const { authorized, encrypted } = request.socket as Partial<TLSSocket>;
  const info = {
    origin: request.headers[versionOf(request) === 8 ? "sec-websocket-origin" : "origin"] as string,
    secure: Boolean(authorized || encrypted),
    req: request,
  };
  const onDecision = (
    accepted: boolean,
    status = 401,
    message = "",
    headers: OutgoingHttpHeaders = {},
  ) => {
    if (accepted) accept();
    else refuse(stream, { status, message, headers });
  };
  if (verifyClient.length === 2) (verifyClient as VerifyClientCallbackAsync)(info, onDecision);
  else whenDecided((verifyClient as VerifyClientCallbackSync)(info), stream, onDecision);
}

/** Calls `next` with what a function of the user's has decided; a promise is waited for. */
export function whenDecided(decision: unknown, stream: Duplex, next: (yes: boolean) => void): void {
  if (!isThenable(decision)) {
    next(Boolean(decision));
    return;
  }
  Promise.resolve(decision).then(
    (decided) => next(Boolean(decided)),
    (error) => {
      refuse(stream, { status: 500, message: "" });
      throwLater(error);
    },
  );
}
