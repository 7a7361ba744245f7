import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { LIBRARY, OTHER_PACKAGES } from "../../../.ci/build/packages.ts";
import { DOCUMENTATION_EXCEPTIONS, SOURCE_EXCEPTIONS } from "./exceptions.ts";
import { programOf, undocumented } from "./public-rules.ts";
import { type Breach, folderBreaches, sourceBreaches } from "./source-rules.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Folders of the repository with code of its own. */
const FOLDERS = ["src", "test", "bench", "autobahn", "examples", ".ci"];

/** Folders in them that others have filled. */
const FOREIGN = ["node_modules", ".cache", "reports"];

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return FOREIGN.includes(entry.name) ? [] : sourcesBelow(path);
    return /\.(?:ts|mts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("the sources", () => {
  const paths = FOLDERS.flatMap(sourcesBelow);
  const breaches: Breach[] = [
    ...folderBreaches(paths),
    ...paths.flatMap((path) => sourceBreaches(path, read(path))),
  ];
  const isExcepted = (breach: Breach): boolean =>
    SOURCE_EXCEPTIONS.some(([rule, path]) => rule === breach.rule && path === breach.path);

  it("keep to the rules", () => {
    expect(paths.length).toBeGreaterThan(300);
    const left = breaches.filter((breach) => !isExcepted(breach));
    expect(left.map(({ path, what }) => `${path}: ${what}`)).toEqual([]);
  });

  it("need every exception that is made", () => {
    const needless = SOURCE_EXCEPTIONS.filter(
      ([rule, path]) => !breaches.some((breach) => rule === breach.rule && path === breach.path),
    );
    expect(needless.map(([rule, path]) => `${path}: ${rule}`)).toEqual([]);
  });
});

describe("all that is public", () => {
  const entries = [LIBRARY, ...OTHER_PACKAGES].flatMap((of) =>
    of.entries.map(({ source }) => source),
  );

  it("is documented, with units, defaults and what is thrown", { timeout: 60_000 }, () => {
    const missing = undocumented(programOf(ROOT, entries));
    const excepted = Object.keys(DOCUMENTATION_EXCEPTIONS);
    const covers = (exception: string, line: string): boolean =>
      exception === line || exception === line.replace(/\.[^:]+/, ".*");
    const left = missing.filter((line) => !excepted.some((one) => covers(one, line)));
    expect(left).toEqual([]);
    const needless = excepted.filter((one) => !missing.some((line) => covers(one, line)));
    expect(needless, "not needed any more").toEqual([]);
  });
});

describe("the codes of errors", () => {
  /** Classes with a code as the first argument. */
  const CLASSES = ["WebSocketError", "HandshakeError"];

  it("that the sources have are all in the guide", () => {
    const codes = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && CLASSES.includes(node.expression.getText())) {
        const [code] = node.arguments ?? [];
        if (code !== undefined && ts.isStringLiteral(code)) codes.add(code.text);
      }
      ts.forEachChild(node, visit);
    };
    for (const path of sourcesBelow("src")) {
      if (!path.startsWith("src/conformance/")) {
        visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
      }
    }
    expect(codes.size).toBeGreaterThan(8);
    const guide = read("docs/guide.md");
    expect([...codes].filter((code) => !guide.includes(`| \`${code}\` `))).toEqual([]);
  });
});

describe("the rules find", () => {
  const rulesOf = (text: string, path = "src/protocol/mask.ts"): string[] =>
    sourceBreaches(path, text).map(({ rule }) => rule);

  it("long files, functions and lines", () => {
    expect(rulesOf("// a\n".repeat(300))).toEqual([]);
    expect(rulesOf("// a\n".repeat(301))).toEqual(["file"]);
    expect(rulesOf("// a\n".repeat(301), "test/a.test.ts")).toEqual([]);
    const body = "  a();\n";
    expect(rulesOf(`function f() {\n${body.repeat(58)}}\n`)).toEqual([]);
    expect(rulesOf(`function f() {\n${body.repeat(59)}}\n`)).toEqual(["function"]);
    expect(rulesOf(`const f = () => {\n${body.repeat(59)}};\n`)).toEqual(["function"]);
    expect(rulesOf(`describe("", () => {\n${body.repeat(59)}});\n`, "test/a.test.ts")).toEqual([]);
    expect(rulesOf(`// ${"a".repeat(117)}\n`)).toEqual([]);
    expect(rulesOf(`// ${"a".repeat(118)}\n`)).toEqual(["line"]);
    expect(rulesOf(`const a = "${"a".repeat(120)}";\n`)).toEqual([]);
  });

  it.each([
    ["// RFC 6455 §5.5.1: so", []],
    ["// §5.5: so", []],
    ["// RFC6455 §5.5", ["citation"]],
    ["// RFC 6455, section 5.5", ["citation"]],
    ["// Section 5.5 of RFC 6455", ["citation"]],
    ["// § 5.5", ["citation"]],
    ["// RFC 6544 §5.5", ["citation"]],
    ["// TODO: later", ["comment"]],
    ["// @ts-ignore", ["comment"]],
  ])("forms of comments: %s", (text, rules) => {
    expect(rulesOf(text)).toEqual(rules);
  });

  it.each([
    ["const maskUtils = 1;", ["name"]],
    ["function formatHelper() {}", ["name"]],
    ["class ConnectionManager {}", ["name"]],
    ["class A { #tmp = 1; }", ["name"]],
    ["interface A { msg: string }", ["name"]],
    ["const { a: tmp } = b;", ["name"]],
    ["const message = 1, utility = 2;", ["name"]],
    ["const message = 1, commonality = 2, strong = 3;", []],
  ])("vague names: %s", (text, rules) => {
    expect(rulesOf(text)).toEqual(rules);
  });

  it("folders with too many files", () => {
    const paths = Array.from({ length: 16 }, (_, i) => `src/server/a${i}.ts`);
    expect(folderBreaches(paths.slice(1))).toEqual([]);
    expect(folderBreaches(paths).map(({ path }) => path)).toEqual(["src/server"]);
  });

  it("what is public and not documented", { timeout: 60_000 }, () => {
    const program = programOf(ROOT, ["test/package/tidy/undocumented.ts"]);
    expect(undocumented(program).sort()).toEqual([
      "Bare: no comment",
      "LimitOptions.bare: no comment",
      "LimitOptions.bytes: no default",
      "LimitOptions.size: no unit",
      "LimitOptions.strict: no default",
      "Thrower.act: not said what it throws",
      "fail: not said what it throws",
    ]);
  });
});
