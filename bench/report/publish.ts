import { allScenarios } from "../scenarios/all.ts";
import { growthCharts } from "./growth.ts";
import { lineChart } from "./line-chart.ts";
import {
  fleetTable,
  http2Table,
  idleSentence,
  latencyTable,
  mainTable,
  runsList,
  subscriptionsTable,
  targetsTable,
  type Version,
  workedTable,
  workersTable,
} from "./markdown.ts";
import { chartStyle } from "./page-style.ts";
import type { Results, ScenarioResult } from "./results.ts";

/** What the documents show of the results in `bench/results`. */

/** The results by major version of Node, the lowest first; of what was measured twice, the later. */
export function byVersion(all: readonly Results[]): Version[] {
  const majors = new Map<string, Results[]>();
  const inOrder = [...all].sort((a, b) => a.circumstances.date.localeCompare(b.circumstances.date));
  for (const results of inOrder) {
    const node = results.circumstances.versions.node.split(".")[0]!;
    majors.set(node, [...(majors.get(node) ?? []), results]);
  }
  return [...majors]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([node, runs]) => {
      const scenarios = new Map<string, ScenarioResult>();
      for (const run of runs) {
        for (const result of run.scenarios) scenarios.set(keyOf(result), result);
      }
      const order = (result: ScenarioResult) =>
        allScenarios.findIndex(({ id }) => id === result.scenario.id);
      return {
        node,
        runs: runs.map((run) => run.circumstances),
        scenarios: [...scenarios.values()].sort((a, b) => order(a) - order(b)),
      };
    });
}

/** A scenario with several processes is another one than the same without. */
function keyOf({ scenario, peers }: ScenarioResult): string {
  const withWorkers = peers.some(({ peer }) => / workers$/.test(peer));
  return `${scenario.id}${withWorkers ? " with workers" : ""}`;
}

/** The sections of the documents, by name. */
function sections(versions: readonly Version[]): Readonly<Record<string, string>> {
  const main = versions[0];
  const single = versions.map((version) => ({
    ...version,
    scenarios: version.scenarios.filter((each) => !keyOf(each).endsWith(" with workers")),
  }));
  return {
    main: main === undefined ? "" : mainTable(single[0]!),
    idle: main === undefined ? "" : idleSentence(single[0]!),
    targets: targetsTable(single),
    latency: latencyTable(versions),
    worked: workedTable(versions),
    subscriptions: subscriptionsTable(versions),
    fleet: fleetTable(versions),
    http2: http2Table(versions),
    workers: workersTable(versions),
    runs: runsList(versions),
    charts: charts(versions)
      .map(({ file, title }) => `![${title}](charts/${file})`)
      .join("\n\n"),
  };
}

/**
 * A document with its sections written anew: what stands between `<!-- results:NAME -->` and
 * `<!-- /results -->`.
 *
 * @throws Error for a section that there is not
 */
export function publish(document: string, versions: readonly Version[]): string {
  const found = sections(versions);
  return document.replaceAll(/<!-- results:(\w+) -->.*?<!-- \/results -->/gs, (_, name: string) => {
    const text = found[name];
    if (text === undefined) throw new Error(`there is no section called "${name}"`);
    return `<!-- results:${name} -->\n\n${text}\n\n<!-- /results -->`;
  });
}

/** Charts of growth, as files. */
export function charts(
  versions: readonly Version[],
): { readonly file: string; readonly title: string; readonly svg: string }[] {
  return versions.flatMap(({ node, scenarios }) =>
    growthCharts(scenarios).map(({ id, chart }) => {
      const title = `Node ${node}: ${chart.title}`;
      const svg = lineChart({ ...chart, title })
        .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
        .replace(">", `><style>${chartStyle}</style>`);
      return { file: `growth-${id}-node-${node}.svg`, title, svg: `${svg}\n` };
    }),
  );
}
