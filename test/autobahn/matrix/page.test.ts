import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { IMPLEMENTATIONS, rolesOf, TESTEES } from "../../../autobahn/matrix/catalogue.ts";
import { matrixPage } from "../../../autobahn/matrix/page.ts";
import { resultWith } from "../../conformance/reference/results.ts";

describe("the page of the matrix", () => {
  const failed = { result: "Got nothing;\nexpected: a | b.", rules: ["RFC 6455 §5.5.2"] };
  const one = { name: "one", language: "Go", version: "1.2.3", role: "server" as const };
  const page = matrixPage(
    [
      {
        ...one,
        results: [
          resultWith("1.1.1", "OK / OK"),
          resultWith("2.1", "FAILED / OK", failed),
          resultWith("2.2", "FAILED / OK", { ...failed, crashed: true }),
          resultWith("2.3", "NON-STRICT / OK"),
        ],
      },
      { ...one, name: "two", role: "client", results: [resultWith("1.1.1", "OK / OK")] },
    ],
    "2026-11-30",
  );

  it("has a row for each implementation, by role, with its version and its sections", () => {
    const [servers = "", clients = ""] = page.split("## As clients");
    expect(servers).toContain("| one | Go, 1.2.3 | 1 | 1 of 3, 1 NON-STRICT |");
    expect(clients).toContain("| two | Go, 1.2.3 | 1 |");
    expect(page).toContain("on 2026-11-30");
  });

  it("lists what failed, once for each reason, and nothing else", () => {
    expect(page).toMatch(
      /^\| 2\.1, 2\.2 \(crash\) \| FAILED \| \w+ \| RFC 6455 §5\.5\.2: Got nothing; expected: a \\\| b\. \|$/m,
    );
    expect(page).not.toContain("2.3,");
    expect(page).not.toMatch(/^\| 2\.3/m);
    expect(page).not.toContain("### two");
  });
});

describe("the implementations of the matrix", () => {
  it("have names of their own, and a role", () => {
    expect(new Set(IMPLEMENTATIONS.map(({ name }) => name)).size).toBe(IMPLEMENTATIONS.length);
    for (const implementation of IMPLEMENTATIONS) {
      expect(rolesOf(implementation), implementation.name).not.toEqual([]);
    }
  });

  it("in Python, Go and Rust have a testee for each role", () => {
    for (const { commands, name } of IMPLEMENTATIONS) {
      for (const command of Object.values(commands)) {
        const [, file = ""] = /\{testees\}(python\/\w+\.py)/.exec(command) ?? [];
        const [, role, folder] = /\{go\}\/(server|client)-(\w+)/.exec(command) ?? [];
        const place =
          role === undefined ? file || "python/asgi.py" : `go/${role}/${folder}/main.go`;
        expect(existsSync(`${TESTEES}${place}`), `${name}: ${place}`).toBe(true);
      }
    }
  });
});
