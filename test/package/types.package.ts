import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { LIBRARY, OTHER_PACKAGES } from "../../.ci/build/packages.ts";

const run = promisify(execFile);
const { project } = inject("packed");
const consumers = inject("consumers");

/** Versions of TypeScript, each with the declarations of Node that belong to its time. */
const VERSIONS = [
  ...["5.0", "5.1", "5.2", "5.4"].map((version) => [version, "20"] as const),
  ...["5.6", "5.7", "5.8", "5.9", "6.0", "7.0"].map((version) => [version, "26"] as const),
];

const ENTRIES = [LIBRARY, ...OTHER_PACKAGES].flatMap(({ name, entries }) =>
  entries.map(({ path, nodeTypes }) => ({ specifier: name + path.slice(1), nodeTypes })),
);

/** As strict as it can be, the declarations of libraries checked too. */
const STRICT = {
  target: "es2022",
  lib: ["es2022"],
  module: "node16",
  moduleResolution: "node16",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

/** What a program does with the package, in words that every version of TypeScript knows. */
const USE = `
export async function use(): Promise<void> {
  const server: Server = new Server({ maxMessageSize: 1024 });
  const handler: ConnectionHandler = { message: (ws, data) => void ws.send(data) };
  server.handle("/", handler);
  const { url } = await server.listen(0);
  const ws: Connection = await connect(url, { protocols: ["chat"] });
  for await (const message of ws) {
    const text: string = typeof message === "string" ? message : message.toString("utf8");
    await ws.send(text);
  }
  const { code }: CloseInfo = await ws.close();
  if (new ArgumentError("no") instanceof TypeError) console.log(code satisfies number);
}
`;
const NAMES =
  "ArgumentError, type CloseInfo, type Connection, type ConnectionHandler, connect, Server";

/** The types that a program has beside those of the package. */
type Ambient = "20" | "26" | "dom";

/**
 * Compiles files in a folder of their own, beside the installed packages.
 *
 * @returns what the compiler complains about
 */
async function compile(
  version: string,
  ambient: Ambient,
  files: Readonly<Record<string, string>>,
  options: object = {},
): Promise<string> {
  const folder = join(project, `types-${version}-${Math.random().toString(36).slice(2)}`);
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const lib = ambient === "dom" ? ["es2022", "dom"] : STRICT.lib;
  const types = ambient === "dom" ? [] : ["node"];
  const typeRoots = [join(folder, "types")];
  if (ambient !== "dom") {
    await mkdir(typeRoots[0]!);
    const from = join(consumers, "@types", `node-${ambient}`);
    await symlink(from, join(typeRoots[0]!, "node"), "junction");
  }
  const compilerOptions = { ...STRICT, lib, types, typeRoots, ...options };
  const config = { compilerOptions, files: Object.keys(files) };
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(consumers, `typescript-${version}`, "bin", "tsc");
  return await run(process.execPath, [tsc, "-p", folder]).then(
    () => "",
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`,
  );
}

const MODULES = {
  "main.ts": `import { ${NAMES} } from "barewire";\n${USE}`,
  "main.cts": `import { ${NAMES} } from "barewire";\n${USE}`,
  "required.cts": 'import barewire = require("barewire");\nconsole.log(new barewire.Server());\n',
};

/** A module that imports each of these. */
function importing(entries: readonly { readonly specifier: string }[]): string {
  const lines = entries.map(({ specifier }, i) => `import * as from${i} from "${specifier}";`);
  return `${lines.join("\n")}\nconsole.log(${entries.map((_, i) => `from${i}`).join(", ")});\n`;
}

/** Every type of the public interface; it uses `await using`, which came with TypeScript 5.2. */
const PUBLIC_TYPES = readFileSync(new URL("public-types.ts", import.meta.url), "utf8").replace(
  "../../src/index.ts",
  "barewire",
);

describe.each(VERSIONS)("TypeScript %s", (version, node) => {
  it("takes ES modules and CommonJS ones, library declarations checked too", async () => {
    const files = { ...MODULES, "all.ts": importing(ENTRIES) };
    const complaints =
      Number(version) < 5.2
        ? await compile(version, node, files)
        : await compile(
            version,
            node,
            { ...files, "public-types.ts": PUBLIC_TYPES },
            { lib: ["es2022", "esnext.disposable"] },
          );
    expect(complaints).toBe("");
  });
});

describe.each(["5.0", "7.0"])("TypeScript %s without @types/node", (version) => {
  const free = ENTRIES.filter(({ nodeTypes }) => !nodeTypes);

  it("takes what does not speak of Node", async () => {
    expect(free.length).toBeGreaterThan(0);
    expect(await compile(version, "dom", { "main.ts": importing(free) })).toBe("");
  });

  it("takes the rest if it does not check libraries, as most do not", async () => {
    const files = { "main.ts": MODULES["main.ts"], "all.ts": importing(ENTRIES) };
    expect(await compile(version, "dom", files, { skipLibCheck: true })).toBe("");
  });
});

describe("other ways to resolve modules", () => {
  it.each([
    ["5.0", { module: "commonjs", moduleResolution: "node10" }],
    ["5.0", { module: "esnext", moduleResolution: "bundler" }],
    ["7.0", { module: "esnext", moduleResolution: "bundler" }],
    ["7.0", { module: "nodenext", moduleResolution: "nodenext" }],
  ])("TypeScript %s, %o", async (version, options) => {
    const files = { "main.ts": MODULES["main.ts"], "all.ts": importing(ENTRIES) };
    expect(await compile(version, version === "5.0" ? "20" : "26", files, options)).toBe("");
  });

  it("finds mistakes at all", async () => {
    const wrong = 'import { Server } from "barewire";\nnew Server({ maxMesageSize: 1 });\n';
    expect(await compile("7.0", "26", { "main.ts": wrong })).toContain("maxMesageSize");
  });
});
