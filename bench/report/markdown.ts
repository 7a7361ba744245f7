import { FORMS, OURS } from "../peers.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { isFleet, isWeighed } from "../scenarios/scenario.ts";
import { formatBytes, formatFigure, formatRatio, threeDigits } from "./format.ts";
import type { Circumstances, ScenarioResult } from "./results.ts";
import { type Row, ratioBetween, summarize } from "./summary.ts";
import { judgeTargets, type Target, targets } from "./targets.ts";

/** The tables of the documents, from what runs have found. */

/** What runs on one major version of Node have found. */
export interface Version {
  /** The major version. */
  readonly node: string;
  readonly runs: readonly Circumstances[];
  readonly scenarios: readonly ScenarioResult[];
}

/**
 * A table, or what stands in its place where nothing was measured.
 *
 * @param left how many columns are no numbers
 */
function table(
  head: readonly string[],
  left: number,
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "Not measured.";
  const rule = head.map((_, i) => (i < left ? "---" : "--:"));
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function isOurs(row: Row): boolean {
  return row.peer === OURS || row.peer.startsWith(`${OURS}-`);
}

/** The words for a form; the id of any other peer. */
function formOf(peer: string): string {
  const form = peer === OURS ? "handler" : peer.slice(OURS.length + 1);
  return peer.startsWith(OURS) ? (FORMS[form as keyof typeof FORMS] ?? peer) : peer;
}

/** The title of a scenario, where a cell must not end. */
function titleOf({ title }: Scenario): string {
  return title.replaceAll("|", "\\|");
}

const OTHERS = ["ws", "net", "uws", "bun"];

/** What the README shows: each form of barewire in each scenario of a run without options. */
export function mainTable({ scenarios }: Version): string {
  const rows = scenarios
    .filter(({ scenario }) => !isWeighed(scenario) && scenario.work.kind !== "latency")
    .filter(({ scenario }) => scenario.point === undefined && !isFleet(scenario))
    .filter(({ scenario }) => !isOverHttp2(scenario))
    .flatMap((result) => {
      const all = summarize(result);
      const bound = (peer: string) => all.find((row) => row.peer === peer)?.loadBound === true;
      return all.filter(isOurs).map((row, i) => [
        i === 0 ? titleOf(result.scenario) : "",
        formOf(row.peer),
        `${formatFigure(row.value)}${row.loadBound ? " *" : ""}`,
        threeDigits(row.serverMicros),
        ...OTHERS.map((other) => {
          const ratio = ratioBetween(result, row.peer, other);
          return ratio === undefined ? "–" : `${threeDigits(ratio)}${bound(other) ? " *" : ""}`;
        }),
      ]);
    });
  const head = ["scenario", "form", "per second", "CPU µs"];
  return table([...head, "× ws", "× raw net", "× uWebSockets.js", "× Bun"], 2, rows);
}

/** What the README says of idle connections. */
export function idleSentence({ scenarios }: Version): string {
  const found = scenarios.find(({ scenario }) => scenario.id === "memory");
  const row = found && summarize(found).find(({ peer }) => peer === OURS);
  if (row === undefined) return "";
  const ratio = (value: number | undefined) => threeDigits(value ?? Number.NaN);
  return (
    `An idle connection takes ${formatBytes(Math.round(row.value))} of resident memory: ` +
    `${ratio(row.toWs)} of what it takes in ws, ${ratio(row.toNet)} of a bare \`net.Socket\`.`
  );
}

/** Each target, and what was reached on each version; met ones are bold. */
export function targetsTable(versions: readonly Version[]): string {
  const judged = versions.map(({ runs, scenarios }) =>
    judgeTargets({ circumstances: runs[0]!, scenarios }),
  );
  const rows = targets
    .map((target) => {
      const cells = judged.map((verdicts) => {
        const verdict = verdicts.find((each) => each.target === target);
        if (verdict?.reached === undefined) return "–";
        const reached = `${threeDigits(verdict.reached)}${verdict.uncertain ? " *" : ""}`;
        return verdict.met ? `**${reached}**` : reached;
      });
      return [
        target.scenario,
        formOf(target.peer),
        formOf(target.against),
        wordsOf(target),
        ...cells,
      ];
    })
    .filter((row) => row.slice(4).some((cell) => cell !== "–"));
  const head = ["scenario", "form", "against", "target"];
  return table([...head, ...versions.map(({ node }) => `Node ${node}`)], 4, rows);
}

function wordsOf({ bound, ratio, by, since }: Target): string {
  const later = since === undefined ? "" : `, ${since.ratio} from Node ${since.node} on`;
  return `${bound} ${ratio}${by === "speed" ? "" : ` (${by === "cpu" ? "CPU time" : by})`}${later}`;
}

/** Latency under load of each peer, for each version. */
export function latencyTable(versions: readonly Version[]): string {
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios
      .filter(({ scenario }) => scenario.work.kind === "latency")
      .flatMap((result) =>
        summarize(result).map((row, i) => [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          isOurs(row) ? `${OURS}: ${formOf(row.peer)}` : row.peer,
          formatFigure(row.value),
          ...[row.latency?.p50, row.latency?.p99, row.latency?.p999, row.late?.p99].map((value) =>
            formatFigure(value ?? Number.NaN),
          ),
          threeDigits(row.serverMicros),
          threeDigits(row.systemMicros),
        ]),
      ),
  );
  const head = ["", "", "sent per second", "p50 µs", "p99 µs", "p99.9 µs"];
  return table([...head, "sent late, p99 µs", "CPU µs each", "in kernel"], 2, rows);
}

