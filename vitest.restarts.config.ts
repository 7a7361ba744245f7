import { defineConfig } from "vitest/config";

// Services that are restarted while their clients stay: `npm run test:restarts`, which installs
// test/restarts/package.json first. Needs haproxy, redis-server and systemd-socket-activate on the PATH.
export default defineConfig({
  test: {
    include: ["test/restarts/**/*.restarts.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
