import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkImports } from "./import-rule.ts";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

function readSources(): Map<string, string> {
  const paths = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  const modules = paths.filter((path) => path.endsWith(".ts"));
  return new Map(
    modules.map((path) => [path.replaceAll(sep, "/"), readFileSync(join(SRC, path), "utf8")]),
  );
}

function check(modules: Readonly<Record<string, string>>): string[] {
  return checkImports(new Map(Object.entries(modules)));
}

const ERRORS = "export class E {}";

describe("src/", () => {
  it("keeps to the import rule", () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(30);
    expect(checkImports(sources)).toEqual([]);
  });
});

describe("the checker takes", () => {
  it("imports downwards", () => {
    const modules = {
      "errors.ts": ERRORS,
      "protocol/mask.ts": 'import { isUtf8 } from "node:buffer";\nexport const a = Math.max(1, 2);',
      "handshake/token.ts": 'import { E } from "../errors.ts";\nexport const t = E;',
      "extensions/header.ts": 'import { t } from "../handshake/token.ts";\nexport const h = t;',
      "server/server.ts":
        'import net from "node:net";\nimport { a } from "../protocol/mask.ts";\n' +
        'import { h } from "../extensions/header.ts";\nexport const s = [net, a, h, Date.now()];',
      "client/connect.ts": 'import { h } from "../extensions/header.ts";\nexport const w = h;',
      "cli/main.ts": 'import { s } from "../index.ts";\nprocess.exit(s.length);',
      "index.ts":
        'export { s } from "./server/server.ts";\nexport { w } from "./client/connect.ts";',
    };
    expect(check(modules)).toEqual([]);
  });

  it("members, keys and own declarations that are called like a global", () => {
    const text =
      "interface A { process: number; Date(): string }\n" +
      "export const b = (a: A) => ({ console: a.process, performance: a.Date() });\n" +
      "export class C { #fetch = 1; async = this.#fetch; process() { return this.async; } }\n" +
      "export function d(crypto: number) { return crypto; }\n" +
      "// setTimeout, Promise, process\nexport const text = 'Math.random()';";
    expect(check({ "protocol/names.ts": text })).toEqual([]);
  });
});

