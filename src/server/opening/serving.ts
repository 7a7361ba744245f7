import { endpointOf } from "../../connection/connection.ts";
import { isThenable } from "../../connection/user-code.ts";
import { HandshakeError } from "../../errors.ts";
import { checkOptionNames } from "../../options/checks.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import type { RequestHandler, Route, RouteHandler } from "./handlers.ts";
import type { Opening } from "./opening.ts";
import { UPGRADE_OPTIONS, type UpgradeOptions, type UpgradeRequest } from "./upgrade-request.ts";

/** Is told of what the user's code throws. */
export type ErrorReport = (error: unknown, subject: UpgradeRequest) => void;

/** Has a request that may pass served by the user's code, and answers for it where that does not. */
export function serve(opening: Opening, { handler, settings }: Route, report: ErrorReport): void {
  try {
    if (typeof handler === "function") {
      serveByFunction(opening, handler, report);
    } else if (handler.upgrade === undefined) {
      opening.accept(choose(opening, settings.protocols), handler);
    } else {
      serveByObject(opening, handler, report);
    }
  } catch (error) {
    onError(opening, error, report);
  }
}

/** Of the subprotocols that a handler object speaks, the first that is offered. */
function choose(opening: Opening, spoken: readonly string[]): UpgradeOptions {
  if (spoken.length === 0) return {};
  const offered = opening.protocols;
  const protocol = spoken.find((name) => offered.includes(name));
  return protocol === undefined ? {} : { protocol };
}

function serveByObject(opening: Opening, handler: RouteHandler, report: ErrorReport): void {
  const accept = (options: unknown) => {
    if (opening.settled) return;
    // Whoever means false for a no has made a mistake, and lets nobody in by it.
    if (options !== undefined) checkOptionNames("what upgrade() returns", options, UPGRADE_OPTIONS);
    const protocols = opening.route?.settings.protocols ?? [];
    opening.accept({ ...choose(opening, protocols), ...(options as UpgradeOptions) }, handler);
  };
  const result = handler.upgrade?.(opening.request);
  if (!isThenable(result)) {
    accept(result);
    return;
  }
  Promise.resolve(result)
    .then(accept)
    .catch((error) => onError(opening, error, report));
}

function serveByFunction(opening: Opening, handler: RequestHandler, report: ErrorReport): void {
  const result = handler(opening.request);
  if (!isThenable(result)) {
    onReturn(opening, report);
    return;
  }
  Promise.resolve(result).then(
    () => {
      onReturn(opening, report);
      if (!opening.servedByFunction) return;
      if (opening.untouched) warnOfEarlyReturn(opening.route);
      opening.connection?.close(CloseCode.normal);
    },
    (error) => onError(opening, error, report),
  );
}

function onReturn(opening: Opening, report: ErrorReport): void {
  if (opening.settled) return;
  const error = new Error("the handler neither upgraded nor rejected the request");
  fail(opening, error, report);
}

function onError(opening: Opening, error: unknown, report: ErrorReport): void {
  const { connection } = opening;
  if (connection !== undefined) endpointOf(connection).onUserError(error);
  else if (!opening.settled && !answers(opening, error)) fail(opening, error, report);
}

function fail(opening: Opening, error: unknown, report: ErrorReport): void {
  report(error, opening.request);
  const message = "the handler has failed";
  // Nothing of the error is for the peer.
  opening.refuse({ code: "HANDLER_FAILED", status: 500, message, body: "", error });
}

/** Answers a request with the error that has left its handler, if it is one to answer with. */
function answers(opening: Opening, error: unknown): boolean {
  if (!(error instanceof HandshakeError) || error.status < 200) return false;
  // What another server has answered to a client of the handler's is no answer to this request.
  if (error.received !== undefined) return false;
  try {
    const { code, status, message, headers, body, faults } = error;
    opening.refuse({ code, status, message, headers, body, faults, error });
    return true;
  } catch {
    // It has headers that cannot be sent.
    return false;
  }
}

const warned = new WeakSet<Route>();

/** The commonest mistake with a function: what it has begun on the connection is not waited for. */
function warnOfEarlyReturn(route: Route | undefined): void {
  if (route === undefined || warned.has(route)) return;
  warned.add(route);
  process.emitWarning(
    `the async handler of ${route.path} returned right after the upgrade, so its connection is closed with ` +
      "1000: await in it what is to happen on the connection, as by `for await (const message of ws)`, or " +
      "give the connection a handler object",
    { code: "BAREWIRE_HANDLER_RETURNED", type: "BarewireWarning" },
  );
}
