import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Dialect } from "./load/dialect.ts";
import { type Form, isFleet, isText, type Scenario } from "./scenarios/scenario.ts";

/** Who is measured, and how each is started. */

/** What a measured process runs on. */
export type Runtime = "node" | "bun" | "deno";

/** One implementation, or one form of a program with it, as a server or as a client. */
export interface Peer {
  /** Name for `--peers`. */
  readonly id: string;
  /** Name of its file in `peers/` or `clients/`, if that is another. */
  readonly file?: string;
  readonly runtime: Runtime;
  /** Package whose version is reported, undefined for what comes with the runtime. */
  readonly packageName?: string;
  /** What its echo makes of text: a string, or bytes passed on as they are. */
  readonly text: "string" | "bytes";
  /** How the program is written, where there is more than one way: those of barewire. */
  readonly form?: Form;
  /** Takes part by default only in scenarios that ask for slow peers. */
  readonly slow?: boolean;
  /** Another peer in what it makes of text, so that it takes part only where messages are text. */
  readonly onlyText?: boolean;
  /** Takes part only where it is named. */
  readonly onlyNamed?: boolean;
  /** Speaks another protocol over WebSocket, and takes part only in scenarios that name it. */
  readonly dialect?: Dialect;
  /** Is a program for the package `ws`, and gets barewire in its place. */
  readonly inPlaceOfWs?: boolean;
  /** The folder of the built library; by default that of the present state. */
  readonly library?: string;
  /** How many processes share the port; one by default. */
  readonly workers?: number;
}

/** The forms of barewire, in words. */
export const FORMS: Readonly<Record<Form, string>> = {
  handler: "handler object",
  "for-await": "for await",
  receive: "receive() in a loop",
  parts: "messages in parts",
  "send-loop": "send() in a loop over the members",
  topics: "publish() to topics",
  "await-first": "for await, with an await before the upgrade",
  http2: "handler object, streams of one session of HTTP/2",
};

/** The library's own name, for all of its forms. */
export const OURS = "barewire";

function ours(form: Form): Peer {
  // The handler object is what all others are compared with.
  const id = form === "handler" ? OURS : `${OURS}-${form}`;
  return { id, runtime: "node", text: "string", form };
}

const net: Peer = { id: "net", runtime: "node", text: "bytes" };
const ws: Peer = { id: "ws", runtime: "node", packageName: "ws", text: "bytes" };

/** The servers, in the order in which they are measured. */
export const servers: readonly Peer[] = [
  net,
  ours("handler"),
  ours("for-await"),
  ours("receive"),
  ours("parts"),
  ours("send-loop"),
  ours("topics"),
  ours("await-first"),
  { ...ours("http2"), file: OURS },
  ws,
  { ...ws, id: "ws-strings", text: "string", onlyText: true },
  {
    id: "barewire-ws",
    file: "ws",
    runtime: "node",
    text: "bytes",
    onlyNamed: true,
    inPlaceOfWs: true,
  },
  { id: "uws", runtime: "node", packageName: "@trufflesuite/uws-js-unofficial", text: "bytes" },
  { id: "bun", runtime: "bun", text: "string" },
  {
    id: "socket.io",
    file: "socket-io",
    runtime: "node",
    packageName: "socket.io",
    text: "string",
    dialect: "socket.io",
  },
  { id: "deno", runtime: "deno", text: "string", slow: true },
  {
    id: "faye-websocket",
    runtime: "node",
    packageName: "faye-websocket",
    text: "string",
    slow: true,
  },
  { id: "websocket", runtime: "node", packageName: "websocket", text: "string", slow: true },
];

/** The clients, in the order in which they are measured. */
export const clients: readonly Peer[] = [
  net,
  ours("handler"),
  ours("for-await"),
  ws,
  { id: "undici", runtime: "node", packageName: "undici", text: "string" },
];

/** The name of a peer in a report: that of a form of barewire says which it is. */
export function nameOf(id: string): string {
  const [name = "", twin] = id.split("@");
  const form = name === OURS ? "handler" : name.slice(OURS.length + 1);
  if (!name.startsWith(OURS) || !Object.hasOwn(FORMS, form)) return id;
  return `${OURS}${twin === undefined ? "" : `@${twin}`}: ${FORMS[form as Form]}`;
}

/**
 * Who takes part in a scenario: of `names`, or those that do by default where it is empty. The name of
 * the library means all of its forms that the scenario has.
 */
export function choosePeers(scenario: Scenario, names: readonly string[]): readonly Peer[] {
  const all = scenario.side === "client" ? clients : servers;
  const able = all.filter((peer) => canTakePart(peer, scenario));
  if (names.length === 0) {
    return able.filter(({ slow, onlyNamed }) => (scenario.slowPeers || !slow) && !onlyNamed);
  }
  return able.filter(
    ({ id, form }) => names.includes(id) || (form !== undefined && names.includes(OURS)),
  );
}

function canTakePart({ id, form, onlyText, dialect }: Peer, scenario: Scenario): boolean {
  if (form !== undefined) return (scenario.forms ?? ["handler"]).includes(form);
  return (scenario.peers?.includes(id) ?? dialect === undefined) && (!onlyText || isText(scenario));
}

