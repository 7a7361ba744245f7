/** What the completions of all shells are made of. */

import type { HelpOption } from "./help-options.ts";

/** A command, as far as a shell wants to know. */
export interface CompletedCommand {
  readonly name: string;
  readonly does: string;
  /** Words that may follow. */
  readonly words: readonly string[];
  readonly options: readonly HelpOption[];
}

/** What can be completed behind an option: names of files or directories, or one of these words. */
export type Completed = "file" | "directory" | readonly string[];

/** Options whose values are words. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  bytes: ["hex", "base64", "raw"],
  color: ["auto", "always", "never"],
  proxy: ["env", "none"],
  rate: ["max"],
  show: ["mark", "time", "size", "mark,time,size", "none"],
  split: ["line", "null", "none"],
  wait: ["forever"],
};

/** What can be completed behind an option; nothing for what only the user knows. */
export function completedValue({ long, value }: HelpOption): Completed {
  if (/\bFILE\b/.test(value)) return "file";
  if (/\bDIR\b/.test(value)) return "directory";
  return WORDS[long] ?? [];
}

/** The option as it is typed, the long one first. */
export function spellings({ long, short }: HelpOption): string[] {
  return short === "" ? [`--${long}`] : [`--${long}`, `-${short}`];
}

/** Text for a shell, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What an option does, as short as a list of a shell wants it. */
export function brief({ does }: HelpOption): string {
  return (does.split(/;|: | \(/, 1)[0] ?? "").trim();
}
