import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { longTests } from "./vitest.long.config.ts";

const ROOT = fileURLToPath(new URL("./", import.meta.url));

/** What tests turn the clock with, or count in the whole process: others must have left nothing there. */
const OF_THE_PROCESS = /useFakeTimers|getActiveResourcesInfo|memoryUsage/;

const alone = (readdirSync(join(ROOT, "test"), { recursive: true }) as string[])
  .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => OF_THE_PROCESS.test(readFileSync(join(ROOT, path), "utf8")));

const left = [...configDefaults.exclude, ...longTests];

// What a newcomer runs: `npm test`.
export default defineConfig({
  test: {
    globalSetup: ["test/cli/build-command.ts"],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // Tests wait half of their time.
    maxWorkers: Math.max(4, availableParallelism()),
    // What is waited for comes in its time, on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...left, ...alone],
          // The tests of a worker share the modules that they import: to import them anew for each file would take
          // longer than the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: alone, exclude: left } },
    ],
  },
});
