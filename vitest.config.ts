import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { longTests } from "./vitest.long.config.ts";

// What a newcomer runs: `npm test`.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...longTests],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    globalSetup: ["test/cli/build-command.ts"],
    // The tests of a worker share the modules that they import: to import them anew for each file would take
    // longer than the tests.
    isolate: false,
    // Tests wait half of their time.
    maxWorkers: Math.max(4, availableParallelism()),
    // What is waited for comes in its time, on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
  },
});
