/** The echo page of `barewire serve`, as the package has it: its scripts in one file, without comments. */

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./sources.ts";

const SOURCE = join(ROOT, "public");

/** Writes the page into `folder`. */
export async function writePage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: ["app.js", "style.css"].map((file) => join(SOURCE, file)),
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome109", "firefox115", "safari16"],
  });
  const html = await readFile(join(SOURCE, "index.html"), "utf8");
  const small = html.replaceAll(/<!--.*?-->/gs, "").replaceAll(/^\s+/gm, "");
  await writeFile(join(folder, "index.html"), small);
  await copyFile(join(SOURCE, "favicon.svg"), join(folder, "favicon.svg"));
}
