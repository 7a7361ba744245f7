import { parseArgs } from "node:util";

/** The command line of the benchmark. */

/** What `--help` prints. */
export const help = `npm run bench -- [options]

Measures barewire and its peers side by side: each server in a process of its own, the load
generator in another, rounds interleaved. Without options it takes about six minutes.

  --scenario A,B   only these; a name also means all that begin with it and a hyphen
                   ("pipelined"; "latency", "worked", "growth", "subscriptions", "fleet" and
                   "compressed" have more than a run without options)
  --peers A,B      only these, and in every scenario ("ws,barewire"); "net" gives the limit,
                   "barewire" means all forms of a scenario, "barewire-for-await" that one
  --seconds N      time measured per round (default 0.2)
  --rounds N       rounds (default 3)
  --node WHAT      Node for the measured processes: a path, or a version such as 24, which is
                   then fetched from npm (default: the Node that runs this)
  --before COMMIT  measure barewire as it was at this commit too, in the same run
  --workers N      processes that share a port (node:cluster), up to so many: 1, 2, 4 and so on; for
                   net, barewire and ws, where messages are echoed and where connections come and go
  --load RUNTIME   "bun" or "node": what the load generator runs on (default: bun where its
                   binary is installed, since it costs less processor time)
  --unpinned       leave it to the system which cores the processes run on
  --targets        print the project's targets beside what was reached
  --json FILE      write the results as JSON
  --html FILE      write the report as a page with charts
  --cpu-prof       write CPU profiles of the Node processes to bench/.cache/profiles
  --list           print scenarios, peers and targets
  --help           print this
`;

/** The options of a run. */
export interface Options {
  readonly scenarios: readonly string[];
  readonly peers: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly node: string | undefined;
  readonly before: string | undefined;
  readonly workers: number;
  readonly load: "bun" | "node" | undefined;
  readonly unpinned: boolean;
  readonly targets: boolean;
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly cpuProf: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws Error that says which option is wrong and what was expected
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", multiple: true },
      peers: { type: "string", multiple: true },
      seconds: { type: "string", default: "0.2" },
      rounds: { type: "string", default: "3" },
      node: { type: "string" },
      before: { type: "string" },
      workers: { type: "string", default: "1" },
      load: { type: "string" },
      unpinned: { type: "boolean", default: false },
      targets: { type: "boolean", default: false },
      json: { type: "string" },
      html: { type: "string" },
      "cpu-prof": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { load } = values;
  if (load !== undefined && load !== "bun" && load !== "node") {
    throw new Error(`--load is "${load}"; expected "bun" or "node"`);
  }
  return {
    scenarios: names(values.scenario),
    peers: names(values.peers),
    seconds: positive("--seconds", values.seconds),
    rounds: whole("--rounds", values.rounds),
    node: values.node,
    before: values.before,
    workers: whole("--workers", values.workers),
    load,
    unpinned: values.unpinned,
    targets: values.targets,
    json: values.json,
    html: values.html,
    cpuProf: values["cpu-prof"],
    list: values.list,
    help: values.help,
  };
}

function names(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(",")).filter((name) => name !== "");
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new Error(`${option} is "${text}"; expected a number above 0`);
  }
  return value;
}

function whole(option: string, text: string): number {
  const value = positive(option, text);
  if (!Number.isInteger(value)) throw new Error(`${option} is ${text}; expected a whole number`);
  return value;
}
