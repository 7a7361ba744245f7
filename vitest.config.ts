import { configDefaults, defineConfig } from "vitest/config";
import { longTests } from "./vitest.long.config.ts";

// What a newcomer runs: `npm test`.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...longTests],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // By default a core is left idle, of two one half of the time.
    maxWorkers: "100%",
    // What is waited for comes in its time, on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
  },
});
