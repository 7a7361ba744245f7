/** The suite from PyPI, installed for Python 2.7 into a folder outside the checkout. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const LAUNCHER = fileURLToPath(new URL("wstest-launcher.py", import.meta.url));

// Masking and UTF-8 in C. Without it the suite's 9.* take a long time; it needs a C compiler.
const ACCELERATOR = "wsaccel==0.6.3";
const UNACCELERATED = "made-without-wsaccel";

/** The newest Python 2.7, which is the last. */
const PYENV_VERSION = "2.7.18";

/** An installed suite. */
export interface PythonEnvironment {
  /** Where it is. */
  readonly folder: string;
  /** The command that runs `wstest`: program and first arguments. */
  readonly command: readonly [file: string, ...args: string[]];
}

/** A Python 2.7 that was tried and answered. */
interface Python {
  /** Absolute path of the interpreter. */
  readonly executable: string;
  /** Tells apart what compiled modules depend on: version, build and machine. */
  readonly build: string;
}

/**
 * Finds or makes the environment. It is kept in `${XDG_CACHE_HOME:-~/.cache}/barewire`, under a
 * name with `version` and a digest of what it was made from, so that a changed requirement or
 * interpreter makes a new one. `say` is told when one is made. Rejects if there is no Python 2.7
 * or the installation fails, with what to do in the message.
 */
export async function preparePythonEnvironment(
  version: string,
  say: (line: string) => void,
): Promise<PythonEnvironment> {
  const python = await findPython();
  const made = createHash("sha256")
    .update(`${await readFile(REQUIREMENTS, "utf8")}\n${ACCELERATOR}\n${python.build}`)
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(process.env), "barewire", `autobahn-${version}-${made}`);
  if (!existsSync(folder)) await makeEnvironment(python, folder, say);
  else say(`using the Python 2.7 environment ${folder}`);
  if (existsSync(join(folder, UNACCELERATED))) {
    say(`note: ${ACCELERATOR} could not be built, so 9.* take long; with a C compiler and the`);
    say(`headers of Python 2.7 installed, delete ${folder} to have it made again`);
  }
  // -s: the user's own site-packages stay out.
  return { folder, command: [python.executable, "-s", LAUNCHER, folder] };
}

/** The base folder for caches after the XDG Base Directory Specification: absolute, or ignored. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: configured } = env;
  return configured?.startsWith("/") ? configured : join(homedir(), ".cache");
}

async function findPython(): Promise<Python> {
  const { AUTOBAHN_PYTHON: configured } = process.env;
  if (configured) {
    const python = await askPython(configured);
    if (python === undefined) {
      throw new Error(`AUTOBAHN_PYTHON is ${configured}, which does not run as Python 2.7`);
    }
    return python;
  }
  for (const candidate of ["python2.7", "python2", await pyenvPython()]) {
    const python = candidate === undefined ? undefined : await askPython(candidate);
    if (python !== undefined) return python;
  }
  throw new Error(
    "no Python 2.7, the only one that the suite runs on. Install it, for example with " +
      `\`pyenv install ${PYENV_VERSION}\`, name one in AUTOBAHN_PYTHON, or start a Docker engine`,
  );
}

/** The interpreter that pyenv has, chosen or not: its shim on the PATH runs only a chosen one. */
async function pyenvPython(): Promise<string | undefined> {
  try {
    const { stdout } = await run("pyenv", ["prefix", PYENV_VERSION]);
    return join(stdout.trim(), "bin", "python2.7");
  } catch {
    return undefined;
  }
}

async function askPython(candidate: string): Promise<Python | undefined> {
  const question =
    "import sys, platform; assert sys.version_info[:2] == (2, 7); print(sys.executable); " +
    "print([sys.version, sys.maxunicode, sys.platform, platform.machine()])";
  try {
    const { stdout } = await run(candidate, ["-c", question], { timeout: 30_000 });
    const [executable, build] = stdout.trim().split("\n");
    return executable && build ? { executable, build: `${executable} ${build}` } : undefined;
  } catch {
    return undefined;
  }
}

/** Installs into a folder of its own beside `folder` and renames it when it is complete. */
async function makeEnvironment(
  python: Python,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  say(`making a Python 2.7 environment in ${folder}, once, from PyPI (about a minute)`);
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    await install(python, unfinished, ["--requirement", REQUIREMENTS]);
    await install(python, unfinished, [ACCELERATOR]).catch(async (error: unknown) => {
      say(`${ACCELERATOR} was not installed: ${error instanceof Error ? error.message : error}`);
      await writeFile(join(unfinished, UNACCELERATED), "");
    });
    await rename(unfinished, folder);
  } catch (error) {
    // Another run may have been quicker; what it made is the same.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function install(python: Python, target: string, what: readonly string[]): Promise<void> {
  const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps"];
  try {
    await run(python.executable, [...args, "--target", target, ...what], {
      // A configured `user = true` contradicts --target.
      env: { ...process.env, PIP_USER: "0" },
      timeout: 900_000,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    throw new Error(`pip of ${python.executable} failed: ${lastLines(error)}`);
  }
}

/** What the failed command said last: pip names the cause at the end. */
function lastLines(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  if (said.includes("No module named pip")) {
    return "it has no pip; `python2.7 -m ensurepip` installs it";
  }
  return said === "" ? String(error) : said.split("\n").slice(-4).join("\n");
}
