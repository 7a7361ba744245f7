/** Child processes that do not outlive the runner, whichever way it ends. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { constants } from "node:os";

const endings = new Map<ChildProcess, () => void>();

/**
 * Ends `child` at the latest when this process exits. `alsoEnd` undoes what killing the process
 * leaves behind; it runs while the process exits, so it must be synchronous.
 */
export function endWithRunner(child: ChildProcess, alsoEnd: () => void = () => {}): void {
  endings.set(child, alsoEnd);
  child.once("exit", () => endings.delete(child));
}

/** Kills `child`, if it is still there, and waits until it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  const alsoEnd = endings.get(child);
  if (alsoEnd === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // Nothing in the children is worth a goodbye: reports are complete before they are ended.
  child.kill("SIGKILL");
  alsoEnd();
  await ended;
}

/** Removes a container by name; for `alsoEnd`, since killing `docker run` leaves it running. */
export function removeContainer(name: string): void {
  spawnSync("docker", ["rm", "--force", name], { stdio: "ignore", timeout: 30_000 });
}

/** To be called once, first: Ctrl-C, a kill or an exception end the children as well. */
export function endChildrenOnExit(): void {
  process.on("exit", () => {
    for (const [child, alsoEnd] of endings) {
      child.kill("SIGKILL");
      alsoEnd();
    }
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // The shell's convention for a command that a signal ended.
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
