/** The command line of `npm run autobahn`. */
import { parseArgs } from "node:util";
import { PatternError, selectCases } from "./cases.ts";
import { PEER_NAMES } from "./compare/peers.ts";
import type { Role } from "./testee.ts";

/** Where the suite comes from; `auto` takes the first that works, in this order. */
export type SuiteSource = "auto" | "docker" | "path" | "python";

/** What the command line asks for. */
export interface Options {
  readonly help: boolean;
  /** Write the table of the last runs into docs/autobahn.md, and run nothing. */
  readonly writeDocs: boolean;
  readonly roles: readonly Role[];
  /** Cases to run, in the suite's order. */
  readonly cases: readonly string[];
  /** Folder of the reports, relative to the working directory; one subfolder per role. */
  readonly out: string;
  readonly suite: SuiteSource;
  /** Folder that holds `testee-server.ts` and `testee-client.ts`; undefined for this one. */
  readonly testees: string | undefined;
  /** Compare the suite with `barewire conform`, instead of judging this library. */
  readonly compare: ComparePlan | undefined;
}

/** What `--compare` adds. */
export interface ComparePlan {
  /** Names of peers, each once. */
  readonly peers: readonly string[];
  /** Peers and roles side by side. */
  readonly jobs: number;
  /** How often cases that differ are run again, at most. */
  readonly repeat: number;
  /** Take the suite's verdicts from reports of an earlier run where these have all cases. */
  readonly reuse: boolean;
  /** `barewire conform` sends as many messages as the suite in 12.* and 13.*. */
  readonly full: boolean;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const PEER_LINES = PEER_NAMES.map((name, i) => (i % 4 === 3 ? `\n${" ".repeat(30)}${name}` : name))
  .join(", ")
  .replaceAll(", \n", ",\n");

export const HELP = `Usage: npm run autobahn [-- options]

Runs the Autobahn|Testsuite against this library and judges the result.

  --role server|client|both   side that this library plays (default: both)
  --cases 1.*,6.4.*           cases to run (default: all of RFC 6455, 301); the 216 of compression
                              are 12.* and 13.*, and take a quarter to half an hour a role
  --exclude 9.*               cases to leave out of them (default: none)
  --out DIR                   folder of the reports (default: reports/autobahn);
                              DIR/server and DIR/client are written
  --suite auto|docker|path|python
                              where the suite comes from (default: auto, the first that works):
                              docker  the image crossbario/autobahn-testsuite
                              path    a wstest on the PATH
                              python  an environment made from PyPI for Python 2.7, kept in
                                      \${XDG_CACHE_HOME:-~/.cache}/barewire
  --testees DIR               folder with another library's testee-server.ts and testee-client.ts
  --compare                   run the suite and \`barewire conform\` against the same peers, and print
                              every difference; reports go to reports/compare
    --peers ws,bun            peers (default: all): ${PEER_LINES}
    --jobs N                  peers and roles side by side (default: 1; more disturb timing)
    --repeat N                how often cases that differ are run again (default: 3)
    --reuse                   take the suite's verdicts from --out where they are complete
    --full                    1000 messages in each of 12.* and 13.* from conform, too
  --write-docs                run nothing; write the table in docs/autobahn.md from the reports of
                              the last full run of both roles
  --help                      this text

Lists are separated by commas, and an option may be repeated. Quote patterns with a *.

Environment:
  AUTOBAHN_PYTHON             the Python 2.7 to use, where it is not found by itself
  AUTOBAHN_MESSAGES           messages in each case of 12.* and 13.*, 1 to 1000 (default: 1000, as the
                              suite has it), for a run in less time; with --suite python only

Exit codes: 0 all cases as wanted, 1 at least one was not, 2 the suite could not be run.
With --compare: 0 no difference but those known with a reason, 1 others, 2 as above.
`;

/**
 * Reads the arguments of the command, without `node` and the script.
 * Throws {@link UsageError}.
 */
export function parseOptions(args: readonly string[]): Options {
  const values = readArguments(args);
  try {
    const patterns = splitList(values.cases);
    return {
      help: values.help ?? false,
      writeDocs: values["write-docs"] ?? false,
      roles: parseRole(values.role ?? "both"),
      cases: selectCases(patterns ?? ["*"], splitList(values.exclude) ?? []),
      out: notEmpty(
        "--out",
        values.out ?? (values.compare ? "reports/compare" : "reports/autobahn"),
      ),
      suite: parseSuite(values.suite ?? "auto"),
      testees: values.testees === undefined ? undefined : notEmpty("--testees", values.testees),
      compare: parseCompare(values),
    };
  } catch (error) {
    if (error instanceof PatternError) throw new UsageError(error.message);
    throw error;
  }
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: "boolean", short: "h" },
        "write-docs": { type: "boolean" },
        role: { type: "string" },
        cases: { type: "string", multiple: true },
        exclude: { type: "string", multiple: true },
        out: { type: "string" },
        suite: { type: "string" },
        testees: { type: "string" },
        compare: { type: "boolean" },
        peers: { type: "string", multiple: true },
        jobs: { type: "string" },
        repeat: { type: "string" },
        reuse: { type: "boolean" },
        full: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseCompare(values: ReturnType<typeof readArguments>): ComparePlan | undefined {
  if (!values.compare) {
    const given = (["peers", "jobs", "repeat", "reuse", "full"] as const).find(
      (name) => values[name] !== undefined,
    );
    if (given !== undefined) throw new UsageError(`--${given} goes with --compare`);
    return undefined;
  }
  if (values.testees !== undefined) throw new UsageError("--compare has testees of its own");
  return {
    peers: parsePeers(splitList(values.peers) ?? ["all"]),
    jobs: parseCount("--jobs", values.jobs ?? "1", 1),
    repeat: parseCount("--repeat", values.repeat ?? "3", 0),
    reuse: values.reuse ?? false,
    full: values.full ?? false,
  };
}

function parsePeers(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => name !== "all" && !PEER_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`"${unknown}" is none of the peers all, ${PEER_NAMES.join(", ")}`);
  }
  return PEER_NAMES.filter((name) => names.includes("all") || names.includes(name));
}

function parseCount(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least) return number;
  throw new UsageError(`${option} must be a whole number from ${least}, not "${text}"`);
}

function splitList(lists: readonly string[] | undefined): string[] | undefined {
  if (lists === undefined) return undefined;
  const items = lists.flatMap((list) => list.split(",")).map((item) => item.trim());
  if (items.includes("")) throw new UsageError("a list of cases has an empty entry");
  return items;
}

function parseRole(role: string): readonly Role[] {
  if (role === "both") return ["server", "client"];
  if (role === "server" || role === "client") return [role];
  throw new UsageError(`--role must be server, client or both, not "${role}"`);
}

function parseSuite(suite: string): SuiteSource {
  if (suite === "auto" || suite === "docker" || suite === "path" || suite === "python") {
    return suite;
  }
  throw new UsageError(`--suite must be auto, docker, path or python, not "${suite}"`);
}

function notEmpty(option: string, value: string): string {
  if (value === "") throw new UsageError(`${option} needs the name of a folder`);
  return value;
}
