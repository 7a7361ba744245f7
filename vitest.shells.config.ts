import { defineConfig } from "vitest/config";

// Real bash, zsh and fish: `npm run test:shells`. They need these shells, which `npm test` does without.
export default defineConfig({
  test: {
    include: ["test/shells/**/*.shells.ts"],
    globalSetup: ["test/cli/build-command.ts"],
    testTimeout: 30_000,
  },
});
