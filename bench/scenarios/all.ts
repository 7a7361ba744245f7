import { client } from "./client.ts";
import { compressed, compression } from "./compressed.ts";
import { connections, tls } from "./connections.ts";
import { fanOut } from "./fan-out.ts";
import { growth } from "./growth.ts";
import { http2 } from "./http2.ts";
import { large } from "./large.ts";
import { latencies } from "./latency.ts";
import { hello, pingPong } from "./ping-pong.ts";
import { pipelined } from "./pipelined.ts";
import type { Scenario } from "./scenario.ts";
import { fleets, subscribed, topics } from "./topics.ts";
import { workedFor } from "./worked.ts";

/** What a run without `--scenario` measures, that of ordinary use first. */
export const defaultScenarios: readonly Scenario[] = [
  ...pingPong,
  ...hello,
  ...fanOut,
  ...topics,
  ...pipelined,
  ...large,
  ...connections,
  ...tls,
  ...client,
  ...compressed,
];

/** Every scenario. */
export const allScenarios: readonly Scenario[] = [
  ...defaultScenarios,
  ...latencies,
  ...subscribed,
  ...fleets,
  ...workedFor,
  ...growth,
  ...http2,
  ...compression,
];

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