describe("the checker refuses", () => {
  const importing = (from: string): string => `import { x } from "${from}";\nexport const y = x;`;

  it.each([
    ["protocol/a.ts", "../server/b.ts"],
    ["protocol/a.ts", "../handshake/b.ts"],
    ["protocol/a.ts", "../extensions/b.ts"],
    ["handshake/a.ts", "../protocol/b.ts"],
    ["handshake/a.ts", "../extensions/b.ts"],
    ["extensions/a.ts", "../protocol/b.ts"],
    ["errors.ts", "./protocol/b.ts"],
    ["server/a.ts", "../cli/b.ts"],
    ["server/a.ts", "../client/b.ts"],
    ["connection/a.ts", "../server/b.ts"],
    ["connection/a.ts", "../client/b.ts"],
    ["connection/sending/a.ts", "../../server/b.ts"],
    ["compression/a.ts", "../connection/b.ts"],
    ["socket/a.ts", "../connection/b.ts"],
    ["options/a.ts", "../handshake/b.ts"],
    ["conformance/a.ts", "../protocol/b.ts"],
    ["server/a.ts", "../index.ts"],
    ["conformance/a.ts", "../cli/b.ts"],
    ["index.ts", "./cli/b.ts"],
  ])("%s importing %s", (path, from) => {
    const target = from.replace(/^(\.\.?\/)+/, "");
    const other =
      target === "index.ts" ? 'export { x } from "./errors.ts";' : "export const x = 1;";
    const text = path === "index.ts" ? `export { x } from "${from}";` : importing(from);
    const breaches = check({ "errors.ts": ERRORS, [target]: other, [path]: text });
    expect(breaches).toContain(`${path} must not import ${target}`);
  });

  it.each([
    ['import type { x } from "../server/b.ts";\nexport type Y = typeof x;'],
    ['import "../server/b.ts";\nexport const y = 1;'],
    ['import * as b from "../server/b.ts";\nexport const y = b;'],
    ['export * from "../server/b.ts";\nexport const y = 1;'],
    ['export const y = import("../server/b.ts");'],
    ['export type Y = import("../server/b.ts").X;'],
    ['import b = require("../server/b.ts");\nexport const y = b;'],
  ])("it in every form: %s", (text) => {
    const breaches = check({ "protocol/a.ts": text, "server/b.ts": "export const x = 1;" });
    expect(breaches).toContain("protocol/a.ts must not import server/b.ts");
  });

  it("a cycle, of any length and of types only", () => {
    const two = check({
      "server/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;',
      "server/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;',
    });
    expect(two).toEqual(["a cycle: server/a.ts -> server/b.ts -> server/a.ts"]);
    const four = check({
      "server/a.ts": importing("./b.ts"),
      "server/b.ts": importing("./c.ts"),
      "server/c.ts": importing("./d.ts"),
      "server/d.ts": importing("./b.ts"),
    });
    expect(four).toEqual(["a cycle: server/b.ts -> server/c.ts -> server/d.ts -> server/b.ts"]);
    expect(check({ "server/a.ts": importing("./a.ts") })).toEqual([
      "a cycle: server/a.ts -> server/a.ts",
    ]);
  });

  it("a barrel, however it is written, and code in index.ts", () => {
    const barrels = [
      'export * from "./b.ts";',
      'export { x } from "./b.ts";',
      'import { x } from "./b.ts";\nexport { x };',
      'import { x } from "./b.ts";\nexport default x;',
    ];
    for (const text of barrels) {
      const breaches = check({ "server/a.ts": text, "server/b.ts": "export const x = 1;" });
      expect(breaches).toEqual(["server/a.ts is a barrel"]);
    }
    expect(check({ "index.ts": "export const x = 1;" })).toEqual(["index.ts has code of its own"]);
  });

  it("a file named after nothing, one outside the layers, an import that leads nowhere", () => {
    for (const name of ["util", "utils", "helper", "helpers", "common", "misc", "utils.node"]) {
      const path = `server/${name}.ts`;
      expect(check({ [path]: "export const x = 1;" })).toEqual([
        `${path}: name the file after its subject`,
      ]);
    }
    expect(check({ "lib/a.ts": "export const x = 1;" })).toEqual(["lib/a.ts is in no layer"]);
    expect(check({ "server/a.ts": importing("../../package.json") })).toEqual([
      "server/a.ts imports ../package.json, which is not in src/",
    ]);
  });

  it("a runtime dependency", () => {
    expect(check({ "server/a.ts": importing("ws") })).toEqual([
      "server/a.ts imports ws, but there is no runtime dependency",
    ]);
  });

  it.each(["net", "tls", "http", "timers", "timers/promises", "fs", "dns", "events", "process"])(
    "node:%s in a pure layer",
    (builtin) => {
      for (const layer of ["protocol", "handshake", "extensions"]) {
        const breaches = check({ [`${layer}/a.ts`]: importing(`node:${builtin}`) });
        expect(breaches).toEqual([`${layer}/a.ts must not import x from node:${builtin}`]);
      }
    },
  );

  it("randomness, or all of node:crypto, in a pure layer", () => {
    const named = 'import { createHash, randomBytes as createKey } from "node:crypto";';
    expect(check({ "handshake/a.ts": `${named}\nexport const y = createKey;` })).toEqual([
      "handshake/a.ts must not import randomBytes from node:crypto",
    ]);
    for (const whole of ["* as crypto", "crypto"]) {
      const text = `import ${whole} from "node:crypto";\nexport const y = `;
      const breach = (name: string) => `handshake/a.ts must not import ${name} from node:crypto`;
      expect(check({ "handshake/a.ts": `${text}crypto;` })).toEqual([breach("*")]);
      expect(check({ "handshake/a.ts": `${text}crypto.randomBytes(4);` })).toEqual([
        breach("randomBytes"),
      ]);
      expect(check({ "handshake/a.ts": `${text}crypto.createHash("sha1");` })).toEqual([]);
    }
  });

  it.each([
    ["process", "export const a = process.env;"],
    ["console", "export function a() { console.log(1); }"],
    ["setTimeout", "export const a = () => setTimeout(a, 1);"],
    ["Math.random", "export const a = Math.random();"],
    ["Math.random", "const { random } = Math;\nexport const a = random();"],
    ["Math.random", 'export const a = Math["random"]();'],
    ["performance", "export const a = performance.now();"],
    ["Date", "export const a = new Date();"],
    ["Promise", "export type A = Promise<void>;"],
    ["Promise", "export const a = { then: Promise };"],
    ["Promise", "export class A { a: Promise<void> | undefined; }"],
    ["globalThis", "export const a = globalThis.Date;"],
    ["async", "export async function a() {}"],
    ["await", "await 1;\nexport const a = 1;"],
    ["crypto", "export const a = crypto.getRandomValues(new Uint8Array(1));"],
    ["process", "export const a = { process };"],
    ["process", "export const { env = process } = { env: 1 };"],
  ])("%s in a pure layer: %s", (name, text) => {
    expect(check({ "protocol/a.ts": text })).toEqual([`protocol/a.ts must not use ${name}`]);
    expect(check({ "server/a.ts": text })).toEqual([]);
  });
});
