/** Prints when connections open in a program that knows nothing of it: `node --import watch.ts program.mjs`. */

import { subscribe } from "node:diagnostics_channel";
import { writeSync } from "node:fs";

subscribe("barewire:connection:open", () => {
  // Written at once, so that nothing is lost however the process ends.
  writeSync(1, `opened ${(Number(process.hrtime.bigint()) / 1e6).toFixed(3)}\n`);
});
