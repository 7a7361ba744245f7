import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSignedCertificate } from "../src/cli/self-signed-certificate.ts";
import { cache, root } from "./peers.ts";

/** What has to be there before anything is measured. */

const bench = join(root, "bench");

/** Installs the peers as `bench/package-lock.json` has them, unless that is done. */
export function installPeers(say: (text: string) => void): void {
  const installed = join(bench, "node_modules", ".package-lock.json");
  const wanted = join(bench, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  say("installing the peers: npm ci in bench/ (about 330 MB, once)");
  // No install script runs: the packages contain their binaries.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], bench);
}

/**
 * Compiles the library, since it is measured as it is published, and copies what comes of it, so
 * that the next build does not change what a run measures.
 *
 * @param folder where the copy goes
 */
export function buildLibrary(folder: string, say: (text: string) => void): void {
  say("building the library: npm run build");
  run("npm", ["run", "--silent", "build"], root);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, "dist"), folder, { recursive: true });
}

/**
 * Compiles the library as it was at a commit, unless that was done before.
 *
 * @returns short name of the commit, and the folder of what was compiled
 * @throws Error if there is no such commit, or it cannot be compiled
 */
export function buildBefore(
  commit: string,
  say: (text: string) => void,
): { readonly name: string; readonly library: string } {
  const name = run("git", ["rev-parse", "--short", `${commit}^{commit}`], root).trim();
  const folder = join(cache, "before", name);
  const library = join(folder, "dist");
  if (existsSync(library)) return { name, library };
  say(`building the library as it was at ${name}`);
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "source.tar");
  run("git", ["archive", "--output", archive, name], root);
  run("tar", ["-xf", archive, "-C", folder], root);
  run("npm", ["run", "--silent", "build"], folder);
  return { name, library };
}

/**
 * The Node binary for measured processes.
 *
 * @param wanted a path, a version such as "24" or "24.1.0", or undefined for the present Node
 * @throws Error if it cannot be had
 */
export function findNode(wanted: string | undefined, say: (text: string) => void): string {
  if (wanted === undefined) return process.execPath;
  if (!/^v?\d+(\.\d+)*$/.test(wanted)) {
    if (existsSync(wanted)) return wanted;
    throw new Error(`--node is "${wanted}"; expected a version or the path of a binary`);
  }
  const version = wanted.replace("v", "");
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, `node-${version}`);
  const binary = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    say(`installing Node ${version}: npm install ${name}@${version} in bench/.cache`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    run("npm", ["install", "--ignore-scripts", "--no-save", `${name}@${version}`], folder);
  }
  return binary;
}

// Versions of Node that the package has a binary for. On others it falls back to a server in
// JavaScript, which is not what is to be measured.
const UWS_MAJORS = ["16", "18", "20"];

/** The major version of a Node binary. */
export function majorOf(node: string): string {
  const { stdout } = spawnSync(node, ["-p", "process.versions.node.split('.')[0]"], {
    encoding: "utf8",
  });
  return stdout.trim();
}

/** The Node binary for uWebSockets.js: the given one if it can load it, otherwise Node 20. */
export function findNodeForUws(node: string, say: (text: string) => void): string {
  if (UWS_MAJORS.includes(majorOf(node))) return node;
  try {
    return findNode("20", say);
  } catch {
    return node; // Its process says that it cannot load the binary.
  }
}

/** Files of a key and a certificate for 127.0.0.1, made for this run. */
export function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "barewire-bench-"));
  const { key, cert } = selfSignedCertificate();
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  writeFileSync(files.key, key, { mode: 0o600 });
  writeFileSync(files.cert, cert);
  return files;
}

/** The command that started this run, as one would type it. */
export function describeCommand(args: readonly string[], node: string): string {
  const quoted = args.map((arg) => (/^[\w./,:=-]+$/.test(arg) ? arg : JSON.stringify(arg)));
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const start =
    "bench" in scripts ? `npm run bench${args.length > 0 ? " --" : ""}` : "npx tsx bench/run.ts";
  return `${[start, ...quoted].join(" ")} (measured on ${node})`;
}

/** Runs a program to its end, and returns what it writes. */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  const output = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(0, 15).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? output}`);
}
