import { parseArgs } from "node:util";
import type { Library } from "./scenario.ts";

/** The command line of `npm run attack`. */

/** What `--help` prints. */
export const HELP = `Usage: npm run attack [-- [options] [SCENARIO...]]

Attacks barewire, and ws beside it, each in a process of its own, and judges what that cost:
resident memory, open descriptors, how long an honest client beside it had to wait, whether a fresh
client is served afterwards. Names of scenarios run just these; a name also means all that begin
with it and a hyphen. All load stays on 127.0.0.1. An attack in which only the clock speaks against
barewire is made again, three times at most: the machine may have been busy with something else.

  --fast            a subset of smaller attacks in a minute or so, without ws unless --library names
                    it; implies --no-clock
  --no-clock        do not judge what depends on a clock, for a machine that is busy otherwise; what
                    the victim takes in processor time is judged all the same
  --library A,B     only these of: barewire, ws
  --json FILE       write what was found as JSON
  --list            print the scenarios
  --help            print this

It needs Linux (/proc) and some 20,000 file descriptors, see \`ulimit -n\`.

Exit codes: 0 barewire has kept every figure, 1 it has not, 2 the attacks could not be run.
`;

/** What the command line asks for. */
export interface Options {
  readonly scenarios: readonly string[];
  readonly fast: boolean;
  /** Whether times by the clock are judged. */
  readonly clock: boolean;
  readonly libraries: readonly Library[];
  readonly json: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const LIBRARIES: readonly Library[] = ["barewire", "ws"];

/** Reads the arguments. Throws {@link UsageError}. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = readArguments(args);
  const fast = values.fast ?? false;
  return {
    scenarios: positionals,
    fast,
    clock: !fast && !values["no-clock"],
    libraries: parseLibraries(values.library) ?? (fast ? ["barewire"] : LIBRARIES),
    json: values.json,
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
        fast: { type: "boolean" },
        "no-clock": { type: "boolean" },
        library: { type: "string", multiple: true },
        json: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseLibraries(lists: readonly string[] | undefined): Library[] | undefined {
  if (lists === undefined) return undefined;
  const names = lists.flatMap((list) => list.split(","));
  const unknown = names.find((name) => !LIBRARIES.some((library) => library === name));
  if (unknown !== undefined) {
    throw new UsageError(`--library knows ${LIBRARIES.join(" and ")}, not "${unknown}"`);
  }
  return LIBRARIES.filter((library) => names.includes(library));
}
