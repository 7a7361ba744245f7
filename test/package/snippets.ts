/** The TypeScript examples of the documents: found, type-checked and run. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { LIBRARY, OTHER_PACKAGES } from "../../.ci/build/packages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The modules that stand for what the examples import: `barewire`, `barewire/ws`, `barewire-conform` and so on. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  [LIBRARY, ...OTHER_PACKAGES].flatMap(({ name, entries }) =>
    entries.map(({ path, source }) => [join(name, path).replaceAll("\\", "/"), join(ROOT, source)]),
  ),
);

/** One fenced block of a document. */
export interface Snippet {
  /** For messages: `README.md:40`, the line of its first line. */
  readonly place: string;
  readonly code: string;
  /** Whether it is a program of its own. It is if it imports the package, else it is a fragment. */
  readonly complete: boolean;
}

/** All blocks of TypeScript in a document, by its path below the root. */
export function snippetsOf(document: string): Snippet[] {
  const markdown = readFileSync(join(ROOT, document), "utf8");
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => {
    const code = match[1]!;
    const line = markdown.slice(0, match.index).split("\n").length + 1;
    return { place: `${document}:${line}`, code, complete: /from "barewire["/-]/.test(code) };
  });
}

/** All pages of the documentation, and the README, by their paths below the root. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .filter((path) => /\.md$/.test(path) && !/node_modules|\.vitepress|reference\/api/.test(path))
    .sort(),
];

/** The blocks of another language in a document: `js`, `html` and so on. */
export function blocksOf(document: string, language: string): string[] {
  const markdown = readFileSync(join(ROOT, document), "utf8");
  const blocks = markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
  return [...blocks].map(([, code = ""]) => code);
}

/** What the fragments take for granted, in one place: names that the text around them explains. */
const PRELUDE = `
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { Duplex, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import {
  type CloseInfo, connect, type Connection, type ConnectionHandler, HandshakeError, type Listener,
  ReconnectingClient, reconnecting, type RefusedHandshake, type RequestHandler, Server,
} from "barewire";
declare const server: Server, ws: Connection, members: Set<Connection>;
declare const httpServer: ReturnType<typeof createServer>;
declare const app: RequestListener, echo: RequestHandler, chat: ConnectionHandler, feed: ConnectionHandler;
declare function renewedCertificate(): Promise<{ cert: string; key: string }>;
declare const ca: string, cert: string, key: string, data: string, sink: Writable;
declare function findUser(cookie: string | undefined, signal: AbortSignal): Promise<string | undefined>;
declare function say(user: string, message: string | Buffer): Promise<void>;
declare function nextRecord(): string;
declare function latest(): object;
declare function records(): AsyncIterable<string>;
declare const readableOfRecords: ReadableStream<string>, handle: RequestListener, secure: Listener;
declare function openTunnel(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
declare function freshToken(): Promise<string>;
declare function logIn(): Promise<boolean>;
`;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: ["node"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: Object.fromEntries([...SOURCES].map(([name, source]) => [name, [source]])),
};

/** Type-checks snippets against the sources. @returns a line for each mistake */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const files = new Map(
    snippets.map((snippet, i) => [
      // A module of the package, though only in memory: .mts allows top-level await anywhere.
      join(ROOT, "docs", `snippet-${i}.mts`).replaceAll("\\", "/"),
      { ...snippet, text: snippet.complete ? snippet.code : asModule(snippet.code) },
    ]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const file = files.get(path);
    if (file === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, file.text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return [...files].flatMap(([path, snippet]) => {
    const source = program.getSourceFile(path);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map((mistake) => describe(mistake, snippet));
  });
}

/** A fragment as a module: a function's body, so that it may declare what the prelude has, too. */
function asModule(code: string): string {
  return `${PRELUDE}export async function fragment() {\n${code}}\n`;
}

function describe({ file, start, messageText }: ts.Diagnostic, { place, code }: Snippet): string {
  const line = file?.text.slice(0, start).split("\n").length ?? 0;
  const first = (file?.text.slice(0, file.text.indexOf(code)).split("\n").length ?? 1) - 1;
  const text = ts.flattenDiagnosticMessageText(messageText, "\n");
  return `${place}, its line ${line - first}: ${text}`;
}

/**
 * Starts a complete snippet as a process, on the sources in place of the package. Where it listens
 * on port 8199 it gets a free one, and prints `PORT` and its number; where it connects to 8199,
 * `port` takes its place.
 *
 * @param folder where the program is put
 */
export async function start(folder: string, snippet: Snippet, port = 0): Promise<ChildProcess> {
  const program = snippet.code
    .replaceAll(/from "(barewire[^"]*)"/g, (whole, name: string) => {
      const source = SOURCES.get(name);
      return source === undefined ? whole : `from ${JSON.stringify(pathToFileURL(source).href)}`;
    })
    .replaceAll("localhost:9001", `localhost:${port}`)
    .replace(
      "server.listen(8199)",
      'server.listen(0).then((place) => { console.log("PORT", place.port); return place; })',
    )
    .replaceAll("localhost:8199", `localhost:${port}`);
  const file = join(folder, `${snippet.place.replaceAll(/[/:]/g, "-")}.mts`);
  await writeFile(file, program);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return spawn(process.execPath, ["--import", tsx, file], { cwd: ROOT });
}

/** Waits for the end of a process that {@link start} has started, and gives all that it wrote. */
export async function outcome(child: ChildProcess): Promise<string> {
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "exit"),
  ]);
  return code === 0 ? output : `exit code ${code}: ${errors}`;
}
