/** Asks for a password. */

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/**
 * Asks at the terminal for what must not be seen there.
 *
 * @returns what was typed, or undefined where there is no terminal, or the answer was Ctrl-D or Ctrl-C
 */
export async function askSecret(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  // The line editor works as ever; what it would show goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // From now on the terminal shows nothing of what is typed by itself.
  process.stderr.write(question);
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => resolve(undefined));
      lines.once("close", () => resolve(undefined));
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
