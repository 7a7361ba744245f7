import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isText, type Scenario } from "./scenarios/scenario.ts";

/** Who is measured, and how each is started. */

/** What a measured process runs on. */
export type Runtime = "node" | "bun" | "deno";

/** One implementation, as a server or as a client. */
export interface Peer {
  /** Name for `--peers`; also the name of its file. */
  readonly id: string;
  readonly runtime: Runtime;
  /** Package whose version is reported, undefined for what comes with the runtime. */
  readonly packageName?: string;
  /** What its echo makes of text: a string, or bytes passed on as they are. */
  readonly text: "string" | "bytes";
  /** Takes part by default only in scenarios that ask for slow peers. */
  readonly slow?: boolean;
  /** Another peer in what it makes of text, so that it takes part only where messages are text. */
  readonly onlyText?: boolean;
}

/** The servers, in the order in which they are measured. */
export const servers: readonly Peer[] = [
  { id: "net", runtime: "node", text: "bytes" },
  { id: "barewire", runtime: "node", text: "string" },
  { id: "ws", runtime: "node", packageName: "ws", text: "bytes" },
  { id: "ws-strings", runtime: "node", packageName: "ws", text: "string", onlyText: true },
  { id: "uws", runtime: "node", packageName: "@trufflesuite/uws-js-unofficial", text: "bytes" },
  { id: "bun", runtime: "bun", text: "string" },
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
  { id: "net", runtime: "node", text: "bytes" },
  { id: "barewire", runtime: "node", text: "string" },
  { id: "ws", runtime: "node", packageName: "ws", text: "bytes" },
  { id: "undici", runtime: "node", packageName: "undici", text: "string" },
];

/** Who takes part in a scenario: of `names`, or those that do by default where it is empty. */
export function choosePeers(scenario: Scenario, names: readonly string[]): readonly Peer[] {
  const all = scenario.side === "client" ? clients : servers;
  const able = all.filter(
    ({ id, onlyText }) => (scenario.peers?.includes(id) ?? true) && (!onlyText || isText(scenario)),
  );
  if (names.length > 0) return able.filter((peer) => names.includes(peer.id));
  return able.filter((peer) => scenario.slowPeers || !peer.slow);
}

const here = import.meta.dirname;
const require = createRequire(import.meta.url);

/** Root of the repository. */
export const root = dirname(here);

/** The built library, as copied for the runs. */
export const built = join(here, ".cache", "dist");

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
  if (peer.id === "barewire") return readVersion(join(root, "package.json"));
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
  if (peer.id === "barewire" && !existsSync(join(built, "index.cjs"))) {
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
  const file = join(here, scenario.side === "server" ? "peers" : "clients", `${peer.id}.mjs`);
  const json = JSON.stringify(peerOptions);
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
      return [node, "--expose-gc", ...profile, file, json];
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
