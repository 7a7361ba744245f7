import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // What is waited for comes in its time, on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
  },
});
