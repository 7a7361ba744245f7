/** `barewire conform --list`: the cases that there are. */
import { expectationOf } from "../../conformance/account.ts";
import type { Case, Role } from "../../conformance/case.ts";
import { isAutobahn, sectionOf } from "../../conformance/case-numbers.ts";
import { ruleNamed } from "../../conformance/rules.ts";
import { type Selection, selectSome } from "../../conformance/selection.ts";

const ROLES: readonly Role[] = ["server", "client"];
const VERSIONS = ["1.1", "2"] as const;

/** What `--list` is to show. */
export interface ListPlan extends Selection {
  readonly list: true;
  readonly json: boolean;
  readonly role: Role | "any";
  readonly http: "2" | "any";
}

/** What of a command line counts here. */
interface ListValues {
  readonly cases: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly json?: boolean;
  readonly listen?: string;
  readonly http2?: boolean;
}

/** The plan for `--list` with these options: a URL, or `--listen`, says for whom the cases are. */
export function listPlanOf(values: ListValues, urls: readonly string[]): ListPlan {
  const { cases, exclude = [] } = values;
  const role = values.listen !== undefined ? "client" : urls.length > 0 ? "server" : "any";
  return {
    list: true,
    json: values.json ?? false,
    exclude,
    role,
    http: values.http2 ? "2" : "any",
    ...(cases === undefined ? {} : { cases }),
  };
}

/** Prints the cases of a selection. Throws `ArgumentError` where there are none. Returns the exit code. */
export function listCases({ http, json, role, ...selection }: ListPlan): number {
  const found = selectSome(selection, role, http);
  process.stdout.write(
    json ? `${JSON.stringify(found.map(entryOf), undefined, 2)}\n` : text(found),
  );
  return 0;
}

function entryOf(testCase: Case): object {
  const { description, http, id, only, rule } = testCase;
  const { place, quote = null, says, strength } = ruleNamed(rule);
  return {
    id,
    section: sectionOf(id),
    description,
    expectation: expectationOf(testCase),
    rule,
    strength,
    place,
    says,
    quote,
    roles: only === undefined ? ROLES : [only],
    http: http === undefined ? VERSIONS : [http],
    autobahn: isAutobahn(id),
  };
}

function text(cases: readonly Case[]): string {
  const lines = cases.map(({ description, id, rule }) => {
    const { place, strength } = ruleNamed(rule);
    return `${id.padEnd(8)} ${strength.padEnd(10)} ${place}: ${description}`;
  });
  return `${[...lines, `${cases.length} cases`].join("\n")}\n`;
}
