/** What is published: the packages, what can be imported from each, and their commands. */

/** Something that can be imported from a package. */
export interface Entry {
  /** As in `exports`: `"."`, or `"./ws"` for `import "barewire/ws"`. */
  readonly path: "." | `./${string}`;
  /** The module whose exports it has. */
  readonly source: string;
  /** Whether its declarations speak of `Buffer` or of modules of Node, so that they need `@types/node`. */
  readonly nodeTypes: boolean;
  /**
   * Whether `require()` gives the default export, which is a class, with the others as its properties: the
   * shape of the package `ws`. Else it gives an object of all exports.
   */
  readonly requireGivesDefault?: true;
}

/** A file that has the modules which several others need, or which are loaded when they are needed. */
export interface Part {
  readonly name: string;
  /** A module fits that each of these needs as soon as it is loaded. */
  readonly neededBy: readonly string[];
}

/** A package, made of sources of this repository. */
export interface Package {
  readonly name: string;
  readonly description: string;
  readonly entries: readonly Entry[];
  /** Files beside those of entries and commands, in this order: a module goes into the first that it fits. */
  readonly parts: readonly Part[];
  /** The module of each command. */
  readonly commands: Readonly<Record<string, string>>;
  /** Modules that others stand in for. */
  readonly replaced: Readonly<Record<string, string>>;
}

const CLIENT = "src/client/connect.ts";
const COMPRESSION = "src/compression/codec.ts";
const AFTER_REFUSAL = "src/client/after-refusal.ts";
const TUNNEL = "src/client/proxy/tunnel.ts";
const TLS_FAILURE = "src/client/dialling/tls-failure.ts";
const NEGOTIATION = "src/extensions/permessage-deflate.ts";
const CLIENT_HTTP2 = "src/client/http2/open.ts";
const SERVER = "src/server/server.ts";
const WS = "src/ws/ws.ts";
const REDIS = "src/topics/broker/redis/redis.ts";
const NATS = "src/topics/broker/nats/nats.ts";

/** The root of the repository is its folder: the root's `package.json` leads into `dist/`. */
export const LIBRARY: Package = {
  name: "barewire",
  description:
    "RFC 6455 WebSocket server and client from scratch in TypeScript, with no runtime dependency",
  entries: [
    { path: ".", source: "src/index.ts", nodeTypes: true },
    { path: "./ws", source: WS, nodeTypes: true, requireGivesDefault: true },
    { path: "./web", source: "src/web/web.ts", nodeTypes: true },
    { path: "./crossws", source: "src/crossws/crossws.ts", nodeTypes: true },
    { path: "./broker/cluster", source: "src/topics/broker/cluster.ts", nodeTypes: false },
    { path: "./broker/redis", source: REDIS, nodeTypes: false },
    { path: "./broker/nats", source: NATS, nodeTypes: false },
    { path: "./broker-tests", source: "src/topics/broker-tests.ts", nodeTypes: false },
    { path: "./presence", source: "src/presence/presence.ts", nodeTypes: true },
  ],
  parts: [
    { name: "errors", neededBy: [CLIENT, REDIS] },
    { name: "connection", neededBy: [CLIENT, SERVER] },
    { name: "compression", neededBy: [COMPRESSION] },
    { name: "compression", neededBy: [NEGOTIATION] },
    { name: "connection", neededBy: [CLIENT_HTTP2, SERVER] },
    { name: "client", neededBy: [CLIENT] },
    { name: "client-detours", neededBy: [AFTER_REFUSAL] },
    { name: "client-detours", neededBy: [TUNNEL] },
    { name: "client-detours", neededBy: [TLS_FAILURE] },
    { name: "client-http2", neededBy: [CLIENT_HTTP2] },
    { name: "accepting", neededBy: [SERVER, WS] },
    { name: "server", neededBy: [SERVER] },
    { name: "reconnecting", neededBy: ["src/client/reconnecting/client.ts"] },
    { name: "reconnecting", neededBy: ["src/client/reconnecting/reconnecting.ts"] },
    { name: "broker/subscriptions", neededBy: [REDIS, NATS] },
  ],
  commands: { barewire: "src/cli/main.ts" },
  // The suite is larger than the library, and few of those who install the library use it.
  replaced: { "src/cli/conform/command.ts": "src/cli/suite/elsewhere.ts" },
};

/** Packages whose folders are made by the build, `dist/packages/NAME/`. */
export const OTHER_PACKAGES: readonly Package[] = [
  {
    name: "barewire-conform",
    description: "Tests WebSocket servers and clients against RFC 6455, RFC 7692 and RFC 8441",
    entries: [{ path: ".", source: "src/conformance/conform.ts", nodeTypes: false }],
    parts: [],
    commands: { "barewire-conform": "src/cli/suite/barewire-conform.ts" },
    replaced: {},
  },
  {
    name: "barewire-ws",
    description: "The interface of the package ws, with barewire under it",
    entries: [{ path: ".", source: WS, nodeTypes: true, requireGivesDefault: true }],
    parts: [],
    commands: {},
    replaced: {},
  },
];

/** Whether bundlers find an ES module that says what is where: an entry of one file needs none. */
export function hasFacade({ path, requireGivesDefault }: Entry): boolean {
  return path === "." || requireGivesDefault === true;
}

/** The name of an entry's files: `index` for `"."`, `broker/redis` for `"./broker/redis"`. */
export function fileName(entry: Entry): string {
  return entry.path === "." ? "index" : entry.path.slice("./".length);
}
