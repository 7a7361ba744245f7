/** Builds the peers in Java. */

import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PeerCommand } from "./peer-process.ts";

const run = promisify(execFile);

const SOURCES = fileURLToPath(new URL("java/", import.meta.url));

const INSTALL =
  "The interoperation tests need Java 17 or later and Maven on the PATH: on Debian and Ubuntu " +
  "apt-get install default-jdk-headless maven.";

/** The programs, built. */
export interface JavaPrograms {
  command(name: "JettyServer" | "JettyClient"): PeerCommand;
  /** Takes them away. */
  remove(): Promise<void>;
}

/** Builds them in a temporary folder. Rejects with what is to be installed without Java or Maven. */
export async function buildJavaPrograms(): Promise<JavaPrograms> {
  const folder = await mkdtemp(join(tmpdir(), "barewire-java-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(SOURCES, folder, { recursive: true });
    const goals = ["--quiet", "--batch-mode", "compile", "dependency:copy-dependencies"];
    await run("mvn", goals, { cwd: folder, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    await remove();
    throw new Error(`${INSTALL}\n${(error as { stdout?: string }).stdout || error}`);
  }
  const classes = `${folder}/target/classes:${folder}/target/dependency/*`;
  return { command: (name) => ["java", "-cp", classes, name], remove };
}
