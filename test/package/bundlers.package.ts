import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Server } from "../../src/index.ts";

const run = promisify(execFile);
const { project } = inject("packed");
const consumers = inject("consumers");
const folder = join(project, "bundles");
const inProject = createRequire(join(project, "package.json"));
const inConsumers = createRequire(join(consumers, "..", "package.json"));

/** A program of which all is bundled: a client, and an error's class. */
const CLIENT = `
  import { ArgumentError, connect } from "barewire";
  connect("nonsense").catch((error) => {
    if (!(error instanceof ArgumentError)) throw error;
    return connect(process.argv[2]).then(async (ws) => {
      ws.send("hello");
      console.log(await ws.receive());
      await ws.close();
    });
  });
`;

/** A program that takes the package by both ways. */
const BOTH = `
  import { connect, Server } from "barewire";
  const required = require("barewire");
  console.log(required.Server === Server, required.connect === connect);
`;

/**
 * The most that a client may load at once when esbuild bundles it by itself and minifies it, in bytes. The
 * aim is 48 KiB, and what a client does takes more: of the 117,089 it had in November 2026 the connection
 * takes 48 KB, the protocol with masking 17, the handshake and dialling 19, the rest of the client 12, sockets 8.
 * What few of them need, proxies, refusals, redirects, compression and HTTP/2, is loaded when one does.
 */
const MAX_CLIENT = 119_000;

let server: Server;
let url: string;

beforeAll(async () => {
  await mkdir(folder);
  await writeFile(join(folder, "client.mjs"), CLIENT);
  server = new (inProject("barewire") as { Server: typeof Server }).Server();
  server.handle("/", { message: (ws, data) => void ws.send(data) });
  ({ url } = await server.listen({ host: "127.0.0.1", port: 0 }));
});

afterAll(() => server.shutdown({ timeout: 1000 }));

/** Runs a bundle where it finds no package. @returns what it prints */
async function speak(bundle: string): Promise<string> {
  const { stdout } = await run(process.execPath, [bundle, url], { cwd: folder });
  return stdout;
}

/** Bundles a program with esbuild. @returns the file */
async function withEsbuild(contents: string, format: "esm" | "cjs"): Promise<string> {
  const outfile = join(
    folder,
    `esbuild-${contents.length}-${format}.${format[0]}js`.replace("ejs", "mjs"),
  );
  await esbuild.build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format,
    outfile,
    logLevel: "silent",
  });
  return outfile;
}

/** Bytes that a program loads which takes these names, minified, without what it loads when needed. */
async function loadedAtOnce(names: string): Promise<number> {
  const { metafile } = await esbuild.build({
    stdin: { contents: `export { ${names} } from "barewire";`, resolveDir: project },
    bundle: true,
    minify: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    outdir: join(folder, "split"),
    metafile: true,
    write: false,
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = new Set([outputs.find(([, { entryPoint }]) => entryPoint === "<stdin>")![0]]);
  for (const file of loaded) {
    for (const { path, kind, external } of metafile.outputs[file]!.imports) {
      if (kind === "import-statement" && !external) loaded.add(path);
    }
  }
  return [...loaded].reduce((sum, file) => sum + metafile.outputs[file]!.bytes, 0);
}

describe("a client that is bundled alone", () => {
  it.each(["esm", "cjs"] as const)("by esbuild as %s speaks", async (format) => {
    expect(await speak(await withEsbuild(CLIENT, format))).toBe("hello\n");
  });

  it("by esbuild is small, and has no server", async () => {
    const client = await loadedAtOnce("connect");
    console.log(`a client bundled by esbuild, minified: ${client} bytes`);
    expect(client).toBeLessThanOrEqual(MAX_CLIENT);
    expect(await loadedAtOnce("connect, Server")).toBeGreaterThan(client + 10_000);
  });

  it("by Rolldown speaks", async () => {
    const { build } = (await import(inConsumers.resolve("rolldown"))) as {
      build(options: object): Promise<unknown>;
    };
    const file = join(folder, "rolldown.mjs");
    const input = join(folder, "client.mjs");
    const output = { dir: folder, entryFileNames: "rolldown.mjs", format: "esm" };
    await build({ input, platform: "node", output, logLevel: "silent" });
    expect(await speak(file)).toBe("hello\n");
  });

  it("by webpack speaks", async () => {
    const webpack = inConsumers("webpack") as (
      options: object,
      done: (error: Error | null, stats: { toString(kind: string): string }) => void,
    ) => void;
    const complaints = await new Promise<string>((resolve, reject) => {
      const options = {
        mode: "production",
        target: "node20",
        entry: join(folder, "client.mjs"),
        output: { path: folder, filename: "webpack.cjs" },
      };
      webpack(options, (error, stats) => {
        if (error === null) resolve(stats.toString("errors-warnings"));
        else reject(error);
      });
    });
    expect(complaints).toBe("webpack compiled successfully");
    expect(await speak(join(folder, "webpack.cjs"))).toBe("hello\n");
  });
});

describe("a bundle that takes the package by import and by require", () => {
  it.each(["esm", "cjs"] as const)("has it once, as %s", async (format) => {
    expect(await speak(await withEsbuild(BOTH, format))).toBe("true true\n");
  });
});
