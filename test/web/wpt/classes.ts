/** The classes under test as one module, so that each of hundreds of processes has them at once. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Subject } from "./options.ts";

const ENTRIES: Readonly<Record<Subject, string>> = {
  barewire: fileURLToPath(new URL("../../../src/web/web.ts", import.meta.url)),
  undici: "undici",
  "undici-8": "undici-8",
};

/** What the tests speak of. */
const NAMES = ["WebSocket", "CloseEvent", "WebSocketStream", "WebSocketError"].join(", ");

/** @returns path of the module */
export async function bundleClasses(subject: Subject, folder: string): Promise<string> {
  const outfile = join(folder, `${subject}.mjs`);
  await build({
    stdin: {
      contents: `export { ${NAMES} } from ${JSON.stringify(ENTRIES[subject])};`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // undici asks for Node's modules by require().
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return outfile;
}
