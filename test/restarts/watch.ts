/**
 * Notes when connections open in a program that knows nothing of it, and for how long it stands still, in the file
 * that `RECORD` names: `node --import watch.ts program.mjs`.
 */

import { subscribe } from "node:diagnostics_channel";
import { openSync, writeSync } from "node:fs";
import { now, watchStandstill } from "./standstill.ts";

const file = openSync(process.env["RECORD"]!, "a");

/** Written at once, so that nothing is lost however the process ends. */
function note(what: "open" | "still", value: number): void {
  writeSync(file, `${what} ${now()} ${value}\n`);
}

subscribe("barewire:connection:open", () => note("open", 1));
watchStandstill((milliseconds) => {
  if (milliseconds > 100) note("still", milliseconds);
});
