#!/usr/bin/env node
/** The command line: `barewire COMMAND …`. Each command is a module of its own, loaded when asked for. */

import { EXIT, UsageError } from "./command-line.ts";
import { version } from "./version.ts";

/** A command takes its arguments and resolves with its exit code. */
type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  connect: async () => (await import("./connect.ts")).connectCommand,
  conform: async () => (await import("./conform.ts")).runConform,
};

const HELP = `Usage: barewire COMMAND [options]

Commands:
  serve          serve the echo page and an echo over WebSocket
  connect URL    talk to a WebSocket server from the terminal
  conform URL    test a WebSocket server, or clients, against RFC 6455 and RFC 7692

Options:
  -h, --help     show this; after a command, show what it takes
  -v, --version  show the version
`;

async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const problem = name === "" ? "expected a command" : `there is no command "${name}"`;
    process.stderr.write(`barewire: ${problem}\n\n${HELP}`);
    return EXIT.usage;
  }
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
