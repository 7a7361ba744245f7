/** What the tests of the package share: it is built and packed once for all of them. */

import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { installIn, type Packed, packAll } from "./pack.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly packed: Packed;
    /** `node_modules` with the compilers and programs that use the package. */
    readonly consumers: string;
  }
}

export default async function setup(tests: TestProject): Promise<() => Promise<void>> {
  const consumers = fileURLToPath(new URL("consumers/", import.meta.url));
  tests.provide("consumers", installIn(consumers, "compilers and bundlers, 430 MB"));
  const { packed, remove } = await packAll();
  tests.provide("packed", packed);
  return remove;
}
