import { defineConfig } from "vitest/config";

// Peers in other languages: `npm run test:peers`. They need Python 3 and Go, which `npm test`
// does without.
export default defineConfig({
  test: {
    include: ["test/peers/**/*.peers.ts"],
    testTimeout: 30_000,
    // The first build of the peers in Go compiles GoFrame.
    hookTimeout: 900_000,
  },
});
