/** Testees in Java, with packages from Maven Central. */
import { readFile } from "node:fs/promises";
import { builtFolder, quoted, run, TESTEES, type Toolchain } from "./toolchain.ts";

/**
 * An echo server needs no more memory, and some virtual machines would take a quarter of what there is. One compiler
 * and one collector spare it work at its start.
 */
const OPTIONS = "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

export const JAVA: Toolchain = {
  title: "Java: packages from Maven Central, and mvn compile",
  async build() {
    const folder = builtFolder("java");
    const cwd = `${TESTEES}java`;
    await run("mvn", ["-q", "-B", "compile", `-Dbuild.folder=${folder}`], { cwd });
    const description = await readFile(`${cwd}/pom.xml`, "utf8");
    const packages = description.matchAll(
      /<artifactId>(.*)<\/artifactId>\s*<version>(.*)<\/version>/g,
    );
    const versions = [...packages].map(([, name = "", version = ""]) => [name, version] as const);
    const java = `java ${OPTIONS} -cp ${quoted(`${folder}/classes:${folder}/lib/*`)}`;
    return { places: { java }, versions };
  },
};
