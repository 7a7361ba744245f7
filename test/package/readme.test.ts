import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { planClient } from "../../src/client/plan.ts";
import { defaultBudget } from "../../src/connection/buffer-budget.ts";
import { CONNECTION_OPTION_NAMES, connectionSettings } from "../../src/connection/options.ts";
import { PROTOCOL_FAILURE_CODES, ProtocolError, type ProtocolFailure } from "../../src/errors.ts";
import { connect } from "../../src/index.ts";
import { serverSettings } from "../../src/server/options.ts";
import { routeSettings } from "../../src/server/route-settings.ts";
import {
  blocksOf,
  DOCUMENTS,
  outcome,
  type Snippet,
  snippetsOf,
  start,
  typeErrors,
} from "./snippets.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const GUIDE = read("docs/guide.md");

/** The line below the headings of a table. */
function isRule(line: string | undefined): boolean {
  return line?.startsWith("| --") === true;
}

/** The cells of the rows of all tables in a text, without headings and rules. */
function tableRows(markdown: string): string[][] {
  const rows = markdown.split("\n").filter((line) => /^\| .* \|$/.test(line));
  return rows
    .filter((line, i) => !isRule(line) && !isRule(rows[i + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

describe("the examples", () => {
  const snippets = DOCUMENTS.flatMap(snippetsOf);
  const programs = snippets.filter(({ complete }) => complete);
  const children: ChildProcess[] = [];
  let folder: string | undefined;

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    folder = undefined;
  });

  async function run(snippet: Snippet, port?: number): Promise<ChildProcess> {
    folder ??= await mkdtemp(join(tmpdir(), "barewire-snippets-"));
    const child = await start(folder, snippet, port);
    children.push(child);
    return child;
  }

  /** Starts a server, and waits for the port that it listens on. */
  async function serve(snippet: Snippet): Promise<number> {
    const child = await run(snippet);
    for await (const line of createInterface({ input: child.stdout! })) {
      const port = /^PORT (\d+)$/.exec(line)?.[1];
      if (port !== undefined) return Number(port);
    }
    throw new Error(`${snippet.place} did not listen`);
  }

  function programOf(document: string, what: string): Snippet {
    const found = programs.filter(
      ({ place, code }) => place.startsWith(document) && code.includes(what),
    );
    expect(found, `programs of ${document} with ${what}`).toHaveLength(1);
    return found[0]!;
  }

  it("compile", { timeout: 60_000 }, () => {
    for (const document of ["README.md", "docs/guide.md"]) {
      expect(snippetsOf(document).length, document).toBeGreaterThan(2);
    }
    // Beside them one that does not, so that a check which sees nothing is seen.
    const wrong = { place: "here", code: "ws.close(1000);\nws.clsoe();\n", complete: false };
    expect(typeErrors([...snippets, wrong])).toEqual([
      "here, its line 2: Property 'clsoe' does not exist on type 'Connection<unknown>'. Did you mean 'close'?",
    ]);
  });

  it("are run, where they are programs", () => {
    const tested = [
      ...["README.md", "README.md", "docs/guide.md", "docs/guide.md", "docs/guide.md"],
      // By pages.test.ts, and the tutorial in Chromium.
      ...["docs/conformance.md", "docs/crossws.md", "docs/how-to/cluster.md"],
      "docs/how-to/kubernetes.md",
      ...["docs/how-to/systemd.md", "docs/index.md", "docs/index.md", "docs/migrating/ws.md"],
      ...["docs/presence.md", "docs/topics.md", "docs/tutorial.md", "docs/tutorial.md"],
      "docs/web.md",
    ];
    expect(programs.map(({ place }) => place.split(":")[0]).sort()).toEqual(tested.sort());
  });

  it("in JavaScript and YAML can be read", () => {
    const scripts = DOCUMENTS.flatMap((document) => blocksOf(document, "js"));
    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) {
      const { diagnostics } = ts.transpileModule(script, { reportDiagnostics: true });
      expect(
        diagnostics?.map(({ messageText }) => messageText),
        script,
      ).toEqual([]);
    }
    const settings = DOCUMENTS.flatMap((document) => blocksOf(document, "yaml"));
    expect(settings.length).toBeGreaterThan(1);
    for (const text of settings) expect(parse(text), text).toEqual(expect.any(Object));
  });

  it("of the README echo what its client sends", { timeout: 60_000 }, async () => {
    const port = await serve(programOf("README.md", "server.listen"));
    const client = await run(programOf("README.md", "connect("), port);
    expect(await outcome(client)).toBe("hello\n");
    const ws = await connect(`ws://localhost:${port}/echo`);
    await ws.send(Buffer.from([1, 2, 3]));
    expect(await ws.receive()).toEqual(Buffer.from([1, 2, 3]));
    await ws.close();
  });

  it("of barewire/web echoes what it sends", { timeout: 60_000 }, async () => {
    const port = await serve(programOf("README.md", "server.listen"));
    const client = await run(programOf("docs/web.md", "new WebSocket("), port);
    expect(await outcome(client)).toBe("hello\n1000 true\n");
  });

  it("of barewire/crossws tells one peer what another says", { timeout: 60_000 }, async () => {
    const port = await serve(programOf("docs/crossws.md", "barewire/crossws"));
    const [ann, bob] = [
      await connect(`ws://localhost:${port}/`),
      await connect(`ws://localhost:${port}/`),
    ];
    expect(await ann.receive()).toMatch(/^[-\da-f]{36} is here$/);
    await ann.send("hello");
    expect(await bob.receive()).toBe("hello");
    await Promise.all([ann.close(), bob.close()]);
  });

  it("of the guide do what they say", { timeout: 60_000 }, async () => {
    const port = await serve(programOf("docs/guide.md", "server.listen(8199)"));
    const ws = await connect(`ws://localhost:${port}/ws`);
    await ws.send("to and fro");
    expect(await ws.receive()).toBe("to and fro");
    await ws.close();
    const client = await run(programOf("docs/guide.md", "await connect("));
    expect(await outcome(client)).toMatch(/^iso 20\d\d-\d\d-\d\dT.*Z\n$/);
    const comesBack = await run(programOf("docs/guide.md", "of reconnecting("));
    expect(await outcome(comesBack)).toBe("news\nnews\n");
  });
});

describe("the table of limits", () => {
  const UNITS: Readonly<Record<string, number>> = { s: 1000, KiB: 1024, MiB: 1024 * 1024 };
  const [, table = ""] =
    /<!-- limits:start.*?-->(.*)<!-- limits:end -->/s.exec(read("docs/reference/limits.md")) ?? [];
  const rows = tableRows(table).map(([, option = "", byDefault = "", breach = ""]) => ({
    option: option.replaceAll("`", ""),
    byDefault: parsed(byDefault),
    breach,
  }));

  /** `16 KiB` is 16384, `10 s` is 10000, "none" is no limit, "all" is no function. */
  function parsed(cell: string): unknown {
    if (cell === "none") return Number.POSITIVE_INFINITY;
    if (cell === "all") return undefined;
    if (cell === "half of V8's heap limit") return defaultBudget();
    if (cell.startsWith("`")) return JSON.parse(cell.replaceAll("`", ""));
    const [, number = "", unit] = /^([\d,]+)(?: (\w+))?$/.exec(cell) ?? [];
    return Number(number.replaceAll(",", "")) * (unit === undefined ? 1 : UNITS[unit]!);
  }

  const connection = Object.entries(connectionSettings({}, "server")).filter(
    ([name, value]) => CONNECTION_OPTION_NAMES.includes(name) && typeof value === "number",
  );

  it("has every limit of a server with its default", () => {
    const { headLimits, ...server } = serverSettings({});
    const { handshakeTimeout, maxConnections, maxTotalBuffered, admit, hosts } = server;
    const { maxConnectionsPerAddress, maxConnectionRatePerAddress } = server;
    const defaults = {
      handshakeTimeout,
      maxHeadSize: headLimits.maxBytes,
      maxHeadFields: headLimits.maxFields,
      origin: routeSettings({}, {}).origin,
      hosts,
      maxConnections,
      maxConnectionsPerAddress,
      maxConnectionRatePerAddress,
      maxTotalBuffered,
      admit,
      ...Object.fromEntries(connection),
    };
    expect(Object.fromEntries(rows.map((row) => [row.option, row.byDefault]))).toEqual(defaults);
    expect(rows).toHaveLength(Object.keys(defaults).length);
  });

  it("holds for a client as far as it says so", () => {
    const { handshakeTimeout, hop, settings } = planClient("ws://localhost", {}, {});
    const client: Record<string, unknown> = {
      ...settings,
      handshakeTimeout,
      maxHeadSize: hop.dial.limits.maxBytes,
      maxHeadFields: hop.dial.limits.maxFields,
    };
    const ofServerAlone = /^(origin|hosts|maxConnection.*|maxTotalBuffered|admit)$/;
    for (const { option, byDefault } of rows) {
      if (!ofServerAlone.test(option)) expect(client[option], option).toBe(byDefault);
    }
  });

  it.each<[string, ProtocolFailure]>([
    ["maxMessageSize", "MESSAGE_TOO_BIG"],
    ["maxFragments", "TOO_MANY_FRAGMENTS"],
    ["messageTimeout", "MESSAGE_TIMEOUT"],
  ])("has the close code of %s", (option, failure) => {
    const row = rows.find((candidate) => candidate.option === option);
    expect(row?.breach).toBe(`close ${new ProtocolError(failure).closeCode}`);
  });
});

describe("the guide's tables of errors", () => {
  const rows = tableRows(GUIDE);

  it("have every ProtocolError with its close code", () => {
    for (const code of PROTOCOL_FAILURE_CODES) {
      const row = rows.find(([first]) => first === `\`${code}\``);
      expect(row?.[1], code).toBe(String(new ProtocolError(code).closeCode));
    }
  });

  it("have the codes of HandshakeError that its doc comment lists", () => {
    const [, list = ""] = / \* Codes: (.*?)\.\n/s.exec(read("src/errors.ts")) ?? [];
    const codes = list.match(/`[A-Z_]+`/g) ?? [];
    expect(codes.length).toBeGreaterThan(5);
    const documented = rows.filter(([, side = ""]) => ["server", "client", "both"].includes(side));
    expect(documented.map(([code]) => code).sort()).toEqual([...codes].sort());
  });

  it("are followed by every diagnostics channel", () => {
    const source = read("src/connection/diagnostics.ts") + read("src/server/refused-handshake.ts");
    const channels = [...source.matchAll(/channel\("(.*?)"\)/g)].map((match) => match[1]!);
    expect(channels.length).toBeGreaterThan(0);
    for (const name of channels) {
      expect(rows.map(([first]) => first)).toContain(`\`${name}\``);
    }
  });
});

describe("the documents", () => {
  const documents = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
    "bench/README.md",
    "examples/README.md",
    ...DOCUMENTS,
  ];

  it.each(documents)("%s links to what is there", (document) => {
    for (const [, link = ""] of read(document).matchAll(/\]\((?!https?:)(.*?)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      expect(existsSync(join(ROOT, target)), `${link} in ${document}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(target)), link).toContain(anchor);
    }
  });

  /** The anchors that GitHub makes of headings. */
  function anchorsOf(markdown: string): string[] {
    const headings = markdown.matchAll(/^#+ (.*)$/gm);
    return [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
  }

  it.each(documents)("%s names files of src/ and .ci/ that there are", (document) => {
    for (const [, path = ""] of read(document).matchAll(/`((?:src|\.ci|\.github)\/[\w./-]+)`/g)) {
      expect(existsSync(join(ROOT, path)), `${path} in ${document}`).toBe(true);
    }
  });

  it.each(documents)("%s names scripts that there are", (document) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, name = ""] of read(document).matchAll(/npm run ([\w:-]+)/g)) {
      expect(Object.keys(scripts), `npm run ${name} in ${document}`).toContain(name);
    }
  });
});
