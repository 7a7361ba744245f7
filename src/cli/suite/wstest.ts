#!/usr/bin/env node
/** `wstest`: the command line of Autobahn's suite before this one, for the scripts that have it. */

import { EXIT, parseCommandLine, UsageError } from "../command-line.ts";
import { runConform } from "../conform/command.ts";
import { version } from "../version.ts";

const HELP = `Usage: wstest -m MODE [-s FILE]

Autobahn's command line, with the suite of barewire behind it.

  -m, --mode MODE   fuzzingclient tests servers, fuzzingserver tests clients
  -s, --spec FILE   what to test, in Autobahn's form (MODE.json)
  -c, --cert FILE, -k, --key FILE
                    certificate and key in PEM, for fuzzingserver with TLS
  -a, --autobahnversion, --version
                    print the version
  -h, --help        show this

Exit codes: 0 the tests were run, 2 they could not be. As with Autobahn's, what failed is in the reports
only; barewire-conform, which takes the same files by --spec, has an exit code for that.
`;

const MODES = ["fuzzingclient", "fuzzingserver"];

async function wstest(args: readonly string[]): Promise<number> {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      mode: { type: "string", short: "m" },
      spec: { type: "string", short: "s" },
      cert: { type: "string", short: "c" },
      key: { type: "string", short: "k" },
      autobahnversion: { type: "boolean", short: "a" },
      version: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (values.version || values.autobahnversion) {
    process.stdout.write(`barewire-conform ${version()}\n`);
    return EXIT.ok;
  }
  const { mode, spec, cert, key } = values;
  if (mode === undefined || !MODES.includes(mode)) {
    throw new UsageError(`--mode: expected ${MODES.join(" or ")}, got ${mode ?? "none"}`);
  }
  const files = ["--spec", spec ?? `${mode}.json`];
  if (cert !== undefined) files.push("--cert", cert);
  if (key !== undefined) files.push("--key", key);
  const code = await runConform(files);
  return code === EXIT.failure ? EXIT.ok : code;
}

process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

// Autobahn's image has the name of the program in front of its options.
const [first, ...rest] = process.argv.slice(2);
void wstest(first === "wstest" ? rest : process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`wstest: ${error.message}\nTry "wstest --help" for what it takes.\n`);
    process.exitCode = EXIT.usage;
  },
);
