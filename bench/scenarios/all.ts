import { client } from "./client.ts";
import { compressed, compression } from "./compressed.ts";
import { connections } from "./connections.ts";
import { growth } from "./growth.ts";
import { large } from "./large.ts";
import { pingPong } from "./ping-pong.ts";
import { pipelined } from "./pipelined.ts";
import type { Scenario } from "./scenario.ts";

/** What a run without `--scenario` measures. */
export const defaultScenarios: readonly Scenario[] = [
  ...pingPong,
  ...pipelined,
  ...large,
  ...connections,
  ...client,
  ...compressed,
];

/** Every scenario. */
export const allScenarios: readonly Scenario[] = [...defaultScenarios, ...growth, ...compression];

/**
 * The scenarios that a list of names means; a name stands for itself and for all that begin with
 * it and a hyphen.
 *
 * @throws Error if a name fits none
 */
export function selectScenarios(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return defaultScenarios;
  const fits = (name: string, { id }: Scenario) => id === name || id.startsWith(`${name}-`);
  for (const name of names) {
    if (!allScenarios.some((scenario) => fits(name, scenario))) {
      const known = allScenarios.map(({ id }) => id).join(", ");
      throw new Error(`no scenario is called "${name}"; there are: ${known}`);
    }
  }
  return allScenarios.filter((scenario) => names.some((name) => fits(name, scenario)));
}
