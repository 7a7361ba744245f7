import { parseArgs } from "node:util";

/** The command line of `npm run fuzz`. */

/** What `--help` prints. */
export const HELP = `Usage: npm run fuzz [-- [options] [TARGET...]]

Gives the parsers of barewire, its decompressor and whole connections inputs that are right, changed
or random, and holds what they make of them against slow references. Everything of an input follows
from its seed. Without targets all are run, one after the other.

  --inputs N        inputs for each target (default 100,000)
  --seconds N       end a target after so many seconds, whatever is missing (default: no limit)
  --seed N          the first seed; those behind it follow (default: from the clock)
  --log FILE        append a line to a file for each target: its seeds and what came of them
  --list            print the targets
  --help            print this

A failure names its seed: \`npm run fuzz -- TARGET --seed SEED --inputs 1\` repeats it.

Exit codes: 0 nothing was found, 1 something was, 2 the command line is wrong.
`;

/** What the command line asks for. */
export interface Options {
  readonly targets: readonly string[];
  readonly inputs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly log: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments. Throws {@link UsageError}. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = readArguments(args);
  return {
    targets: positionals,
    inputs: count("--inputs", values.inputs ?? "100000"),
    seconds:
      values.seconds === undefined ? Number.POSITIVE_INFINITY : count("--seconds", values.seconds),
    seed: values.seed === undefined ? Date.now() % 1e9 : count("--seed", values.seed),
    log: values.log,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        inputs: { type: "string" },
        seconds: { type: "string" },
        seed: { type: "string" },
        log: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(option: string, text: string): number {
  const number = Number(text.replaceAll(/[,_]/g, ""));
  if (Number.isSafeInteger(number) && number >= 0 && text !== "") return number;
  throw new UsageError(`${option} is "${text}"; expected a whole number`);
}
