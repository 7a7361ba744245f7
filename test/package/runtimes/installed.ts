/** What the checks on other runtimes need: the package, and the runtimes. */

import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { installIn, packAll } from "../pack.ts";
import type {} from "../packed.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** `node_modules` with the runtimes. */
    readonly runtimes: string;
  }
}

export default async function setup(tests: TestProject): Promise<() => Promise<void>> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  tests.provide("runtimes", installIn(here, "Node.js, Bun and Deno, 1.6 GB"));
  const { packed, remove } = await packAll();
  tests.provide("packed", packed);
  return remove;
}
