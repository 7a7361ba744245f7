import { ArgumentError } from "../errors.ts";
import { checkOptionNames, checkTimeout } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import type { RouteOptions } from "../server/options.ts";
import { Server } from "../server/server.ts";
import { type AppFetch, hooksOfApp } from "./app-hooks.ts";
import type { OnSyncError, SyncAdapter } from "./backplane.ts";
import type { HookRequest, Hooks, MaybePromise } from "./types.ts";

/** Finds the hooks of a connection, beside those of all; undefined for none. */
// biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return has
export type ResolveHooks = (request: HookRequest) => MaybePromise<Hooks | undefined | void>;

/** Options of the adapter: those of crossws' own adapters, and which server it serves. */
export interface CrosswsOptions {
  /** The server whose connections become peers, and whose topics they use. */
  readonly server: Server;
  /** The path that is served, as `server.handle` takes it. Default `"/*"`, every path. */
  readonly path?: string;
  /**
   * What is to differ from the server's options on that path, such as `origin` and `compression`. The options `text`
   * and `binary` are not for it: a message has methods for that.
   */
  readonly route?: Omit<RouteOptions, "text" | "binary">;
  /** The hooks of all connections. */
  readonly hooks?: Hooks;
  /** Finds further hooks for each request. They are called after those of all. */
  readonly resolve?: ResolveHooks;
  /**
   * An app whose WebSocket handlers have the hooks, in the place of {@link resolve}: `app.fetch` of h3 2. A request
   * that it answers with an error is refused with that answer.
   */
  readonly fetch?: AppFetch;
  /** The namespace of a request. Default: its path. */
  readonly getNamespace?: (request: Request) => string;
  /** Chooses a subprotocol of those that the client offers, where the hook `upgrade` does not. */
  readonly handleProtocols?: (
    protocols: Set<string>,
    request: Request,
  ) => MaybePromise<string | false | null | undefined>;
  /** Takes what is published to other instances. The option `broker` of the server is another way to do that. */
  readonly sync?: SyncAdapter;
  /** Told when {@link sync} fails. Default: a warning of the process. */
  readonly onError?: OnSyncError;
  /**
   * Seconds of silence before a Ping, and as many more to answer it; 0 never pings. Default: what the options
   * `heartbeatInterval` and `heartbeatTimeout` of the server say, 25 and 20 seconds.
   */
  readonly idleTimeout?: number;
}

const OPTION_NAMES = [
  ...["server", "path", "route", "hooks", "resolve", "fetch", "getNamespace", "handleProtocols"],
  ...["sync", "onError", "idleTimeout"],
];

const FUNCTIONS = ["resolve", "fetch", "getNamespace", "handleProtocols", "sync", "onError"];

/** What messages count on, whatever the options of the server say. */
const AS_RECEIVED = { text: "string", binary: "buffer" } as const;

/** Checked options. */
export interface CrosswsSettings extends CrosswsOptions {
  readonly path: string;
  readonly route: RouteOptions;
  readonly hooks: Hooks;
}

/** @throws ArgumentError */
export function crosswsSettings(options: CrosswsOptions): CrosswsSettings {
  checkOptionNames("the crossws adapter", options, OPTION_NAMES);
  const { server, path = "/*", route = {}, hooks = {}, fetch, idleTimeout } = options;
  if (!(server instanceof Server)) {
    throw new ArgumentError(`server is a Server of barewire; got ${describe(server)}`);
  }
  if (typeof hooks !== "object" || hooks === null) {
    throw new ArgumentError(`hooks is an object of functions; got ${describe(hooks)}`);
  }
  for (const name of FUNCTIONS) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || typeof value === "function") continue;
    throw new ArgumentError(`${name} is a function; got ${describe(value)}`);
  }
  if (fetch !== undefined && options.resolve !== undefined) {
    throw new ArgumentError("resolve and fetch are two ways to find the hooks: give one of them");
  }
  if ("text" in route || "binary" in route) {
    throw new ArgumentError(
      "text and binary are not for crossws: message.text() and message.arrayBuffer() take their place",
    );
  }
  const resolve = fetch === undefined ? options.resolve : hooksOfApp(fetch);
  return {
    ...options,
    ...(resolve !== undefined && { resolve }),
    path,
    route: { ...route, ...heartbeat(idleTimeout), ...AS_RECEIVED },
    hooks,
  };
}

function heartbeat(idleTimeout: number | undefined): RouteOptions {
  if (idleTimeout === undefined) return {};
  if (idleTimeout === 0) return { heartbeatInterval: Number.POSITIVE_INFINITY };
  const milliseconds = checkTimeout("idleTimeout", Math.ceil(idleTimeout * 1000));
  return { heartbeatInterval: milliseconds, heartbeatTimeout: milliseconds };
}