/** Memory of processes that have worked. */
export function workedTable(versions: readonly Version[]): string {
  const bytes = (value: number | undefined) => formatBytes(Math.round(value ?? Number.NaN));
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios
      .filter(({ scenario }) => scenario.work.kind === "worked")
      .flatMap((result) =>
        summarize(result).map((row, i) => [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          isOurs(row) ? `${OURS}: ${formOf(row.peer)}` : row.peer,
          bytes(row.value),
          bytes(row.peak),
          bytes(row.heap),
        ]),
      ),
  );
  const head = ["", "", "resident", "most resident", "heap and buffers, collected"];
  return table(head, 2, rows);
}

/** What a subscription to a topic takes. */
export function subscriptionsTable(versions: readonly Version[]): string {
  const bytes = (value: number | undefined) => formatBytes(Math.round(value ?? Number.NaN));
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios
      .filter(({ scenario }) => scenario.work.kind === "subscriptions")
      .flatMap((result) =>
        summarize(result).map((row, i) => [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          isOurs(row) ? `${OURS}: ${formOf(row.peer)}` : row.peer,
          bytes(row.value),
          bytes(row.heap),
        ]),
      ),
  );
  return table(["", "", "resident, each", "heap and buffers, each"], 2, rows);
}

/** Several processes with Redis between, and how long a message takes from being sent to each delivery. */
export function fleetTable(versions: readonly Version[]): string {
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios
      .filter(({ scenario }) => isFleet(scenario))
      .flatMap((result) =>
        summarize(result).map((row, i) => [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          isOurs(row) ? `${OURS}: ${formOf(row.peer)}` : row.peer,
          formatFigure(row.value),
          formatRatio(ratioBetween(result, row.peer, "socket.io")),
          ...[row.latency?.p50, row.latency?.p99].map((value) => formatFigure(value ?? Number.NaN)),
          threeDigits(row.serverMicros),
        ]),
      ),
  );
  const head = ["", "", "deliveries per second", "× socket.io", "p50 µs", "p99 µs"];
  return table([...head, "CPU µs each"], 2, rows);
}

/** Whether sockets and streams of HTTP/2 are compared. */
function isOverHttp2({ id }: Scenario): boolean {
  return id.startsWith("http2-");
}

/** Streams of one session of HTTP/2 beside sockets. */
export function http2Table(versions: readonly Version[]): string {
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios
      .filter(({ scenario }) => isOverHttp2(scenario))
      .flatMap((result) =>
        summarize(result).map((row, i) => [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          row.peer === OURS ? "sockets" : formOf(row.peer),
          isWeighed(result.scenario) ? formatBytes(Math.round(row.value)) : formatFigure(row.value),
          formatRatio(ratioBetween(result, row.peer, OURS)),
          threeDigits(row.serverMicros),
        ]),
      ),
  );
  const head = ["", "", "per second, or resident each", "against sockets", "CPU µs each"];
  return table(head, 2, rows);
}

/** How peers grow with processes that share a port. */
export function workersTable(versions: readonly Version[]): string {
  const rows = versions.flatMap(({ node, scenarios }) =>
    scenarios.flatMap((result) => {
      const all = summarize(result).filter(({ peer }) => / workers$/.test(peer));
      return all.map((row, i) => {
        const [peer = "", state = ""] = row.peer.split("@");
        return [
          i === 0 ? `Node ${node}: ${titleOf(result.scenario)}` : "",
          peer.startsWith(OURS) ? `${OURS}: ${formOf(peer)}` : peer,
          state,
          formatFigure(row.value),
          formatRatio(row.toItself),
          threeDigits(row.serverMicros),
        ];
      });
    }),
  );
  const head = ["", "", "", "per second", "against one process", "CPU µs each"];
  return table(head, 3, rows);
}

/** Where and how the runs took place, a line for each. */
export function runsList(versions: readonly Version[]): string {
  return versions
    .flatMap(({ runs }) => runs)
    .map(({ command, date, versions: found, machine, commit, seconds, rounds }) => {
      const { node, ...others } = found;
      const peers = Object.entries(others).map(([name, version]) => `${name} ${version}`);
      return (
        `- \`${command.replace(/ \(measured on .*\)$/, "")}\` on ${date.slice(0, 10)}, commit ${commit}: ` +
        `Node.js ${node}, ${peers.join(", ")}; ${machine.cores} cores of an ${machine.processor}; ` +
        `medians of ${rounds} rounds of ${seconds} s`
      );
    })
    .join("\n");
}
