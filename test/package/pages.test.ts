import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, Server } from "../../src/index.ts";
import { blocksOf, outcome, type Snippet, snippetsOf, start } from "./snippets.ts";

// The programs of the pages, but for those of the guide and the README: readme.test.ts has these.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const INDEX = pathToFileURL(join(ROOT, "src", "index.ts")).href;

function programOf(page: string, what: string): Snippet {
  const found = snippetsOf(page).filter(({ complete, code }) => complete && code.includes(what));
  expect(found, `programs of ${page} with ${what}`).toHaveLength(1);
  return found[0]!;
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: Interface;
  /** Where it listens; it prints that in the place of the port that it is written with. */
  readonly port: number;
}

/** Runs a program that listens on port 8199, on a free one, until the test has finished. */
async function serve(page: string, what: string): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "barewire-pages-"));
  const child = await start(folder, programOf(page, what));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  child.stderr?.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const port = /^PORT (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { child, lines, port: Number(port) };
  }
  throw new Error(`${page} did not listen`);
}

async function expectEcho(url: string): Promise<void> {
  const ws = await connect(url);
  await ws.send("hello");
  expect(await ws.receive()).toBe("hello");
  await ws.close();
}

describe("the programs of the pages", () => {
  it("of the first page are a server and its client", async () => {
    const { port } = await serve("docs/index.md", "new Server");
    const folder = await mkdtemp(join(tmpdir(), "barewire-pages-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const client = await start(folder, programOf("docs/index.md", "connect("), port);
    expect(await outcome(client)).toBe("hello\n");
  });

  it("of the page for those who know ws echo", async () => {
    const { port } = await serve("docs/migrating/ws.md", "new Server");
    await expectEcho(`ws://localhost:${port}/`);
  });

  // Windows ends a process without telling it, and hands over no sockets.
  const onUnix = it.runIf(process.platform !== "win32");

  onUnix("for Kubernetes say when they are ready, and close with 1012", async () => {
    const { port, child } = await serve("docs/how-to/kubernetes.md", "SIGTERM");
    const { status } = await fetch(`http://localhost:${port}/ready`);
    expect(status).toBe(200);
    await expectEcho(`ws://localhost:${port}/echo`);
    const ws = await connect(`ws://localhost:${port}/echo`);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ws.closed).toMatchObject({ code: 1012, reason: "restart", clean: true });
    expect(await exited).toEqual([0, null]);
  });

  onUnix("for systemd take the socket that they are given", async () => {
    const given = createServer();
    await new Promise<void>((resolve) => given.listen(0, "127.0.0.1", resolve));
    const { port } = given.address() as { port: number };
    const { fd } = Reflect.get(given, "_handle") as { fd: number };
    const folder = await mkdtemp(join(tmpdir(), "barewire-pages-"));
    const file = join(folder, "program.mts");
    const { code } = programOf("docs/how-to/systemd.md", "LISTEN_FDS");
    await writeFile(file, code.replace('"barewire"', JSON.stringify(INDEX)));
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      cwd: ROOT,
      env: { ...process.env, LISTEN_FDS: "1" },
      stdio: ["ignore", "pipe", "inherit", fd],
    });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    });
    const [line] = await once(createInterface({ input: child.stdout! }), "line");
    expect(line).toBe(`ws://127.0.0.1:${port}`);
    // Now there is one program only that takes connections.
    await new Promise((resolve) => given.close(resolve));
    await expectEcho(`ws://127.0.0.1:${port}/echo`);
  });

  it("of several processes carry messages from one to the others", async () => {
    const { port, lines } = await serve("docs/how-to/cluster.md", "cluster.fork");
    // The first that listens has told; at least one more does.
    for await (const line of lines) {
      if (/^PORT/.test(line)) break;
    }
    const listeners = await Promise.all(
      [1, 2, 3, 4].map(() => connect(`ws://localhost:${port}/chat`)),
    );
    await listeners[0]!.send("hello");
    expect(await Promise.all(listeners.map((ws) => ws.receive()))).toEqual(
      listeners.map(() => "hello"),
    );
    for (const ws of listeners) ws.terminate();
  });

  it("of topics tell the others in a room, and them only", async () => {
    const { port } = await serve("docs/topics.md", "ws.subscribe");
    const open = (room: string) => connect(`ws://localhost:${port}/chat/${room}`);
    const [ann, bob, eve] = [await open("blue"), await open("blue"), await open("red")];
    await ann.send("hello");
    expect(await bob.receive()).toBe("hello");
    await bob.send("yes?");
    expect(await ann.receive()).toBe("yes?");
    // What would have been sent to eve is there before the Pong.
    await eve.ping();
    await eve.close(1000);
    const heard: unknown[] = [];
    for await (const message of eve) heard.push(message);
    expect(heard).toEqual([]);
    for (const ws of [ann, bob]) await ws.close(1000);
  });

  it("of presence tell who is there, once for each user", async () => {
    const { port } = await serve("docs/presence.md", "new Presence");
    const open = (user: string) => connect(`ws://localhost:${port}/lobby/${user}`);
    const ann = await open("ann");
    expect(await ann.receive()).toBe('{"here":[]}');
    expect(await ann.receive()).toBe('{"came":"ann"}');
    const bob = await open("bob");
    expect(await bob.receive()).toBe('{"here":["ann"]}');
    const again = await open("bob");
    expect(await again.receive()).toBe('{"here":["ann","bob"]}');
    expect(await ann.receive()).toBe('{"came":"bob"}');
    await bob.close();
    await again.close();
    expect(await ann.receive()).toBe('{"left":"bob"}');
    await ann.close();
  });

  it("of the conformance suite prints verdicts", { timeout: 60_000 }, async () => {
    const server = new Server({ maxMessageSize: 2 ** 25 });
    server.handle("/", { message: (ws, data) => ws.send(data) });
    onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
    const { port } = await server.listen({ port: 0, host: "localhost" });
    const folder = await mkdtemp(join(tmpdir(), "barewire-pages-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const program = programOf("docs/conformance.md", "barewire-conform");
    const printed = await outcome(await start(folder, program, port));
    expect(printed.split("\n")).toEqual(expect.arrayContaining(["1.1.1 OK OK", "1.2.8 OK OK"]));
    expect(printed).not.toMatch(/FAILED|exit code/);
  });

  it("for Vitest pass in Vitest", { timeout: 60_000 }, async () => {
    const [test = "", ...others] = blocksOf("docs/how-to/testing.md", "ts vitest");
    expect(others).toEqual([]);
    // Below the root, so that Vitest is found, and where git does not see it.
    await mkdir(join(ROOT, ".cache"), { recursive: true });
    const folder = await mkdtemp(join(ROOT, ".cache", "vitest-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(
      join(folder, "chat.test.ts"),
      test.replace('"barewire"', JSON.stringify(fileURLToPath(INDEX))),
    );
    // Or Vitest takes the one of this repository.
    await writeFile(join(folder, "vitest.config.mjs"), "export default {};\n");
    const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
    const child = spawn(process.execPath, [vitest, "run"], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(child, "exit");
    const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(await exited, printed + errors).toEqual([0, null]);
    expect(printed).toMatch(/Tests {2}3 passed/);
  });
});
