import type { Peer } from "../peers.ts";
import type { ScenarioResult } from "../report/results.ts";
import { isWeighed, type Scenario } from "../scenarios/scenario.ts";
import type { Run } from "./run-settings.ts";
import { timeScenario } from "./timed.ts";
import { weighScenario } from "./weighed.ts";

/** Measures the peers in one scenario. */
export function measureScenario(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<ScenarioResult> {
  const measure = isWeighed(scenario) ? weighScenario : timeScenario;
  return measure(scenario, peers, run);
}
