import { defineConfig } from "vitest/config";

// What barewire is used beside, with the real packages and programs: `npm run test:packages`, which
// installs test/packages/package.json first. HAProxy, nginx and OpenSSL come from the system, Caddy and Envoy
// from PyPI.
export default defineConfig({
  test: {
    include: ["test/packages/**/*.packages.ts"],
    env: { NEXT_TELEMETRY_DISABLED: "1" },
    // The package barewire-ws is a link to here; Node is to load it, as any other.
    server: { deps: { external: [/\/dist\/packages\//] } },
    testTimeout: 60_000,
    // Next compiles its pages at the first request.
    hookTimeout: 180_000,
  },
});