const here = import.meta.dirname;
const require = createRequire(import.meta.url);

/** Root of the repository. */
export const root = dirname(here);

/** Folder for what the benchmark makes: the built library, other versions of Node, profiles. */
export const cache = join(here, ".cache");

/** The built library, as copied for the runs. */
export const built = join(cache, "dist");

/** The file to import of a built library, undefined where nothing was built. */
export function libraryEntry(folder: string): string | undefined {
  // Until 2026-11 each module of src/ was a file of its own.
  return ["index.mjs", "index.js"].map((name) => join(folder, name)).find(existsSync);
}

/** What a peer imports in the place of `ws`, undefined for `ws` itself. */
function inPlaceOfWs({ inPlaceOfWs: wanted, library = built }: Peer): string | undefined {
  return wanted ? join(library, "ws.mjs") : undefined;
}

/** Where a package of `bench/node_modules` lies, undefined if it is not installed. */
export function packageFolder(name: string): string | undefined {
  const folder = join(here, "node_modules", name);
  return existsSync(join(folder, "package.json")) ? folder : undefined;
}

/** The binary of Bun or Deno for this system, undefined if its package is not installed. */
export function runtimeBinary(runtime: "bun" | "deno"): string | undefined {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const arch = runtime === "bun" && process.arch === "arm64" ? "aarch64" : process.arch;
  const names =
    runtime === "bun"
      ? [`@oven/bun-${system}-${arch}/bin/bun${suffix}`]
      : [`@deno/${system}-${arch}-glibc/deno`, `@deno/${process.platform}-${arch}/deno${suffix}`];
  return names.map((name) => join(here, "node_modules", name)).find(existsSync);
}

/** Version of what a peer runs, as its package states it; undefined where none does. */
export function packageVersion(peer: Peer): string | undefined {
  if (peer.form !== undefined || peer.inPlaceOfWs) return readVersion(join(root, "package.json"));
  if (peer.packageName === undefined) return undefined;
  const folder = packageFolder(peer.packageName);
  return folder === undefined ? undefined : readVersion(join(folder, "package.json"));
}

function readVersion(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Why a peer cannot be started here, as far as that shows without trying. */
export function missing(peer: Peer): string | undefined {
  if (peer.runtime !== "node" && runtimeBinary(peer.runtime) === undefined) {
    return `no binary of ${peer.runtime} is installed for ${process.platform}-${process.arch}`;
  }
  if (peer.packageName !== undefined && packageFolder(peer.packageName) === undefined) {
    return `${peer.packageName} is not installed`;
  }
  const entry = peer.form === undefined ? inPlaceOfWs(peer) : libraryEntry(peer.library ?? built);
  if ((peer.form !== undefined || peer.inPlaceOfWs) && !existsSync(entry ?? "")) {
    return "it is not built: npm run build failed";
  }
  return undefined;
}

/** How the measured processes are started. */
export interface StartOptions {
  /** The Node binary for peers that run on Node. */
  readonly node: string;
  /** The same for uWebSockets.js, whose binary fits few versions. */
  readonly nodeForUws: string;
  /** Folder for CPU profiles of the Node peers, undefined for none. */
  readonly profiles?: string | undefined;
}

/** Program and arguments that start a peer. */
export function peerCommand(
  peer: Peer,
  scenario: Scenario,
  peerOptions: object,
  options: StartOptions,
): readonly string[] {
  const folder = scenario.side === "server" ? "peers" : "clients";
  const file = join(here, folder, `${peer.file ?? peer.id}.mjs`);
  const { library = built, workers } = peer;
  const ws = inPlaceOfWs(peer);
  const json = JSON.stringify({ ...peerOptions, library: libraryEntry(library), ws, workers });
  switch (peer.runtime) {
    case "node": {
      const { profiles } = options;
      const node = peer.id === "uws" ? options.nodeForUws : options.node;
      const profile =
        profiles === undefined
          ? []
          : [
              "--cpu-prof",
              `--cpu-prof-dir=${profiles}`,
              `--cpu-prof-name=${scenario.id}.${peer.id}.cpuprofile`,
            ];
      const start = [node, "--expose-gc", ...profile];
      if (workers !== undefined && workers > 1) start.push(join(here, folder, "cluster.mjs"));
      if (isFleet(scenario)) start.push(join(here, folder, "fleet.mjs"));
      return [...start, file, json];
    }
    case "bun":
      return [runtimeBinary("bun") ?? "bun", "--no-install", file, json];
    case "deno": {
      const flags = ["--allow-all", "--no-config", "--no-lock", "--v8-flags=--expose-gc"];
      return [runtimeBinary("deno") ?? "deno", "run", ...flags, file, json];
    }
  }
}

/** Program and arguments that start the load generator on Bun or on Node. */
export function loadCommand(runtime: "bun" | "node"): readonly string[] {
  const file = join(here, "load", "main.ts");
  const binary = runtimeBinary("bun");
  if (runtime === "bun" && binary !== undefined) return [binary, "--no-install", file];
  return [process.execPath, "--import", require.resolve("tsx"), file];
}
