/** What was typed before, kept in a file of the user's. */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** So many lines are kept. */
export const HISTORY_SIZE = 1000;

/**
 * The file of the history: BAREWIRE_HISTORY (none where that is empty), else `barewire/history` where
 * the system keeps the state of programs.
 */
export function historyFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { BAREWIRE_HISTORY, XDG_STATE_HOME, LOCALAPPDATA } = env;
  if (BAREWIRE_HISTORY !== undefined) return BAREWIRE_HISTORY || undefined;
  const state = XDG_STATE_HOME || LOCALAPPDATA || join(homedir(), ".local", "state");
  return join(state, "barewire", "history");
}

/** The history in a file, or one of this session alone. What cannot be read or written is passed over. */
export class History {
  readonly #file: string | undefined;
  /** The lines, the newest first, as node:readline has them. */
  readonly entries: string[];

  constructor(file: string | undefined) {
    this.#file = file;
    const lines = file === undefined ? [] : readLines(file);
    this.entries = lines.slice(-HISTORY_SIZE).reverse();
    // Others may be adding to it, too; so it is cut only when it has grown well beyond its size.
    if (file !== undefined && lines.length > 2 * HISTORY_SIZE) this.#cut(file);
  }

  /** Keeps a line, unless it begins with a blank: as in a shell, such a line is not to be kept. */
  add(line: string): void {
    if (this.#file === undefined || !isKept(line)) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    } catch {
      // A history that cannot be kept is no reason to fail.
    }
  }

  #cut(file: string): void {
    try {
      writeFileSync(file, `${[...this.entries].reverse().join("\n")}\n`, { mode: 0o600 });
    } catch {
      // As in add().
    }
  }
}

/** Whether a line is kept. */
export function isKept(line: string): boolean {
  return line !== "" && !line.startsWith(" ");
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}
