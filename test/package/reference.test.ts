import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { LIBRARY } from "../../.ci/build/packages.ts";
import { SIDEBAR } from "../../docs/.vitepress/sidebar.ts";
import { CONNECT_OPTION_NAMES } from "../../src/client/options.ts";
import { planClient } from "../../src/client/plan.ts";
import { endedConnection } from "../../src/client/reconnecting/failure.ts";
import { RECONNECT_OPTION_NAMES } from "../../src/client/reconnecting/options.ts";
import { compressionSettings } from "../../src/compression/options.ts";
import { CONNECTION_OPTION_NAMES, connectionSettings } from "../../src/connection/options.ts";
import { PROTOCOL_FAILURE_CODES, ProtocolError } from "../../src/errors.ts";
import { CloseCode } from "../../src/protocol/close-code.ts";
import { ROUTE_OPTIONS, serverSettings } from "../../src/server/options.ts";
import { optionRows, PAGE, written } from "./option-tables.ts";
import { DOCUMENTS } from "./snippets.ts";

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

/** The first cells of the rows whose first cell matches, each with the others. */
function rowsOf(page: string, first: RegExp): Map<string, string[]> {
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  const cells = rows.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  return new Map(
    cells.flatMap(([name = "", ...others]) => {
      const bare = name.replaceAll("`", "");
      return first.test(bare) ? [[bare, others] as const] : [];
    }),
  );
}

