/** How `barewire conform` ends when nothing serves, when it is told to, and when a client is done. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../conformance/reference/free-port.ts";
import { startReferenceServer } from "../../conformance/reference/reference-server.ts";
import { endCommands, startCommand } from "../run-command.ts";

const CLIENT = fileURLToPath(
  new URL("../../conformance/reference/client-process.ts", import.meta.url),
);
const MORTAL = fileURLToPath(
  new URL("../../conformance/reference/mortal-peer.ts", import.meta.url),
);
const TSX = import.meta.resolve("tsx");

let folder: string;
const servers: { close(): unknown }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "barewire-ends-"));
});
afterEach(async () => {
  await endCommands();
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** A server that does one thing to every connection. */
async function bare(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

describe("exit code 2 and one sentence", { timeout: 60_000 }, () => {
  it("for a port that accepts and closes", async () => {
    const url = await bare((socket) => socket.destroy());
    const command = startCommand(["conform", url, "--out", join(folder, "closes")]);
    expect(await command.exit).toBe(2);
    expect(command.stderr.trim().split("\n")).toEqual([
      expect.stringContaining("the connection was accepted and closed without an answer"),
    ]);
    expect(command.stdout).toBe("");
  });

  it("for one that accepts and says nothing, in under 20 s", async () => {
    const began = performance.now();
    const url = await bare(() => {});
    const command = startCommand(["conform", url, "--out", join(folder, "silent")]);
    expect(await command.exit).toBe(2);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(command.stderr.trim().split("\n")).toEqual([
      expect.stringContaining("the connection was accepted and no answer came for 12 s"),
    ]);
  });
});

describe("a run that is broken off", { timeout: 60_000 }, () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s writes what there is, and says so", async (signal, code) => {
    // Every case of an echo fails after a second.
    const alters = (payload: Buffer) => Buffer.concat([payload, Buffer.from("-")]);
    const server = await startReferenceServer({ alters });
    servers.push(server);
    const out = join(folder, signal);
    const command = startCommand(["conform", server.url, "--out", out, "--jobs", "2"]);
    await command.output("stderr", /1\.1\.\d FAILED/);
    command.child.kill(signal);
    expect(await command.exit).toBe(code);
    expect(command.stdout).toContain("broken off: this report is partial");
    const index = JSON.parse(await readFile(join(out, "index.json"), "utf8"));
    const [cases] = Object.values(index) as [object];
    expect(Object.keys(cases).length).toBeGreaterThan(0);
    expect(Object.keys(cases).length).toBeLessThan(50);
    expect(await readdir(out)).toContain("junit.xml");
  });
});

describe("a server that --start starts", { timeout: 60_000 }, () => {
  it("is started again after a crash, which fails its case", async () => {
    const port = await freePort();
    const start = `"${process.execPath}" --import "${TSX}" "${MORTAL}" ${port} 126`;
    const out = join(folder, "mortal");
    const args = ["--cases", "1.1.*", "--start", start, "--out", out];
    const command = startCommand(["conform", `ws://127.0.0.1:${port}/`, ...args]);
    expect(await command.exit).toBe(1);
    expect(command.stderr).toContain("1.1.3 FAILED");
    expect(command.stdout).toContain("8 cases, 1 failed, 1 of them crashes");
  });

  it("and that does not start is exit code 2", async () => {
    const port = await freePort();
    const args = ["--start", "echo no such thing; exit 9", "--out", join(folder, "none")];
    const command = startCommand(["conform", `ws://127.0.0.1:${port}/`, ...args]);
    expect(await command.exit).toBe(2);
    expect(command.stderr).toContain("exit code 9");
    expect(command.stderr).toContain("no such thing");
  });
});

describe("clients", { timeout: 60_000 }, () => {
  const exec = (mode: string) =>
    `"${process.execPath}" --import "${TSX}" "${CLIENT}" {url} mine ${mode}`;
  const listening = (out: string, mode: string) =>
    startCommand([
      ...["conform", "--listen", "0", "--cases", "1.1.1,1.1.2"],
      ...["--out", join(folder, out), "--exec", exec(mode)],
    ]);

  it("that ran every case well are exit code 0", async () => {
    const command = listening("well", "reports");
    expect(await command.exit).toBe(0);
    expect(command.stdout).toContain("2 cases, 0 failed");
  });

  it("that die leave cases that were not run, and are exit code 1", async () => {
    const command = listening("dies", "dies-at-1");
    expect(await command.exit).toBe(1);
    expect(command.stdout).toContain("partial: 1 case was never asked for");
    expect(command.stderr).toContain("the client ended with exit code 5");
    const index = JSON.parse(await readFile(join(folder, "dies", "index.json"), "utf8"));
    expect(index.mine["1.1.2"].behavior).toBe("NOT RUN");
  });

  it("that never come are exit code 2", async () => {
    const command = startCommand([
      ...["conform", "--listen", "0", "--out", join(folder, "never"), "--exec", "exit 0"],
    ]);
    expect(await command.exit).toBe(2);
    expect(command.stderr).toContain("no client has run a case");
  });
});
