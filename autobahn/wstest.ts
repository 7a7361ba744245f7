/** Finds the suite's command `wstest`: in a container, on the PATH, or made from PyPI. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { endWithRunner, removeContainer } from "./children.ts";
import type { SuiteSource } from "./options.ts";
import { preparePythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);

/** The version that the image, requirements.txt and the list of cases are made for. */
export const SUITE_VERSION = "25.10.1";

const IMAGE = `crossbario/autobahn-testsuite:${SUITE_VERSION}@sha256:519915fb568b04c9383f70a1c405ae3ff44ab9e35835b085239c258b6fac3074`;

/** A suite that has answered with its version. */
export interface Suite {
  /** What it is, without paths of this machine: `"wstest on the PATH"`. */
  readonly description: string;
  /** Version of autobahntestsuite, for example `"25.10.1"`. */
  readonly version: string;
  /** The name under which the suite reaches a server on this machine's loopback interface. */
  readonly loopback: string;
  /**
   * Starts `wstest` with `args` in `folder`, its output piped. `port` is the TCP port it will
   * listen on, or undefined if it listens on none.
   */
  start(args: readonly string[], folder: string, port?: number): ChildProcess;
}

/** No suite could be found or made; the message says what to install. */
export class NoSuiteError extends Error {
  override readonly name = "NoSuiteError";
}

/**
 * The suite from `source`, or with `"auto"` the first of docker, path and python that works.
 * `say` is told what is tried, since an image or an environment may take minutes to come.
 * Throws {@link NoSuiteError}.
 */
export async function findSuite(source: SuiteSource, say: (line: string) => void): Promise<Suite> {
  const failures: string[] = [];
  for (const [name, find] of FINDERS) {
    if (source !== "auto" && source !== name) continue;
    try {
      const suite = await find(say);
      if (suite.version !== SUITE_VERSION) {
        say(`note: this is version ${suite.version} of the suite, not ${SUITE_VERSION}`);
      }
      return suite;
    } catch (error) {
      const reason = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      failures.push(reason);
      say(`no suite from ${reason}`);
    }
  }
  throw new NoSuiteError(`the Autobahn|Testsuite was not found\n  ${failures.join("\n  ")}`);
}

const FINDERS: readonly [SuiteSource, (say: (line: string) => void) => Promise<Suite>][] = [
  ["docker", findImage],
  ["path", findOnPath],
  ["python", makeFromPyPI],
];

async function findImage(say: (line: string) => void): Promise<Suite> {
  await probe("docker", ["version", "--format", "{{.Server.Version}}"], 15_000).catch(() => {
    throw new Error("no Docker engine answers");
  });
  const present = await probe("docker", ["image", "inspect", IMAGE], 30_000).then(
    () => true,
    () => false,
  );
  if (!present) {
    say(`pulling the image ${IMAGE}`);
    await probe("docker", ["pull", "--quiet", IMAGE], 600_000);
  }
  const version = await probe(
    "docker",
    ["run", "--rm", "--init", IMAGE, "wstest", "--autobahnversion"],
    60_000,
  );
  const onHostNetwork = process.platform === "linux";
  return {
    description: `Docker image ${IMAGE.slice(0, IMAGE.indexOf("@"))}`,
    version: versionIn(version),
    loopback: onHostNetwork ? "127.0.0.1" : "host.docker.internal",
    start(args, folder, port) {
      const name = `barewire-autobahn-${process.pid}-${Date.now()}`;
      const child = spawn(
        "docker",
        containerArguments(name, args, folder, onHostNetwork ? "host" : port),
        { stdio: ["ignore", "pipe", "pipe"] },
      );
      endWithRunner(child, () => removeContainer(name));
      return child;
    },
  };
}

/**
 * The arguments of `docker` that run `wstest` with `args` in `folder`. `network` is `"host"` for
 * the host's own, or the port to publish on its loopback interface: an engine in a virtual machine
 * (macOS, Windows) has another `host`.
 */
export function containerArguments(
  name: string,
  args: readonly string[],
  folder: string,
  network: "host" | number | undefined,
): string[] {
  const options = ["--rm", "--init", "--name", name, "--env", "PYTHONUNBUFFERED=1"];
  if (network === "host") options.push("--network", "host");
  else if (network !== undefined) options.push("--publish", `127.0.0.1:${network}:${network}`);
  // On Linux files made in the container carry its user's number, and root's could not be deleted.
  if (network === "host" && process.getuid !== undefined && process.getgid !== undefined) {
    options.push("--user", `${process.getuid()}:${process.getgid()}`, "--env", "HOME=/tmp");
  }
  options.push("--volume", `${folder}:/reports`, "--workdir", "/reports");
  return ["run", ...options, IMAGE, "wstest", ...args];
}

async function findOnPath(): Promise<Suite> {
  const version = await probe("wstest", ["--autobahnversion"], 30_000).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new Error("no wstest on the PATH");
    }
    throw error;
  });
  return localSuite("wstest on the PATH", version, "wstest", []);
}

async function makeFromPyPI(say: (line: string) => void): Promise<Suite> {
  const description = `Python 2.7 environment from PyPI${reduction(process.env)}`;
  const environment = await preparePythonEnvironment(SUITE_VERSION, say);
  const [file, ...first] = environment.command;
  const version = await probe(file, [...first, "--autobahnversion"], 300_000);
  return localSuite(description, version, file, first);
}

/** What `AUTOBAHN_MESSAGES` makes of the suite, for the reports. @throws RangeError for no count */
export function reduction({ AUTOBAHN_MESSAGES: messages }: NodeJS.ProcessEnv): string {
  if (messages === undefined || messages === "") return "";
  const count = Number(messages);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw new RangeError(`AUTOBAHN_MESSAGES must be a number from 1 to 1000, not "${messages}"`);
  }
  return `, ${count} messages instead of 1000 in each case of 12.* and 13.*`;
}

function localSuite(
  description: string,
  versionOutput: string,
  file: string,
  first: readonly string[],
): Suite {
  return {
    description,
    version: versionIn(versionOutput),
    loopback: "127.0.0.1",
    start(args, folder) {
      const child = spawn(file, [...first, ...args], {
        cwd: folder,
        env: { ...process.env, PYTHONUNBUFFERED: "1" },
        // The launcher ends when the pipe to it breaks.
        stdio: ["pipe", "pipe", "pipe"],
      });
      endWithRunner(child);
      return child;
    },
  };
}

function versionIn(output: string): string {
  const match = /AutobahnTestSuite (\S+)/.exec(output);
  if (match?.[1] === undefined) throw new Error(`wstest did not tell its version: ${output}`);
  return match[1];
}

/** The standard output of a command; rejects if it fails or takes longer than `timeout` ms. */
async function probe(file: string, args: readonly string[], timeout: number): Promise<string> {
  const { stdout } = await run(file, [...args], { timeout, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
