import { defineConfig } from "vitest/config";

// Brokers with the real engines: `npm run test:brokers`, which installs test/brokers/package.json first. Needs
// redis-server and nats-server on the PATH, which the tests start and kill.
export default defineConfig({
  test: {
    include: ["test/brokers/**/*.brokers.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
