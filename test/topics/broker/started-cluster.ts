import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/**
 * Starts a program that calls `leadCluster`. It ends with the test.
 *
 * @returns the port of each of its workers
 */
export async function startCluster(program: URL, workers: number): Promise<number[]> {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(program)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ports: number[] = [];
  while (ports.length < workers) ports.push(Number((await lines.next()).value));
  return ports;
}
