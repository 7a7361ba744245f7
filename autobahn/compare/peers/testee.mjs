/**
 * What the testees in JavaScript share. A server takes a port, or any that is free, and prints its `ws://` URL
 * as its first line. A client gets the suite's URL and its name in the reports, runs every case, and ends. Both
 * end with their input where it comes from a runner.
 */
import { fstatSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** The limit for a message, in bytes: section 9 sends 16 MiB. */
export const MAX_MESSAGE = 64 * 1024 * 1024;

/** Milliseconds that the suite may take to start. */
const START_TIMEOUT = 60_000;

export const HOST = "127.0.0.1";

/** The port of a server; 0 for any. */
export const PORT = Number(process.argv[2] ?? 0);

function endWithRunner() {
  // A terminal, or /dev/null, which is at its end from the beginning.
  if (fstatSync(0).isCharacterDevice()) return;
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(1));
}

/** Tells the runner that the server listens. */
export function listening(port) {
  endWithRunner();
  console.log(`ws://${HOST}:${port}`);
}

/**
 * Runs every case the suite has.
 *
 * @param open `(url, onText)`: connects and resolves when the connection has ended. Messages are
 * sent back, or handed to `onText` where one is given.
 */
export async function runCases(open) {
  endWithRunner();
  const [suite, agent] = process.argv.slice(2);
  const deadline = Date.now() + START_TIMEOUT;
  let count = 0;
  while (count === 0 && Date.now() < deadline) {
    await open(`${suite}/getCaseCount`, (text) => {
      count = Number(text);
    });
    if (count === 0) await delay(100);
  }
  for (let number = 1; number <= count; number++) {
    await open(`${suite}/runCase?case=${number}&agent=${agent}`);
  }
  await open(`${suite}/updateReports?agent=${agent}`, () => {});
  process.exit(0);
}
