import { defineConfig } from "vitest/config";

// The package as it is published, on each runtime that it is for: `npm run test:runtimes`. They are
// installed once, from npm.
export default defineConfig({
  test: {
    include: ["test/package/runtimes/*.runtimes.ts"],
    globalSetup: ["test/package/runtimes/installed.ts"],
    hookTimeout: 300_000,
  },
});
