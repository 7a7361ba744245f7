#!/usr/bin/env node
/** `barewire-conform`: the command `barewire conform` as a program of its own. */

import { EXIT } from "../command-line.ts";
import { runConform } from "../conform/command.ts";

// A reader that leaves (`barewire-conform … | head -1`) is no failure: the reports and the exit code
// are for others.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(EXIT.failure);
});
process.stderr.on("error", () => {});

// No top-level await: the package and the executables have this as a CommonJS module.
void runConform(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
