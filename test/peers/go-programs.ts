/** Builds the peers in Go. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const SOURCES = fileURLToPath(new URL("go/", import.meta.url));

const INSTALL =
  "The interoperation tests need Go 1.23 or later on the PATH: see https://go.dev/doc/install, " +
  "or on Debian 13 and Ubuntu 25.04 and later: apt-get install golang-go.";

/** The programs, built. */
export interface GoPrograms {
  readonly goframeServer: string;
  readonly gorillaClient: string;
  readonly http2Client: string;
  readonly http2Server: string;
  /** Takes them away. */
  remove(): Promise<void>;
}

/** Builds them into a temporary folder. Rejects with what is to be installed without Go. */
export async function buildGoPrograms(): Promise<GoPrograms> {
  try {
    await run("go", ["version"]);
  } catch (error) {
    throw new Error(`${INSTALL}\n${(error as Error).message}`);
  }
  const folder = await mkdtemp(join(tmpdir(), "barewire-go-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const flags = ["-mod=readonly", "-buildvcs=false"];
    await run("go", ["build", ...flags, "-o", `${folder}/`, "./..."], {
      cwd: SOURCES,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    await remove();
    throw new Error(`${INSTALL}\n${(error as { stderr?: string }).stderr || error}`);
  }
  return {
    goframeServer: join(folder, "goframe-server"),
    gorillaClient: join(folder, "gorilla-client"),
    http2Client: join(folder, "http2-client"),
    http2Server: join(folder, "http2-server"),
    remove,
  };
}
