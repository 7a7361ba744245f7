import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { IMPLEMENTATIONS, rolesOf } from "../../../autobahn/matrix/catalogue.ts";
import { matrixHtml } from "../../../autobahn/matrix/html-page.ts";
import { matrixPage } from "../../../autobahn/matrix/page.ts";
import type { Column } from "../../../autobahn/matrix/testing.ts";
import { TESTEES } from "../../../autobahn/matrix/toolchains/toolchain.ts";
import { resultWith } from "../../conformance/reference/results.ts";

const failed = { result: "Got nothing;\nexpected: a | b.", rules: ["RFC 6455 §5.5.2"] };
const one: Column = {
  name: "one",
  language: "Go",
  version: "1.4.0",
  role: "server",
  results: [
    resultWith("1.1.1", "OK / OK"),
    resultWith("2.1", "FAILED / OK", failed),
    resultWith("2.2", "FAILED / OK", { ...failed, crashed: true }),
    resultWith("2.3", "NON-STRICT / OK"),
  ],
  confirmations: [
    {
      cases: ["2.1"],
      rule: "RFC 6455 §5.5.2",
      sent: "a Ping: `89 00`",
      came: "nothing",
      isDefect: true,
    },
    { cases: ["2.2"], rule: "RFC 6455 §5.5.3", sent: "another", came: "a Pong", isDefect: false },
  ],
};
const two: Column = {
  ...one,
  name: "two",
  role: "client",
  results: [resultWith("1.1.1", "OK / OK")],
  confirmations: [],
};

describe("the page of the matrix", () => {
  const page = matrixPage([one, two], "2026-11-30");

  it("has a row for each implementation, by role, with its version and its sections", () => {
    const [servers = "", clients = ""] = page.split("## As clients");
    expect(servers).toContain("| one | Go, 1.4.0 | 1 | 1 of 3, 1 NON-STRICT |");
    expect(clients).toContain("| two | Go, 1.4.0 | 1 |");
    expect(page).toContain("on 2026-11-30");
  });

  it("lists what failed, once for each reason, and nothing else", () => {
    expect(page).toMatch(
      /^\| 2\.1, 2\.2 \(crash\) \| FAILED \| \w+ \| RFC 6455 §5\.5\.2: Got nothing; expected: a \\\| b\. \| in part \|$/m,
    );
    expect(page).not.toContain("2.3,");
    expect(page).not.toMatch(/^\| 2\.3/m);
    expect(page).not.toContain("### two");
  });

  it("lists what probes have seen, with bytes and rule, and not what they have not", () => {
    expect(page).toContain(
      "| one 1.4.0, server | a Ping: `89 00` | nothing | RFC 6455 §5.5.2 | 2.1 |",
    );
    expect(page).not.toContain("RFC 6455 §5.5.3");
  });

  it("is an HTML file that needs nothing else, too", () => {
    const html = matrixHtml([one, { ...two, name: "<two>" }], "2026-11-30");
    expect(html).toContain("<h1>2 WebSocket implementations</h1>");
    expect(html).toContain('<td data-title="Sent">a Ping: <code>89 00</code></td>');
    expect(html).toContain("one 1.4.0 as server: 2 failed");
    expect(html).toContain("&lt;two&gt;");
    expect(html).not.toMatch(/<two>|src=|href="(?!#)/);
  });
});

describe("the implementations of the matrix", () => {
  it("have names of their own, and a role", () => {
    expect(new Set(IMPLEMENTATIONS.map(({ name }) => name)).size).toBe(IMPLEMENTATIONS.length);
    for (const implementation of IMPLEMENTATIONS) {
      expect(rolesOf(implementation), implementation.name).not.toEqual([]);
    }
  });

  it("have a testee for each role", () => {
    for (const { commands, name } of IMPLEMENTATIONS) {
      for (const command of Object.values(commands)) {
        expect(existsSync(sourceOf(command)), `${name}: ${sourceOf(command)}`).toBe(true);
      }
    }
  });
});

const AUTOBAHN = new URL("../../../autobahn/", import.meta.url).pathname;

/** The file that a command runs, or that it is built from. */
function sourceOf(command: string): string {
  const [, script] = /\{testees\}(\w+\/\w+\.\w+)/.exec(command) ?? [];
  if (script !== undefined) return TESTEES + script;
  const [, peer] = /\{autobahn\}([\w/.-]+)/.exec(command) ?? [];
  if (peer !== undefined) return AUTOBAHN + peer;
  const [, npm] = /\{javascript\}\/(\w+\.mjs) \{/.exec(command) ?? [];
  if (npm !== undefined) return `${TESTEES}javascript/${npm}`;
  const [, java] = /\{java\} (\w+)/.exec(command) ?? [];
  if (java !== undefined) return `${TESTEES}java/src/main/java/${java}.java`;
  const [, language = "", role, name] = /\{(\w+)\}\/(server|client)-(\w+)/.exec(command) ?? [];
  const built: Readonly<Record<string, string>> = {
    go: `go/${role}/${name}/main.go`,
    rust: `rust/src/bin/${role}-${name}.rs`,
    c: `c/${role}-${name}.c`,
    cpp: `cpp/${role}-${name}.cpp`,
  };
  return TESTEES + (built[language] ?? "python/asgi.py");
}
