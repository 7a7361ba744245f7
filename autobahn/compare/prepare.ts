/** Installs the peers that are packages. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));

/**
 * Installs the peers as autobahn/package-lock.json has them, unless that is done. `say` is told
 * when it does. Throws an `Error` with the output of npm when that fails.
 */
export function preparePeers(say: (line: string) => void): void {
  const installed = `${FOLDER}node_modules/.package-lock.json`;
  const wanted = `${FOLDER}package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  say("installing the peers: npm ci in autobahn/ (about 110 MB, once)");
  // No install script runs: the packages contain their binaries.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: FOLDER,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0)
    throw new Error(`npm ${args.join(" ")} failed in ${FOLDER}:\n${stdout}${stderr}`);
}
