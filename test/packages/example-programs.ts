/** The programs of the documents that need other packages: in fences of "ts packages". */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, onTestFinished } from "vitest";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const INDEX = new URL("../../src/index.ts", import.meta.url).href;

/** The programs of a document, by its path below the root. */
export function examplesOf(document: string): string[] {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```ts packages\n(.*?)^```$/gms)].map((match) => match[1]!);
}

/** The one of them in which something stands. */
export function exampleAmong(examples: readonly string[], what: string): string {
  const found = examples.filter((example) => example.includes(what));
  expect(found, `examples with ${what}`).toHaveLength(1);
  return found[0]!;
}

/** What the compiler finds wrong with them. */
export function mistakesIn(examples: readonly string[]): string[] {
  const files = examples.map((_, i) => `${HERE}example-${i}.mts`);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    paths: { barewire: [fileURLToPath(INDEX)] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const own = (path: string) => examples[files.indexOf(path)];
  host.fileExists = (path) => own(path) !== undefined || fileExists(path);
  host.readFile = (path) => own(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = own(path);
    if (text === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram(files, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

let count = 0;

/** A program that runs. */
export interface Running {
  /** What it prints: its address. */
  readonly url: string;
  readonly child: ChildProcess;
}

/** Runs an example with barewire's sources, on a free port. */
export async function run(example: string): Promise<Running> {
  const program = example
    .replaceAll('from "barewire"', `from ${JSON.stringify(INDEX)}`)
    .replaceAll(/listen\(8199\)/g, 'listen({ port: 0, host: "127.0.0.1" })')
    .replaceAll("port: 8199", "port: 0");
  const file = `${HERE}example-${process.pid}-${count++}.mts`;
  await writeFile(file, program);
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: HERE,
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await rm(file);
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  if (typeof line !== "string") throw new Error(`it ended with exit code ${line}`);
  return { url: line.replace(/^http/, "ws"), child };
}

/** Asks by HTTP, and gives the answer's status, cookie and body. */
export async function ask(url: string, method = "GET") {
  const [response] = await once(get(url.replace(/^ws/, "http"), { method }), "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  const cookie = `${response.headers["set-cookie"]?.[0]}`.split(";")[0]!;
  return { status: response.statusCode, cookie, body };
}
