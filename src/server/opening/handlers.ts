import type { ConnectionHandler } from "../../connection/connection.ts";
import { ArgumentError } from "../../errors.ts";
import type { RouteSettings } from "../route-settings.ts";
import type { UpgradeOptions, UpgradeRequest } from "./upgrade-request.ts";

/**
 * Serves one path: it looks at the request and upgrades it (or does not). When it returns a
 * promise, the connection is closed with 1000 as soon as that resolves, unless it was upgraded with a
 * `handler`, and with 1011 if it rejects; a HandshakeError thrown before the upgrade is the answer to the
 * request.
 */
export type RequestHandler<User = unknown> = (request: UpgradeRequest<User>) => unknown;

// biome-ignore lint/suspicious/noConfusingVoidType: nothing, as what `return request.reject(401)` returns
type UpgradeResult<User> = UpgradeOptions<User> | undefined | void;

/** What serves a path as an object: what happens on its connections, and before they open. */
export interface RouteHandler<User = unknown> extends ConnectionHandler<User> {
  /**
   * Called for each request that is well-formed and allowed by `hosts` and `origin`, before it is answered.
   * It returns what {@link UpgradeRequest.upgrade} takes, or nothing, or a promise of either, which then
   * opens the connection; or it refuses, by `request.reject()` or by throwing as a
   * {@link RequestHandler} does.
   */
  upgrade?(request: UpgradeRequest<User>): UpgradeResult<User> | PromiseLike<UpgradeResult<User>>;
}

const CONNECTION_FUNCTIONS = ["open", "message", "ping", "pong", "drain", "close"];

/**
 * Checks what is to handle the messages of connections. A function whose name means nothing is taken for a
 * mistake, unless the object is one of a class, which may have others.
 *
 * @param where for messages
 * @param more names beside those of a {@link ConnectionHandler}
 * @throws ArgumentError
 */
export function checkHandler(where: string, handler: unknown, ...more: string[]): void {
  const known = [...more, ...CONNECTION_FUNCTIONS];
  if (typeof handler !== "object" || handler === null) {
    throw new ArgumentError(`${where} is an object with functions: ${known.join(", ")}`);
  }
  const written = [Object.prototype, null].includes(Object.getPrototypeOf(handler));
  for (const name of known) {
    const value: unknown = Reflect.get(handler, name);
    if (value === undefined || typeof value === "function") continue;
    throw new ArgumentError(`${name} of ${where} is a function; got ${typeof value}`);
  }
  for (const [name, value] of written ? Object.entries(handler) : []) {
    if (known.includes(name) || typeof value !== "function") continue;
    throw new ArgumentError(
      `${where} has a function ${JSON.stringify(name)}, which nobody calls; there are ${known.join(", ")}`,
    );
  }
}

/** A path that is served. */
export interface Route {
  /** As it was given to `handle`, parameters and all. */
  readonly path: string;
  readonly handler: RequestHandler | RouteHandler;
  readonly settings: RouteSettings;
}

/** @throws ArgumentError unless it is one */
export function checkRouteHandler(handler: unknown): void {
  if (typeof handler === "function") return;
  checkHandler("a route's handler", handler, "upgrade");
}
