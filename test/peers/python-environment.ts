/** The Python packages that the peers need, in an environment outside the checkout. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a program in Python needs. */
export interface PythonPackages {
  /** What the environment is called. */
  readonly name: string;
  /** Path of a file as `pip install --requirement` takes it. */
  readonly requirements: string;
  /** A module that can be imported when all is there. */
  readonly module: string;
}

const PEERS: PythonPackages = {
  name: "peers-python",
  requirements: fileURLToPath(new URL("python/requirements.txt", import.meta.url)),
  module: "websockets",
};

const INSTALL =
  "These tests need Python 3.9 or later with its venv module. " +
  "On Debian and Ubuntu: apt-get install python3 python3-venv. " +
  "PYTHON names the interpreter to use; the default is python3 on the PATH.";

/**
 * Finds or makes the environment, in `${XDG_CACHE_HOME:-~/.cache}/barewire`. Rejects with what is
 * to be installed when there is no suitable Python.
 *
 * @returns the interpreter of the environment
 */
export async function pythonWithPackages(packages: PythonPackages = PEERS): Promise<string> {
  const { PYTHON: configured } = process.env;
  const python = configured || "python3";
  const build = await askForBuild(python);
  const digest = createHash("sha256")
    .update(`${await readFile(packages.requirements, "utf8")}\n${build}`)
    .digest("hex");
  const folder = join(cacheFolder(), "barewire", `${packages.name}-${digest.slice(0, 12)}`);
  if (!(await isUsable(folder, packages))) await make(python, folder, packages);
  return interpreter(folder);
}

/** Tells apart what an environment depends on: the interpreter and its version. */
async function askForBuild(python: string): Promise<string> {
  const question =
    "import sys, venv, ensurepip; assert sys.version_info >= (3, 9), sys.version; " +
    "print(sys.executable, sys.version)";
  try {
    return (await run(python, ["-c", question], { timeout: 30_000 })).stdout;
  } catch (error) {
    throw new Error(`${INSTALL}\n${python}: ${lastLine(error)}`);
  }
}

/** The base folder for caches after the XDG Base Directory Specification: absolute, or ignored. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: configured } = process.env;
  return configured?.startsWith("/") ? configured : join(homedir(), ".cache");
}

function interpreter(folder: string): string {
  return join(folder, "bin", "python3");
}

async function isUsable(folder: string, { module }: PythonPackages): Promise<boolean> {
  try {
    await run(interpreter(folder), ["-c", `import ${module}`], { timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

/** Makes it beside its place and renames it when it is complete. */
async function make(python: string, folder: string, packages: PythonPackages): Promise<void> {
  const { requirements } = packages;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    await run(python, ["-m", "venv", unfinished], { timeout: 120_000 });
    const install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps"];
    await run(interpreter(unfinished), [...install, "--requirement", requirements], {
      timeout: 300_000,
    });
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } catch (error) {
    // Another run may have been quicker; what it made is the same.
    if (await isUsable(folder, packages)) return;
    throw new Error(`cannot install ${requirements} with ${python}: ${lastLine(error)}`);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** What a command that failed said last; an error where it could not be run. */
function lastLine(error: unknown): string {
  const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
  return `${stderr || stdout}`.trim().split("\n").at(-1) || String(error);
}
