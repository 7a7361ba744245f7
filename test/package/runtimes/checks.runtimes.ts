import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { KNOWN } from "./known.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../../../docs/support.md", import.meta.url));
const { project } = inject("packed");
const modules = inject("runtimes");
const CHECKS = join(project, "checks.mjs");

interface Runtime {
  /** As the table has it. */
  readonly name: string;
  /** Program and arguments before the file to run. */
  readonly command: readonly string[];
}

const { optionalDependencies: wanted } = JSON.parse(
  readFileSync(join(HERE, "package.json"), "utf8"),
) as { optionalDependencies: Record<string, string> };

/** All that `package.json` names, and the present Node.js. */
const RUNTIMES = [
  ...Object.entries(wanted).map(([name, version]) => runtimeOf(name, version)),
  { name: `this Node.js, ${process.version}`, command: [process.execPath] },
].filter(({ command }) => existsSync(command[0]!));

function runtimeOf(name: string, version: string): Runtime {
  const folder = join(modules, name);
  if (name.startsWith("node-")) {
    return { name: `Node.js ${name.slice(5)}`, command: [join(folder, "bin", "node")] };
  }
  if (name.startsWith("@oven/")) {
    return { name: `Bun ${version}`, command: [join(folder, "bin", "bun"), "--no-install"] };
  }
  const flags = ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"];
  return { name: `Deno ${version}`, command: [join(folder, "deno"), ...flags] };
}

copyFileSync(join(HERE, "checks.mjs"), CHECKS);
const NAMES = JSON.parse(
  execFileSync(process.execPath, [CHECKS, "--list"], { encoding: "utf8" }),
) as string[];

interface Outcome {
  readonly name: string;
  /** What went wrong; null if nothing did. */
  readonly problem: string | null;
}

const outcomes = new Map<string, ReadonlyMap<string, Outcome["problem"]>>();

beforeAll(async () => {
  const { cert, key } = selfSignedCertificate();
  await writeFile(join(project, "cert.pem"), cert);
  await writeFile(join(project, "key.pem"), key);
});

/** Runs all checks. */
function runChecks({ command }: Runtime): Promise<ReadonlyMap<string, Outcome["problem"]>> {
  const [program, ...args] = command;
  const rest = ["checks.mjs", "cert.pem", "key.pem", ...command];
  return new Promise((resolve, reject) => {
    execFile(program!, [...args, ...rest], { cwd: project }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${error.message}\n${stderr}`));
      const lines = stdout.trim().split("\n");
      const found = lines.map((line) => JSON.parse(line) as Outcome);
      resolve(new Map(found.map(({ name, problem }) => [name, problem])));
    });
  });
}

function knownFor(runtime: string, check: string): boolean {
  return KNOWN.some((known) => runtime.startsWith(known.runtime) && known.check === check);
}

describe.each(RUNTIMES)("$name", (runtime) => {
  beforeAll(async () => {
    outcomes.set(runtime.name, await runChecks(runtime));
  });

  it.each(NAMES)("%s", (check) => {
    const problem = outcomes.get(runtime.name)!.get(check);
    if (knownFor(runtime.name, check)) expect(problem, "it works now").toEqual(expect.any(String));
    else expect(problem).toBe(null);
  });
});

describe("docs/support.md", () => {
  const text = readFileSync(DOCUMENT, "utf8");
  const part = (name: string): string =>
    new RegExp(`<!-- ${name}:start.*?-->\n\n(.*?)\n\n<!-- ${name}:end -->`, "s").exec(text)?.[1] ??
    "";
  const measured = RUNTIMES.filter(({ name }) => !name.startsWith("this "));

  it.runIf(measured.length > 0)("has this table of runtimes", () => {
    const rows = measured.map(({ name }) => {
      const problems = [...outcomes.get(name)!].filter(([, problem]) => problem !== null);
      const different = problems.map(([check]) => check).join("; ");
      return `| ${name} | ${NAMES.length - problems.length} of ${NAMES.length} | ${different} |`;
    });
    const head = "| runtime | checks passed | different |\n| --- | --- | --- |";
    expect(part("runtimes")).toBe(`${head}\n${rows.join("\n")}`);
  });

  it("has these differences", () => {
    const lines = KNOWN.map(
      ({ runtime, check, difference }) => `- **${runtime}**: ${check} ${difference}`,
    );
    expect(part("differences")).toBe(lines.join("\n"));
  });

  it("has this list of checks", () => {
    expect(part("checks")).toBe(NAMES.map((name) => `- ${name}`).join("\n"));
  });
});
