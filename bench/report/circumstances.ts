import { spawnSync } from "node:child_process";
import { cpus, release, type as systemType, totalmem } from "node:os";
import type { Cores } from "../measuring/cores.ts";
import { OURS, type Peer, packageFolder, packageVersion, root, runtimeBinary } from "../peers.ts";
import type { Circumstances } from "./results.ts";

/** Collects what a reader must know about a run. */
export function describe(
  peers: readonly Peer[],
  run: {
    readonly command: string;
    readonly node: string;
    readonly nodeForUws: string;
    readonly cores: Cores;
    readonly load: string;
    readonly seconds: number;
    readonly rounds: number;
    readonly took: number;
  },
): Circumstances {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    command: run.command,
    machine: {
      processor: processors[0]?.model.trim() ?? "unknown processor",
      cores: processors.length,
      memory: totalmem(),
      system: `${systemType()} ${release()} ${process.arch}`,
    },
    pinning: describeCores(run.cores),
    load: run.load,
    versions: findVersions(peers, run.node, run.nodeForUws),
    text: Object.fromEntries(peers.map((peer) => [familyOf(peer), peer.text])),
    commit: describeCommit(),
    seconds: run.seconds,
    rounds: run.rounds,
    took: run.took,
  };
}

function describeCores({ server, load }: Cores): string {
  if (server === undefined || load === undefined) return "none (no taskset, or too few cores)";
  const on = (cores: readonly number[]) => `core${cores.length > 1 ? "s" : ""} ${cores.join(",")}`;
  return (
    `measured process on ${on(server)} (any where the title says "all cores"), ` +
    `load generator on ${on(load)}`
  );
}

/** All forms of barewire are one library. */
function familyOf({ id, form }: Peer): string {
  return form === undefined ? id : OURS;
}

function findVersions(
  peers: readonly Peer[],
  node: string,
  nodeForUws: string,
): Circumstances["versions"] {
  const versions: { node: string } & Record<string, string> = {
    node: firstLine(node, ["--version"]).slice(1),
  };
  for (const runtime of ["bun", "deno"] as const) {
    const binary = runtimeBinary(runtime);
    if (binary === undefined || !peers.some((peer) => peer.runtime === runtime)) continue;
    versions[runtime] = /\d+\.\d+\.\d+\S*/.exec(firstLine(binary, ["--version"]))?.[0] ?? "?";
  }
  const remarks = new Map<string, string>();
  const masks = findMasks(node);
  if (masks !== undefined) {
    const ofWs = peers.filter(({ packageName }) => packageName === "ws");
    for (const { id } of ofWs) remarks.set(id, ` with ${masks}`);
  }
  if (nodeForUws !== node) {
    remarks.set("uws", ` on node ${firstLine(nodeForUws, ["--version"]).slice(1)}`);
  }
  for (const peer of peers) {
    const version = packageVersion(peer);
    if (version !== undefined) versions[familyOf(peer)] = version + (remarks.get(peer.id) ?? "");
  }
  return versions;
}

/** What ws masks by: what Node has since 26.12, or else a package. */
function findMasks(node: string): string | undefined {
  const own = firstLine(node, ["--print", "typeof require('http').websocketMask"]);
  if (own === "function") return "http.websocketMask";
  return packageFolder("bufferutil") === undefined ? undefined : "bufferutil";
}

function describeCommit(): string {
  const hash = firstLine("git", ["-C", root, "rev-parse", "--short", "HEAD"]);
  const changed = firstLine("git", ["-C", root, "status", "--porcelain", "--", "src"]) !== "";
  return hash === "" ? "not in a repository" : `${hash}${changed ? " with changes in src" : ""}`;
}

function firstLine(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: "utf8" }).stdout?.split("\n")[0] ?? "";
}
