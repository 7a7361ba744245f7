import { defineConfig } from "vitest/config";

// The package as it is published: `npm run test:package`. It is built and packed first, and the
// compilers and programs that use it are installed once, so `npm test` does without.
export default defineConfig({
  test: {
    include: ["test/package/**/*.package.ts"],
    globalSetup: ["test/package/packed.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
