import { defineConfig } from "vitest/config";

/**
 * Tests that take long, or need more than a checkout: `npm run test:long`. `npm test` leaves them out,
 * `npm run test:all` and `.ci/run` do not.
 */
export const longTests: readonly string[] = [
  // A headless Chrome or Chromium, which may have to be downloaded.
  "test/browser/**/*.test.ts",
  "test/regression/nothing-to-send-after-disconnect.test.ts",
  // Programs of the documentation, each in a process of its own.
  "test/package/pages.test.ts",
  // Every case of the conformance suite against peers that are wrong in one point each.
  "test/conformance/mutants-*.test.ts",
  // Bombs, and the resident memory of the server that they are sent to.
  "test/compression/bombs.test.ts",
  // Floods and memory, as the suite measures them in its peers.
  "test/conformance/endurance*.test.ts",
  "test/conformance/memory.test.ts",
  // Whole runs of the suite, and peers that it has to wait for.
  "test/cli/conform/{ends,gate,output,command}.test.ts",
  "test/conformance/run/{repeats,death}.test.ts",
  "test/conformance/{report,window}.test.ts",
  "test/conformance/report/schema.test.ts",
];

export default defineConfig({
  test: {
    include: [...longTests],
    globalSetup: ["test/cli/build-command.ts"],
    // Much of it waits, so no core is to be left idle.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // What is waited for comes in its time, on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
  },
});
