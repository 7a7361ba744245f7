import { posix } from "node:path";
import { collectUses, type ModuleUses } from "./module-uses.ts";

/**
 * The direction of imports in src/: what each room may import besides itself. `errors` and
 * `index` are files, the others folders. Type-only imports count like any other.
 */
const BASE = ["errors", "options", "protocol", "handshake", "extensions", "socket"];
const CONNECTION = [...BASE, "compression", "connection"];
const OPENING = [...CONNECTION, "http2"];

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  options: ["errors"],
  protocol: ["errors"],
  handshake: ["errors", "options"],
  extensions: ["errors", "options", "handshake"],
  socket: ["errors", "options", "protocol"],
  compression: BASE,
  connection: [...BASE, "compression"],
  http2: BASE,
  client: OPENING,
  topics: CONNECTION,
  presence: ["errors", "options", "topics"],
  server: [...OPENING, "topics"],
  ws: CONNECTION,
  web: [...CONNECTION, "client"],
  crossws: [...CONNECTION, "server"],
  conformance: ["errors", "options", "handshake", "extensions"],
  index: [...CONNECTION, "client", "server", "topics"],
  cli: [...CONNECTION, "client", "server", "topics", "conformance", "index"],
};

/** The layers without sockets, timers, clock, randomness, promises, environment and logging. */
const PURE = ["errors", "options", "protocol", "handshake", "extensions"];

/** What pure layers may import of Node: names, or everything. */
const PURE_BUILTINS: Readonly<Record<string, readonly string[] | "everything">> = {
  "node:buffer": ["Buffer", "constants", "isAscii", "isUtf8"],
  "node:crypto": ["createHash", "hash", "timingSafeEqual"],
  "node:http": ["websocketMask"],
  "node:net": ["isIP", "isIPv4", "isIPv6"],
  "node:string_decoder": "everything",
  "node:worker_threads": ["markAsUntransferable"],
  "node:zlib": ["ZlibOptions", "constants", "crc32", "deflateRawSync", "inflateRawSync"],
};

const IMPURE_GLOBALS = [
  "AbortController AbortSignal Blob BroadcastChannel Date EventTarget Function MessageChannel",
  "Performance Promise SharedArrayBuffer WebSocket Worker clearImmediate clearInterval",
  "clearTimeout console crypto eval fetch global globalThis performance process queueMicrotask",
  "require setImmediate setInterval setTimeout async await",
]
  .join(" ")
  .split(" ");

const VAGUE_NAMES = ["util", "utils", "helper", "helpers", "common", "misc"];

/**
 * Checks the modules of src/.
 *
 * @param sources text by path below src/, for example `protocol/mask.ts`
 * @returns one line for each breach of the rule, empty if there is none
 */
export function checkImports(sources: ReadonlyMap<string, string>): string[] {
  const modules = new Map<string, ModuleUses>();
  for (const [path, text] of sources) modules.set(path, collectUses(path, text));
  const breaches: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, module] of modules) {
    breaches.push(...checkModule(path, module));
    graph.set(path, localImports(path, module));
    for (const target of graph.get(path)!) {
      if (!modules.has(target)) breaches.push(`${path} imports ${target}, which is not in src/`);
      else if (!layerAllows(path, target)) breaches.push(`${path} must not import ${target}`);
    }
  }
  const cycle = findCycle(graph);
  if (cycle !== undefined) breaches.push(`a cycle: ${cycle.join(" -> ")}`);
  return breaches;
}

function checkModule(path: string, module: ModuleUses): string[] {
  const breaches: string[] = [];
  const name = posix.basename(path).split(".")[0]!;
  if (VAGUE_NAMES.includes(name)) breaches.push(`${path}: name the file after its subject`);
  const layer = layerOf(path);
  if (!Object.hasOwn(MAY_IMPORT, layer)) breaches.push(`${path} is in no layer`);
  if (path === "index.ts" && !module.onlyReexports) breaches.push("index.ts has code of its own");
  if (path !== "index.ts" && module.onlyReexports) breaches.push(`${path} is a barrel`);
  for (const { from } of module.imports) {
    if (!isLocal(from) && !from.startsWith("node:")) {
      breaches.push(`${path} imports ${from}, but there is no runtime dependency`);
    }
  }
  if (!PURE.includes(layer)) return breaches;
  for (const { from, names } of module.imports) {
    if (isLocal(from)) continue;
    const allowed = Object.hasOwn(PURE_BUILTINS, from) ? PURE_BUILTINS[from]! : [];
    if (allowed === "everything") continue;
    const refused = names.filter((imported) => !allowed.includes(imported));
    if (refused.length > 0 || names.length === 0) {
      breaches.push(`${path} must not import ${refused.join(", ")} from ${from}`);
    }
  }
  for (const used of module.globals) {
    if (IMPURE_GLOBALS.includes(used) || used === "Math.random") {
      breaches.push(`${path} must not use ${used}`);
    }
  }
  return breaches;
}

function isLocal(from: string): boolean {
  return from.startsWith(".");
}

function localImports(path: string, module: ModuleUses): string[] {
  const local = module.imports.filter(({ from }) => isLocal(from));
  return local.map(({ from }) => posix.join(posix.dirname(path), from));
}

/** `protocol` for `protocol/mask.ts`, `errors` for `errors.ts`. */
function layerOf(path: string): string {
  return path.split("/")[0]!.replace(/\.ts$/, "");
}

function layerAllows(path: string, target: string): boolean {
  const [from, to] = [layerOf(path), layerOf(target)];
  return from === to || (MAY_IMPORT[from]?.includes(to) ?? false);
}

/** Some cycle as a list of modules of which the first is also the last. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (module: string): string[] | undefined => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return undefined;
    path.push(module);
    for (const target of graph.get(module) ?? []) {
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(module);
    return undefined;
  };
  for (const module of graph.keys()) {
    const cycle = visit(module);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
