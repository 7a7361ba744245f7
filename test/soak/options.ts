import { parseArgs } from "node:util";

/** The command line of `npm run soak`. */

/** What `--help` prints. */
export const HELP = `Usage: npm run soak [-- options]

Runs a server under honest and hostile traffic for a long time, with connections that come and go, TLS and
compression among them, and checks that memory, descriptors, timers and heap of the server and of the
clients are flat after the first tenth, and that every echo is right. All load stays on loopback.

  --minutes N       how long (default 5; 60 for a report)
  --connections N   honest connections open at a time (default 1000)
  --json FILE       write the figures as JSON
  --help            print this

It needs Linux (/proc) and a quarter more file descriptors than connections, see \`ulimit -n\`.

Exit codes: 0 all is flat and right, 1 it is not, 2 it could not be run.
`;

/** What the command line asks for. */
export interface Options {
  readonly minutes: number;
  readonly connections: number;
  readonly json: string | undefined;
  readonly help: boolean;
}

/** A mistake on the command line, or something that is missing. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments. Throws {@link UsageError}. */
export function parseOptions(args: readonly string[]): Options {
  const values = readArguments(args);
  return {
    minutes: positive("--minutes", values.minutes ?? "5"),
    connections: Math.round(positive("--connections", values.connections ?? "1000")),
    json: values.json,
    help: values.help ?? false,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string" },
        connections: { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new UsageError(`${option} is "${text}"; expected a number above 0`);
}
