import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, Package as FilesToCheck } from "@arethetypeswrong/core";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { writeBundles } from "../../.ci/build/bundles.ts";
import { writeDeclarations } from "../../.ci/build/declarations.ts";
import { entrancesOf } from "../../.ci/build/manifests.ts";
import type { Package } from "../../.ci/build/packages.ts";

const run = promisify(execFile);
const { project } = inject("packed");
const consumers = inject("consumers");

/** What a package with several entries comes to, one of them in the shape of `ws`. */
const FACES: Package = {
  name: "faces",
  description: "",
  entries: [
    { path: ".", source: "test/package/entries/index.ts", nodeTypes: false },
    {
      path: "./with/face",
      source: "test/package/entries/face.ts",
      nodeTypes: false,
      requireGivesDefault: true,
    },
  ],
  parts: [],
  commands: {},
  replaced: {},
};

const folder = join(project, "node_modules", "faces");

beforeAll(async () => {
  const exported = await writeBundles(FACES, "1.0.0", join(folder, "dist"));
  await writeDeclarations(FACES, exported, join(folder, "dist"));
  const manifest = { name: "faces", version: "1.0.0", type: "module", ...entrancesOf(FACES) };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function printed(file: string, code: string): Promise<string> {
  await writeFile(join(project, file), code);
  const { stdout } = await run(process.execPath, [file], { cwd: project });
  return stdout;
}

async function printedBundled(file: string, format: "cjs" | "esm"): Promise<string> {
  const outfile = join(project, `bundled-${file}`);
  const entryPoints = [join(project, file)];
  await esbuild.build({ entryPoints, bundle: true, platform: "node", format, outfile });
  return (await run(process.execPath, [outfile])).stdout;
}

const CHECKS = `
  const face = new Face();
  console.log(face instanceof WebFace, new FaceServer().faces.length, createFace("a") instanceof Face, Face.OPEN);
  console.log(face.shared instanceof Shared, face.shared.equals(new Shared()));
`;
const RESULT = "true 0 true 1\ntrue true\n";

describe("an entry whose require() gives the default export", () => {
  it("is the class, with the other exports as properties", async () => {
    const names = "const { FaceServer, createFace, Face: WebFace } = Face;";
    const code = `const Face = require("faces/with/face"); const { Shared } = require("faces"); ${names}`;
    expect(await printed("face.cjs", code + CHECKS)).toBe(RESULT);
    expect(await printedBundled("face.cjs", "cjs")).toBe(RESULT);
  });

  it("has a default and names for import", async () => {
    const code = `
      import Face, { createFace, FaceServer, Face as WebFace } from "faces/with/face";
      import { Shared } from "faces";`;
    expect(await printed("face.mjs", code + CHECKS)).toBe(RESULT);
    expect(await printedBundled("face.mjs", "esm")).toBe(RESULT);
  });

  it.each(["5.0", "7.0"])("has types for both, TypeScript %s", async (version) => {
    const work = join(project, `faces-${version}`);
    await mkdir(work);
    const uses = `
      const face: Face = new Face();
      const server: FaceServer = new FaceServer();
      server.faces.push(face, createFace("a" satisfies FaceData));
      const shared: Shared = face.shared;
      class More extends FaceServer {}
      const open: 1 = Face.OPEN;
      export const all = [shared.equals(new Shared()), new More(), open];
      // @ts-expect-error: no such data
      createFace(Symbol());`;
    const files = {
      "main.ts": `import Face, { createFace, type FaceData, FaceServer } from "faces/with/face";
        import { Shared } from "faces";${uses}`,
      "main.cts": `import Face = require("faces/with/face");
        import FaceServer = Face.FaceServer; import createFace = Face.createFace;
        type FaceData = Face.FaceData; import { Shared } from "faces";${uses}`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(work, name), text);
    const compilerOptions = {
      target: "es2022",
      module: "node16",
      moduleResolution: "node16",
      strict: true,
      types: [],
      noEmit: true,
    };
    await writeFile(join(work, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(work, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: Object.keys(files) }),
    );
    const tsc = join(consumers, `typescript-${version}`, "bin", "tsc");
    const complaints = run(process.execPath, [tsc, "-p", work]).catch(
      (error: { stdout: string }) => error,
    );
    expect((await complaints).stdout).toBe("");
  });

  it("is right for attw", async () => {
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const files = paths.filter((path) => /\.\w+$/.test(path));
    const contents = Object.fromEntries(
      files.map((path) => [
        `/node_modules/faces/${path.replaceAll("\\", "/")}`,
        readFileSync(join(folder, path)),
      ]),
    );
    const result = await checkPackage(new FilesToCheck(contents, "faces", "1.0.0"));
    expect("problems" in result ? result.problems : "no types").toEqual([]);
  });
});

describe("a module that is imported when it is needed", () => {
  const USE = "loadSecret().then((secret) => console.log(secret));";
  const RESULT_OF_USE = "loaded when it was needed\n";

  it("is loaded then, by require and by import", async () => {
    const required = `const { loadSecret } = require("faces"); ${USE}`;
    expect(await printed("lazy.cjs", required)).toBe(RESULT_OF_USE);
    const imported = `import { loadSecret } from "faces"; ${USE}`;
    expect(await printed("lazy.mjs", imported)).toBe(RESULT_OF_USE);
  });

  it("is loaded in Jest, which has no import()", async () => {
    const test = `
      test("lazy", async () => {
        expect(await require("faces").loadSecret()).toBe("loaded when it was needed");
      });`;
    await writeFile(join(project, "lazy.test.js"), test);
    const jest = join(consumers, "jest", "bin", "jest.js");
    const args = [jest, "--rootDir", project, "--transform", "{}", "lazy.test.js"];
    const { stderr } = await run(process.execPath, args, { cwd: project });
    expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
  });

  it("is in a file of its own in a bundle that may have several", async () => {
    const outdir = join(project, "bundled-lazy");
    const { metafile } = await esbuild.build({
      stdin: { contents: `import { loadSecret } from "faces"; ${USE}`, resolveDir: project },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      outdir,
      outExtension: { ".js": ".mjs" },
      metafile: true,
    });
    const entry = join(outdir, "stdin.mjs");
    expect(Object.keys(metafile.outputs).length).toBeGreaterThan(1);
    expect(readFileSync(entry, "utf8")).not.toContain("loaded when");
    expect((await run(process.execPath, [entry])).stdout).toBe(RESULT_OF_USE);
  });
});
