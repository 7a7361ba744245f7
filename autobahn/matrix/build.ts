/** Builds the testees of the matrix, and finds out which versions they are of. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWithPackages } from "../../test/peers/python-environment.ts";
import { describePeer, isInstalled, PEER_LIST } from "../compare/peers.ts";
import { preparePeers } from "../compare/prepare.ts";
import { type Implementation, TESTEES } from "./catalogue.ts";

const run = promisify(execFile);

/** Folder of the programs in Go, outside of what is checked in. */
const GO_PROGRAMS = fileURLToPath(new URL("../../.cache/matrix-go", import.meta.url));

/** Folder of what Cargo builds. */
const RUST_TARGET = fileURLToPath(new URL("../../.cache/matrix-rust", import.meta.url));

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Testees that can be started. */
export interface Built {
  /** What stands for `{testees}`, `{python}`, `{go}` and `{rust}` in commands. */
  readonly places: ReadonlyMap<string, string>;
  /** Versions by the names of packages. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Builds what these implementations need. Rejects with the output of what fails. */
export async function build(
  implementations: readonly Implementation[],
  say: (line: string) => void,
): Promise<Built> {
  const needs = (kind: Implementation["kind"]) => implementations.some((one) => one.kind === kind);
  const places = new Map([["testees", quoted(TESTEES)]]);
  const versions = new Map<string, string>();
  if (needs("peer")) {
    const peers = PEER_LIST.filter(({ name }) => implementations.some((one) => one.name === name));
    if (!peers.every(isInstalled)) preparePeers(say);
    for (const peer of peers) {
      versions.set(peer.name, describePeer(peer).replace(`${peer.name} `, ""));
    }
    const { version } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    );
    versions.set("barewire", version);
  }
  if (needs("python")) await buildPython(places, versions, say);
  if (needs("go")) await buildGo(places, versions, say);
  if (needs("rust")) await buildRust(places, versions, say);
  return { places, versions };
}

async function buildPython(
  places: Map<string, string>,
  versions: Map<string, string>,
  say: (line: string) => void,
): Promise<void> {
  say("Python: packages from PyPI");
  const requirements = `${TESTEES}python/requirements.txt`;
  const packages = { name: "matrix-python", requirements, module: "aiohttp" };
  places.set("python", quoted(await pythonWithPackages(packages)));
  for (const line of (await readFile(requirements, "utf8")).trim().split("\n")) {
    const [name = "", version = ""] = line.split("==");
    versions.set(name, version);
  }
}

async function buildGo(
  places: Map<string, string>,
  versions: Map<string, string>,
  say: (line: string) => void,
): Promise<void> {
  say("Go: modules, and go build");
  const cwd = `${TESTEES}go`;
  await mkdir(GO_PROGRAMS, { recursive: true });
  for (const role of ["server", "client"]) {
    for (const name of await readdir(`${cwd}/${role}`)) {
      await run("go", ["build", "-o", `${GO_PROGRAMS}/${role}-${name}`, `./${role}/${name}`], {
        cwd,
      });
    }
  }
  places.set("go", quoted(GO_PROGRAMS));
  const { stdout } = await run("go", ["list", "-m", "all"], { cwd });
  for (const line of stdout.trim().split("\n")) {
    const [name = "", version = ""] = line.split(" ");
    versions.set(name, version.replace(/^v/, ""));
  }
}

async function buildRust(
  places: Map<string, string>,
  versions: Map<string, string>,
  say: (line: string) => void,
): Promise<void> {
  say("Rust: crates, and cargo build");
  const cwd = `${TESTEES}rust`;
  const env = { ...process.env, CARGO_TARGET_DIR: RUST_TARGET };
  await run("cargo", ["build", "--release", "--locked"], { cwd, env });
  places.set("rust", quoted(`${RUST_TARGET}/release`));
  const lock = await readFile(`${cwd}/Cargo.lock`, "utf8");
  for (const [, name = "", version = ""] of lock.matchAll(/name = "(.*)"\nversion = "(.*)"/g)) {
    versions.set(name, version);
  }
}
