import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";

// The examples of the guide that need other packages: in fences of "ts packages".

const HERE = fileURLToPath(new URL("./", import.meta.url));
const INDEX = new URL("../../src/index.ts", import.meta.url).href;
const GUIDE = readFileSync(new URL("../../docs/guide.md", import.meta.url), "utf8");
const EXAMPLES = [...GUIDE.matchAll(/^```ts packages\n(.*?)^```$/gms)].map((match) => match[1]!);

function exampleWith(what: string): string {
  const found = EXAMPLES.filter((example) => example.includes(what));
  expect(found, `examples with ${what}`).toHaveLength(1);
  return found[0]!;
}

let count = 0;

interface Running {
  /** What it prints: its address. */
  readonly url: string;
  readonly child: ChildProcess;
}

/** Runs an example with barewire's sources, on a free port. */
async function run(example: string): Promise<Running> {
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
async function ask(url: string, method = "GET") {
  const [response] = await once(get(url.replace(/^ws/, "http"), { method }), "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  const cookie = `${response.headers["set-cookie"]?.[0]}`.split(";")[0]!;
  return { status: response.statusCode, cookie, body };
}

describe("the guide's examples with other packages", () => {
  it("are there, and compile", () => {
    expect(EXAMPLES.length).toBe(3);
    const files = EXAMPLES.map((_, i) => `${HERE}example-${i}.mts`);
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
    const own = (path: string) => EXAMPLES[files.indexOf(path)];
    host.fileExists = (path) => own(path) !== undefined || fileExists(path);
    host.readFile = (path) => own(path) ?? readFile(path);
    host.getSourceFile = (path, ...rest) => {
      const text = own(path);
      if (text === undefined) return getSourceFile(path, ...rest);
      return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    };
    const program = ts.createProgram(files, options, host);
    const mistakes = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(mistakes).toEqual([]);
  });

  it("know a user by the session of Express and passport", async () => {
    const { url } = await run(exampleWith("passport"));
    const nobody = connect(`${url}/chat`);
    await expect(nobody).rejects.toMatchObject({ code: "REFUSED", status: 401 });
    const { status, cookie } = await ask(`${url}/login?name=ann`, "POST");
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^connect\.sid=/)]);
    const ws = await connect(`${url}/chat`, { headers: { Cookie: cookie } });
    await ws.send("hello");
    expect(await ws.receive()).toBe("ann: hello");
    await ws.close();
    const forged = connect(`${url}/chat`, { headers: { Cookie: `${cookie}x` } });
    await expect(forged).rejects.toMatchObject({ status: 401 });
  });

  it("end with Fastify, which would wait for their connections", async () => {
    const closing =
      'process.stdin.once("data", () => fastify.close().then(() => process.exit(7)));';
    const { url, child } = await run(`${exampleWith("preClose")}\n${closing}\n`);
    expect((await ask(`${url}/`)).body).toBe("page");
    const ws = await connect(`${url}/echo`);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    const exited = once(child, "exit");
    child.stdin?.write("\n");
    expect(await ws.closed).toMatchObject({ code: 1001, clean: true });
    expect((await exited)[0]).toBe(7);
  });

  it("serve @fastify/websocket and barewire on one port", async () => {
    const { url } = await run(exampleWith("@fastify/websocket"));
    for (const whose of ["ours", "theirs"]) {
      const ws = await connect(`${url}/${whose}`);
      await ws.send("hello");
      expect(String(await ws.receive())).toBe(`${whose}: hello`);
      await ws.close();
    }
    await expect(connect(`${url}/nowhere`)).rejects.toMatchObject({ status: 404 });
  });
});
