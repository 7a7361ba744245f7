/** `barewire completion`: prints the completion for a shell. */

import { EXIT, parseCommandLine, UsageError } from "../command-line.ts";
import { COMMANDS } from "../commands.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { COMPLETION_HELP } from "./help.ts";
import { optionsOfHelp } from "./help-options.ts";
import type { CompletedCommand } from "./words.ts";
import { zshCompletion } from "./zsh.ts";

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * Runs the command.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function completionCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(COMPLETION_HELP);
    return EXIT.ok;
  }
  const [shell = ""] = positionals;
  const complete = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (complete === undefined || positionals.length > 1) {
    throw new UsageError("expected the name of one shell: bash, zsh or fish");
  }
  process.stdout.write(complete(await completedCommands()));
  return EXIT.ok;
}

/** The commands with the options that their help lists. */
async function completedCommands(): Promise<CompletedCommand[]> {
  return await Promise.all(
    COMMANDS.map(async ({ name, does, words = [], help }) => ({
      name,
      does,
      words,
      options: optionsOfHelp(await help()),
    })),
  );
}
