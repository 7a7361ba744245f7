/** The matrix as a page in Markdown: implementations against sections, and what was found in each. */
import { compareIds } from "../../src/conformance/case-numbers.ts";
import type { CaseResult } from "../../src/conformance/conform.ts";
import { reasonOf } from "../../src/conformance/report/reason.ts";
import { cellText, sectionRows } from "../../src/conformance/report/sections.ts";
import { hasFailed } from "../../src/conformance/report/summary.ts";
import type { Role } from "../testee.ts";

/** One implementation in one role, with what the suite found. */
export interface Column {
  readonly name: string;
  readonly language: string;
  readonly version: string;
  readonly role: Role;
  readonly results: readonly CaseResult[];
}

/** Defects that were seen without the suite: what was written to a socket, and what was read. */
const CONFIRMED: readonly (readonly string[])[] = [
  [
    "ws 8.23.0 on Node.js 20.20.2",
    "a right request with `Content-Length: 12`, and `81 86 00 00 00 00` with `hidden` behind it",
    "101, and `hidden` in a frame: the body was read as one",
    "RFC 9112 §6.3",
  ],
  ["tungstenite 0.29.0", "a request without Host", "101", "RFC 9112 §3.2"],
  ["tungstenite 0.29.0", "a request with an empty Sec-WebSocket-Key", "101", "RFC 6455 §4.2.1"],
  ["tungstenite 0.29.0", "a request with `Content-Length: -1`", "101", "RFC 9112 §6.3"],
];

/** Reasons that are listed for one implementation; the reports have all. */
const MOST = 40;

/** The page. `date` is that of the run. */
export function matrixPage(columns: readonly Column[], date: string): string {
  const parts = [
    "# Matrix of implementations",
    "",
    `Made by \`npm run matrix -- --write-docs\` on ${date}: \`barewire conform\` against implementations`,
    "from the registries, with the testees of `conformance-testees/` and `autobahn/compare/peers/`.",
    "",
    "Read it with care. A testee is a program of a few lines with the defaults of its library, but for",
    "compression, which is on where there is any, and limits of sizes. FAILED says that the testee did not do",
    "what a MUST of an RFC asks, in the one place that the case is about; some libraries leave that to their",
    "users, and say so. Verdicts below MUST are counted and not listed. Only what the first table has was looked",
    "at with a raw socket, too: for the rest look at the bytes in the report of a case before you believe it.",
    "",
    "## Confirmed with a raw socket",
    "",
    ...table([["Server", "What was sent", "What came", "Rule"], ...CONFIRMED]),
    "",
    ...(["server", "client"] as const).flatMap((role) =>
      roleParts(
        columns.filter((column) => column.role === role),
        role,
      ),
    ),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function roleParts(columns: readonly Column[], role: Role): string[] {
  if (columns.length === 0) return [];
  const results = columns.flatMap((column) => column.results);
  const sections = sectionRows(results, false).map(
    ({ section, title }) => [section, title] as const,
  );
  const rows = columns.map((column) => {
    const own = new Map(sectionRows(column.results, false).map((row) => [row.section, row]));
    const cells = sections.map(([section]) => {
      const cell = [...(own.get(section)?.cells.values() ?? [])][0];
      return cell === undefined ? "–" : cellText(cell);
    });
    return [column.name, `${column.language}, ${column.version}`, ...cells];
  });
  return [
    `## As ${role}s`,
    "",
    sections.map(([section, title]) => `${section}: ${title}`).join("; "),
    "",
    ...table([["", "", ...sections.map(([section]) => section)], ...rows]),
    "",
    ...columns.flatMap(findings),
  ];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

const escapeCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "\\<");

/** The cases that failed, one line for each reason. */
function findings({ name, results, role }: Column): string[] {
  const failed = results.filter((result) => hasFailed(result, false));
  if (failed.length === 0) return [];
  const byReason = new Map<string, CaseResult[]>();
  for (const result of [...failed].sort((a, b) => compareIds(a.id, b.id))) {
    const key = `${result.rules[0]}: ${reasonOf(result)}`;
    byReason.set(key, [...(byReason.get(key) ?? []), result]);
  }
  const lines = [...byReason].map(([reason, list]) => {
    const ids = list.map(
      ({ crashed, flaky, id }) => `${id}${crashed ? " (crash)" : ""}${flaky ? " (flaky)" : ""}`,
    );
    return [ids.join(", "), list[0]!.behavior, list[0]!.strength, reason];
  });
  const rest = lines.length - MOST;
  return [
    `### ${name} as ${role}`,
    "",
    ...table([
      ["Cases", "Verdict", "Rule", "Where it stands, and what was seen"],
      ...lines.slice(0, MOST),
    ]),
    ...(rest > 0 ? ["", `… and ${rest} more.`] : []),
    "",
  ];
}
