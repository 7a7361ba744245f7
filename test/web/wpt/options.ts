/** The command line of `npm run wpt`. */

import { parseArgs } from "node:util";

/** Whose classes are tested; undici's newest major version has a name of its own. */
const SUBJECTS = ["barewire", "undici", "undici-8"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What the command line asks for. */
export interface Options {
  readonly help: boolean;
  /** A checkout of the Web Platform Tests, or its folder `websockets/`. */
  readonly folder: string;
  readonly subject: Subject;
  /** Only tests with this in their names. */
  readonly filter: string;
  /** The Node.js that runs the tests. */
  readonly node: string;
  /** Tests that run side by side. */
  readonly jobs: number;
  /** Print each test when it has ended, and each subtest that failed, also those that are expected to. */
  readonly verbose: boolean;
}

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: npm run wpt -- DIR [options]

Runs the Web Platform Tests of WebSockets, over ws and wss, against barewire/web, and judges the
result by test/web/wpt/expectations.json. DIR is a checkout of the tests
(https://github.com/web-platform-tests/wpt), or its folder websockets/ beside resources/. Their server
is pywebsocket3, which is installed from PyPI for the first run: Python 3.9 or later is needed.

  --class NAME              whose classes: barewire (default), or for comparison undici or undici-8
  --filter TEXT             only tests with TEXT in their paths (default: all)
  --node PATH               the Node.js that runs them (default: this one)
  --jobs N                  tests side by side (default: 4)
  --verbose                 print each test when it has ended, and what fails as expected, too
  --help                    this text

Exit code 0: all as expected; 1: something is not; 2: could not be run.
`;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new UsageError("--jobs: expected a number from 1 on");
  const subject = SUBJECTS.find((name) => name === values.class);
  if (subject === undefined) throw new UsageError(`--class: expected ${SUBJECTS.join(", ")}`);
  const [folder, ...others] = positionals;
  if (!values.help && (folder === undefined || others.length > 0)) {
    throw new UsageError("expected one folder: a checkout of the Web Platform Tests");
  }
  const { help, filter, node, verbose } = values;
  return { help, folder: folder ?? "", subject, filter, node, jobs, verbose };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false },
        class: { type: "string", default: "barewire" },
        filter: { type: "string", default: "" },
        node: { type: "string", default: process.execPath },
        jobs: { type: "string", default: "4" },
        verbose: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
