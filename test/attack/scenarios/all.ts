import { UsageError } from "../options.ts";
import type { Scenario } from "../scenario.ts";
import { clientTraffic } from "./client-traffic.ts";
import { clients } from "./clients.ts";
import { compression } from "./compression.ts";
import { connections } from "./connections.ts";
import { endings } from "./endings.ts";
import { files } from "./files.ts";
import { floods } from "./floods.ts";
import { frames } from "./frames.ts";
import { heads } from "./heads.ts";
import { http2Floods } from "./http2-floods.ts";
import { http2Streams } from "./http2-streams.ts";
import { lengths } from "./lengths.ts";
import { rates } from "./rates.ts";
import { slowReaders } from "./slow-readers.ts";

/** Every scenario, in the order in which they run. */
export const allScenarios: readonly Scenario[] = [
  ...slowReaders,
  ...lengths,
  ...frames,
  ...floods,
  ...compression,
  ...connections,
  ...rates,
  ...endings,
  ...heads,
  ...http2Floods,
  ...http2Streams,
  ...files,
  ...clients,
  ...clientTraffic,
];

/**
 * The scenarios that a list of names means; a name stands for itself and for all that begin with it
 * and a hyphen.
 *
 * @throws UsageError if a name fits none
 */
export function selectScenarios(names: readonly string[], fast: boolean): readonly Scenario[] {
  const fits = (name: string, { id }: Scenario) => id === name || id.startsWith(`${name}-`);
  for (const name of names) {
    if (!allScenarios.some((scenario) => fits(name, scenario))) {
      throw new UsageError(`no scenario is called "${name}"; --list shows them`);
    }
  }
  const able = allScenarios.filter((scenario) => !fast || scenario.fast);
  if (names.length === 0) return able;
  return able.filter((scenario) => names.some((name) => fits(name, scenario)));
}
