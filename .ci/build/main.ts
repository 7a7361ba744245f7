/**
 * `npm run build`: makes `dist/`, the files of the package `barewire`, and in `dist/packages/` the
 * packages made of the same sources. The root's `package.json` is written anew where it does not lead
 * to what is built, so an entry more is a line in `packages.ts` and a build.
 */

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeBundles } from "./bundles.ts";
import { writeDeclarations } from "./declarations.ts";
import { entrancesOf } from "./manifests.ts";
import { LIBRARY, OTHER_PACKAGES, type Package } from "./packages.ts";
import { writePage } from "./page.ts";
import { ROOT } from "./sources.ts";

const DIST = join(ROOT, "dist");

/** Fields that packages made here have from the root's manifest. */
const INHERITED = [
  "version",
  "license",
  "author",
  "homepage",
  "repository",
  "bugs",
  "funding",
  "engines",
  "publishConfig",
] as const;

const manifestFile = join(ROOT, "package.json");
const manifest = JSON.parse(await readFile(manifestFile, "utf8"));

await rm(DIST, { recursive: true, force: true });
await writeModules(LIBRARY, DIST);
await writePage(join(DIST, "page"));
const { typesVersions: _, ...others } = manifest;
const wanted = { ...others, ...entrancesOf(LIBRARY) };
if (!isDeepStrictEqual(manifest, wanted)) {
  await writeFile(manifestFile, `${JSON.stringify(wanted, undefined, 2)}\n`);
  console.log("package.json now leads to the entries of .ci/build/packages.ts: commit it");
}
for (const other of OTHER_PACKAGES) await writePackage(other);

async function writePackage(of: Package): Promise<void> {
  const folder = join(DIST, "packages", of.name);
  await mkdir(folder, { recursive: true });
  await writeModules(of, join(folder, "dist"));
  const inherited = Object.fromEntries(INHERITED.map((field) => [field, manifest[field]]));
  const own = {
    name: of.name,
    description: of.description,
    ...inherited,
    type: "module",
    sideEffects: false,
    files: ["dist"],
    ...entrancesOf(of),
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(own, undefined, 2)}\n`);
  await copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  await copyFile(join(ROOT, ".ci", "build", `${of.name}.md`), join(folder, "README.md"));
}

async function writeModules(of: Package, folder: string): Promise<void> {
  const exported = await writeBundles(of, manifest.version, folder);
  await writeDeclarations(of, exported, folder);
}
