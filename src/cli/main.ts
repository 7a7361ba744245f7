#!/usr/bin/env node
/** The command line: `barewire COMMAND …`. Each command is a module of its own, loaded when asked for. */

import { EXIT, UsageError } from "./command-line.ts";
import { COMMANDS } from "./commands.ts";
import { nearestName } from "./nearest-name.ts";
import { version } from "./version.ts";

/** A command takes its arguments and resolves with its exit code. */
type Command = (args: readonly string[]) => Promise<number>;

const RUNS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve/command.ts")).serve,
  connect: async () => (await import("./connect/command.ts")).connectCommand,
  bench: async () => (await import("./bench/command.ts")).benchCommand,
  conform: async () => (await import("./conform/command.ts")).runConform,
  completion: async () => (await import("./completion/command.ts")).completionCommand,
};

const HELP = `Usage: barewire COMMAND [options]

Commands:
${COMMANDS.map(({ name, takes, does }) => `  ${`${name} ${takes}`.padEnd(18)}${does}`).join("\n")}
  help COMMAND      show what a command takes

Options:
  -h, --help        show this; after a command, show what it takes
  -v, --version     show the version

Exit codes of every command: 0 done, 1 it could not be done, or failed, 2 wrong
arguments; what that means for a command is at the end of its help.
`;

async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "-h") {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (name === "--version" || name === "-v" || name === "-V") {
    process.stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  if (name === "help") return await help(rest);
  const load = Object.hasOwn(RUNS, name) ? RUNS[name] : undefined;
  if (load === undefined) return unknown(name);
  try {
    const command = await load();
    return await command(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(
      `barewire ${name}: ${error.message}\nTry "barewire ${name} --help" for what it takes.\n`,
    );
    return EXIT.usage;
  }
}

async function help([name]: readonly string[]): Promise<number> {
  const page = COMMANDS.find((command) => command.name === name);
  if (name !== undefined && page === undefined) return unknown(name);
  process.stdout.write(page === undefined ? HELP : await page.help());
  return EXIT.ok;
}

function unknown(name: string): number {
  const names = COMMANDS.map((command) => command.name);
  const nearest = nearestName(name, [...names, "help"]);
  const guess = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  // A URL may have a password in it.
  const shown = /^[\w-]+$/.test(name)
    ? `there is no command "${name}"${guess}`
    : "expected a command; for a URL: barewire connect URL";
  const problem = name === "" ? "expected a command" : shown;
  process.stderr.write(`barewire: ${problem}\n\n${HELP}`);
  return EXIT.usage;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(EXIT.failure);
  // A reader that leaves (`barewire connect … | head -1`) is no failure of ours. `conform` goes on:
  // its reports and its exit code are for others.
  if (process.argv[2] !== "conform") process.exit(EXIT.ok);
});
// Who does not read what is told along the way does not need it.
process.stderr.on("error", () => {});

// No top-level await: the package has this as a CommonJS module.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
