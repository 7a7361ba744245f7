import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";
import { blocksOf } from "../package/snippets.ts";
import { freePort } from "../packages/processes.ts";
import { folderForPrograms, write } from "./programs.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));

/** What systemd does: keeps descriptor 3 open, and starts the program again whenever it has ended. */
const RESTARTING = 'while :; do "$@" & echo "pid $!"; wait $!; done';

/** The page's program. */
async function program(): Promise<string> {
  const [code] = blocksOf("docs/how-to/systemd.md", "ts").filter((block) =>
    /LISTEN_FDS/.test(block),
  );
  return write(await folderForPrograms(), "server.mts", code!);
}

function endWithTest(child: ChildProcess): void {
  onTestFinished(() => void process.kill(-child.pid!, "SIGKILL"));
}

async function expectEcho(url: string): Promise<void> {
  const ws = await connect(url, { handshakeTimeout: 30_000 });
  await ws.send("hello");
  expect(await ws.receive()).toBe("hello");
  await ws.close();
}

it("systemd-socket-activate starts the page's program for its first client", async () => {
  const port = await freePort();
  const command = [process.execPath, "--import", "tsx", await program()];
  const child = spawn("systemd-socket-activate", ["-l", `127.0.0.1:${port}`, ...command], {
    cwd: HERE,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithTest(child);
  const failed = once(child, "error").then(([error]) => {
    throw error;
  });
  // It says where it listens, to whom it is an error that nobody does yet.
  const [line] = await Promise.race([
    once(createInterface({ input: child.stderr }), "line"),
    failed,
  ]);
  expect(line).toMatch(/^Listening on/);
  const printed = once(createInterface({ input: child.stdout }), "line");
  await expectEcho(`ws://127.0.0.1:${port}/echo`);
  expect(await printed).toEqual([`ws://127.0.0.1:${port}`]);
});

it("the port stays open while the page's program is replaced", async () => {
  const given = createServer();
  await new Promise<void>((resolve) => given.listen(0, "127.0.0.1", resolve));
  const { port } = given.address() as { port: number };
  const { fd } = Reflect.get(given, "_handle") as { fd: number };
  const command = [process.execPath, "--import", "tsx", await program()];
  const child = spawn("sh", ["-c", RESTARTING, "sh", ...command], {
    cwd: HERE,
    detached: true,
    env: { ...process.env, LISTEN_FDS: "1" },
    stdio: ["ignore", "pipe", "inherit", fd],
  });
  endWithTest(child);
  // From now on nobody in this process takes connections.
  await new Promise((resolve) => given.close(resolve));
  const url = `ws://127.0.0.1:${port}`;
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string;
  const first = Number((await next()).replace("pid ", ""));
  expect(await next()).toBe(url);
  const ws = await connect(`${url}/echo`);
  process.kill(first, "SIGTERM");
  expect(await ws.closed).toMatchObject({ code: 1012, clean: true });
  // Now the first process takes nobody any more, and the second perhaps does not yet.
  await Promise.all([1, 2, 3].map(() => expectEcho(`${url}/echo`)));
  expect(Number((await next()).replace("pid ", ""))).not.toBe(first);
  expect(await next()).toBe(url);
});
