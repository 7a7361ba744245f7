import { describe, expect, it } from "vitest";
import { fuzz } from "./target.ts";
import { targets } from "./targets/all.ts";

/**
 * A fixed number of inputs for each target from a fixed seed; `npm run fuzz` goes further. A failure
 * names its seed, and `FUZZ_SEED=<seed> npx vitest run test/fuzz` begins with just that one.
 */
const { FUZZ_SEED } = process.env;
const SEED = Number(FUZZ_SEED ?? 1);

describe("fuzzed", () => {
  it.each(targets.map((target) => [target.title, target] as const))(
    "%s",
    {
      timeout: 60_000,
    },
    async (_, target) => {
      const { outcomes } = await fuzz(target, { seed: SEED, inputs: target.inputs });
      const missing = target.outcomes.filter((outcome) => !outcomes.has(outcome));
      if (FUZZ_SEED === undefined) expect(missing).toEqual([]);
    },
  );
});