describe("the reference of options", () => {
  it("is what the doc comments say (npx tsx test/package/option-tables.ts writes it)", () => {
    const page = readFileSync(PAGE, "utf8");
    expect(written(page)).toBe(page);
  });

  it("has every option that is checked", () => {
    const names = (...of: string[]) => of.flatMap(optionRows).map(({ name }) => name);
    const connection = names("ConnectionOptions");
    expect(connection.sort()).toEqual([...CONNECTION_OPTION_NAMES].sort());
    expect([...names("RouteOptions"), ...connection].sort()).toEqual([...ROUTE_OPTIONS].sort());
    const client = names("ConnectOptions", "DialOptions", "HandshakeOptions", "FieldOptions");
    expect([...client, ...connection].sort()).toEqual([...CONNECT_OPTION_NAMES].sort());
    expect(names("ReconnectOptions")).toEqual(expect.arrayContaining(RECONNECT_OPTION_NAMES));
    expect(names("CompressionOptions")).toEqual(Object.keys(compressionSettings(true) ?? {}));
    const server = Object.fromEntries(names("ServerOptions").map((name) => [name, undefined]));
    expect(() => serverSettings(server)).not.toThrow();
    const wrong: object = { ...server, nothing: 1 };
    expect(() => serverSettings(wrong)).toThrow("nothing");
  });

  /** `1,048,576 (1 MiB)` is 1048576, `"close"` is a text, `false` is false. */
  function parsed(text: string): unknown {
    const bare = text.replaceAll("`", "").replace(/ \(.*\)$/, "");
    if (bare === "") return undefined;
    if (bare === "Infinity") return Number.POSITIVE_INFINITY;
    const number = Number(bare.replaceAll(",", ""));
    if (!Number.isNaN(number)) return number;
    return /^["[{]|^(?:true|false)$/.test(bare) ? JSON.parse(bare) : undefined;
  }

  it.each<[string, object]>([
    ["ConnectionOptions", { ...connectionSettings({}, "server"), compression: false }],
    ["CompressionOptions", compressionSettings(true) ?? {}],
    ["ServerOptions", serverSettings({})],
    ["ConnectOptions", planClient("ws://localhost", {}, {})],
  ])("has the defaults that %s really have", (name, settings) => {
    let compared = 0;
    for (const { name: option, byDefault } of optionRows(name)) {
      const real: unknown = Reflect.get(settings, option);
      const said = parsed(byDefault);
      if (said === undefined || typeof real === "object" || real === undefined) continue;
      expect(said, option).toBe(real);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe("the reference of errors", () => {
  const page = read("docs/reference/errors.md");
  const rows = rowsOf(page, /^[A-Z][A-Z_\d]+$/);

  it("has a cause and a cure for every code", () => {
    expect(rows.size).toBeGreaterThan(30);
    for (const [code, cells] of rows) {
      expect(
        cells.slice(-2).map((cell) => cell.length > 5),
        code,
      ).toEqual([true, true]);
    }
  });

  it("has every ProtocolError with its close code", () => {
    for (const code of PROTOCOL_FAILURE_CODES) {
      expect(rows.get(code)?.[0], code).toBe(String(new ProtocolError(code).closeCode));
    }
  });

  it("has the same codes as the guide, and no other", () => {
    const guide = read("docs/guide.md");
    const section = guide.slice(guide.indexOf("\n## Errors"), guide.indexOf("\n## The client"));
    const codes = [...rowsOf(section, /^[A-Z][A-Z_\d]+$/).keys()];
    expect([...rows.keys()].sort()).toEqual(
      [...codes, "INVALID_ARGUMENT", "CONNECTION_CLOSED"].sort(),
    );
  });
});

describe("the reference of close codes", () => {
  const rows = rowsOf(read("docs/reference/close-codes.md"), /^\d{4}$/);

  it("has the names of all", () => {
    const named = [...rows].map(([code, [name = ""]]) => [name.replaceAll("`", ""), Number(code)]);
    expect(Object.fromEntries(named)).toEqual(CloseCode);
  });

  it("says what a client that comes back does", () => {
    for (const [code, cells] of rows) {
      const { permanent } = endedConnection({
        code: Number(code),
        reason: "",
        initiator: "peer",
        clean: true,
        error: undefined,
        discarded: 0,
      });
      expect(cells.at(-1), code).toBe(permanent ? "stops" : "comes back");
    }
  });
});

describe("the site", () => {
  const links = SIDEBAR.flatMap(({ items }) => items.map(({ link }) => link));

  it("has every page beside every page, once", () => {
    const pages = DOCUMENTS.filter((path) => path.startsWith("docs/")).map((path) =>
      path.replace(/^docs/, "").replace(/(?:index)?\.md$/, ""),
    );
    expect([...links].sort()).toEqual([...pages, "/reference/api/"].sort());
  });

  it("has a reference of every entry of the package", () => {
    const entries = LIBRARY.entries.map(({ path, source }) => [
      path.replace(".", "barewire"),
      source,
    ]);
    expect(JSON.parse(read("docs/api-entries.json"))).toEqual(Object.fromEntries(entries));
    const api = SIDEBAR.flatMap(({ items }) => items).find(
      ({ link }) => link === "/reference/api/",
    );
    expect(api?.items?.map(({ text }) => text)).toEqual(entries.map(([name]) => name));
  });
});

describe("the page for those who come from ws", () => {
  const page = read("docs/migrating/ws.md");
  const source = ["websocket-server", "websocket"].map((name) =>
    read(`node_modules/ws/lib/${name}.js`),
  );
  /** Said to a part of ws by another, and not to its user. */
  const INTERNAL = ["conclude"];

  it("has every option that ws has a default for", () => {
    const blocks = source.map(
      (text) => /(?:const opts|options) = \{\n( +allow.*?)\n +\.\.\.options/s.exec(text)?.[1],
    );
    const names = blocks.flatMap((block = "") => block.match(/^ +\w+(?=[:,])/gm) ?? []);
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((name) => !page.includes(`\`${name.trim()}\``))).toEqual([]);
  });

  it("has every event of ws", () => {
    const events = source.flatMap((text) => [...text.matchAll(/emit\('([\w-]+)'/g)]);
    const names = new Set(events.map(([, name = ""]) => name));
    expect(names.size).toBeGreaterThan(10);
    const missing = [...names].filter(
      (name) => !page.includes(`\`${name}\``) && !page.includes(`on("${name}"`),
    );
    expect(missing.filter((name) => !INTERNAL.includes(name))).toEqual([]);
  });
});
