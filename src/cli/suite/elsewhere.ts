/** `barewire conform` in the package `barewire`, which is without the suite: runs the package that has it. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { version } from "../version.ts";

const PACKAGE = "barewire-conform";

/** Exit code where nothing could be tested, as that of `barewire-conform` itself. */
const CANNOT_RUN = 2;

/**
 * Runs `barewire-conform` with these arguments: the one that is installed in the present folder or
 * beside this package, else by `npx`, which fetches it.
 *
 * @returns its exit code; 2 where there is none
 */
export async function runConform(argv: readonly string[]): Promise<number> {
  const installed = findInstalled();
  if (installed !== undefined) return await run(process.execPath, [installed, ...argv]);
  const wanted = `${PACKAGE}@${version()}`;
  process.stderr.write(
    `barewire conform: the suite is a package of its own; running npx ${wanted}\n` +
      `(npm install --save-dev ${PACKAGE} keeps it)\n`,
  );
  const npx = findNpx();
  try {
    return await run(npx[0]!, [...npx.slice(1), wanted, ...argv]);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `barewire conform: npx cannot be run (${problem}); install ${wanted} and try again\n`,
    );
    return CANNOT_RUN;
  }
}

/** The file of the command, where the package is installed. */
function findInstalled(): string | undefined {
  for (const place of [pathToFileURL(join(process.cwd(), "package.json")), import.meta.url]) {
    try {
      const require = createRequire(place);
      const manifest = require.resolve(`${PACKAGE}/package.json`);
      const { bin } = require(manifest) as { bin: Record<string, string> };
      return join(dirname(manifest), bin[PACKAGE]!);
    } catch {
      // Not there; perhaps in the other place.
    }
  }
  return undefined;
}

/** A program and its first arguments. On Windows `npx` is a script of the shell, which would quote anew. */
function findNpx(): readonly string[] {
  if (process.platform !== "win32") return ["npx"];
  const script = join(dirname(process.execPath), "node_modules", "npm", "bin", "npx-cli.js");
  return existsSync(script) ? [process.execPath, script] : ["npx.exe"];
}

/** Resolves with the exit code of a program; rejects where it cannot be started. */
function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    // Ctrl-C reaches the child as well, which writes its reports then: this process waits for it.
    const wait = (): void => {};
    const passOn = (): void => void child.kill("SIGTERM");
    process.on("SIGINT", wait);
    process.on("SIGTERM", passOn);
    const settle = (): void => {
      process.removeListener("SIGINT", wait);
      process.removeListener("SIGTERM", passOn);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code, signal) => {
      settle();
      // As a shell has it.
      resolve(code ?? 128 + constants.signals[signal!]);
    });
  });
}
