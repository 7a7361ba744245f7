import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

// The peer is `ws`: a server that is not this project's.
let server: WebSocketServer;
let url: string;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws, request) => {
    const isSilent = request.url === "/silent";
    ws.on("message", (data, binary) => {
      if (!isSilent) ws.send(data as Buffer, { binary });
    });
  });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(endCommands);

afterAll(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
});

const SHORT = ["-d", "0.2", "--warm-up", "0", "-c", "2", "-r", "100"];

describe("barewire bench", () => {
  it("tells the load, the latency and its histogram", async () => {
    const { code, stdout, stderr } = await runCommand(["bench", url, ...SHORT]);
    const [plan, opened, sent, returned, latency, note, ...bars] = stdout.split("\n");
    expect(plan).toBe(
      `${url}: 2 connections, 100 messages a second, 64 B of text, 0.2 s after 0 s of warm-up`,
    );
    expect(opened).toMatch(/^opened +2 connections in [\d.]+ m?s: p50 /);
    expect(sent).toBe("sent      20 of 20 messages that were due within 0.2 s");
    expect(returned).toMatch(
      /^returned {2}20 of them; [\d.]+ a second, [\d.]+ (KiB|B)\/s each way$/,
    );
    expect(latency).toMatch(
      /^latency +p50 [\d.]+ m?s {2}p90 [\d.]+ m?s {2}p99 [\d.]+ m?s {2}p99\.9 [\d.]+ m?s {2}max [\d.]+ m?s$/,
    );
    expect(note).toContain("from when a message was due to its echo, waiting included");
    const counts = bars
      .filter((bar) => /^ *[\d.]+ m?s /.test(bar))
      .map((bar) => Number(bar.split(" ").at(-1)));
    expect(counts).toHaveLength(12);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("gives all of it as JSON", async () => {
    const args = ["bench", url.replace("ws://", "ws://me:hunter2@"), ...SHORT, "--json", "-b"];
    const { code, stdout } = await runCommand(args);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      url: url.replace("ws://", "ws://me:***@"),
      connections: 2,
      rate: 100,
      message: { type: "binary", size: 64 },
      tls: null,
      extensions: "",
      complete: true,
      interrupted: false,
      messages: { due: 20, sent: 20, echoed: 20 },
      opening: { count: 2 },
      latency: { from: "due", count: 20 },
      lostConnections: [],
    });
    const { p50, p90, p99, max, histogram } = report.latency;
    expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].sort((a, b) => a - b));
    expect(report.latency["p99.9"]).toBeLessThanOrEqual(max);
    const counted = histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
    expect(counted).toBe(20);
    expect(code).toBe(0);
  });

  it("says of a closed loop what it hides", async () => {
    const { code, stdout } = await runCommand([
      "bench",
      url,
      ...SHORT,
      "-r",
      "max",
      "--depth",
      "2",
    ]);
    expect(stdout).toContain("2 under way on each");
    expect(stdout).toContain("what would have waited behind a slow echo is not in it");
    expect(code).toBe(0);
  });

  it("fails when messages do not come back, and counts them", async () => {
    const args = ["bench", `${url}silent`, ...SHORT, "--timeout", "0.5"];
    const { code, stdout } = await runCommand(args);
    expect(stdout).toContain("returned  0 of them");
    expect(stdout).toContain("! 20 did not come back; they count as long as they were waited for");
    expect(code).toBe(1);
  });

  it("tells what it has at Ctrl-C", async () => {
    const command = startCommand(["bench", url, "-r", "100", "-d", "60", "--warm-up", "0"]);
    await command.output("stdout", /connections/);
    while (server.clients.size < 10) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 200));
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(1);
    expect(command.stdout).toMatch(/latency +p50/);
    expect(command.stdout).toContain("! interrupted");
  });

  it("shares the load among processes, and puts together what they find", async () => {
    const args = ["bench", url, ...SHORT, "-c", "5", "-p", "2", "--json"];
    const { code, stdout, stderr } = await runCommand(args);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      processes: 2,
      connections: 5,
      complete: true,
      messages: { due: 20, sent: 20, echoed: 20 },
      opening: { count: 5 },
      latency: { count: 20 },
    });
    expect(code).toBe(0);
    // They have said goodbye.
    await expect.poll(() => server.clients.size).toBe(0);
  });

  it("ends all processes when one cannot connect, and when it is ended itself", async () => {
    const failing = await runCommand(["bench", "ws://127.0.0.1:1/", "-p", "2"]);
    expect(failing.stderr).toMatch(/^barewire bench: connection \d+ of 5: .*ECONNREFUSED/);
    expect(failing.code).toBe(1);
    const killed = startCommand(["bench", url, "-p", "2", "-d", "60", "-c", "4"]);
    await expect.poll(() => server.clients.size).toBe(4);
    killed.child.kill("SIGKILL");
    await expect.poll(() => server.clients.size).toBe(0);
    await killed.exit;
  });

  it("tells what its processes have at Ctrl-C", async () => {
    const args = ["bench", url, "-p", "2", "-r", "100", "-d", "60", "--warm-up", "0", "-c", "4"];
    const command = startCommand(args);
    await expect.poll(() => server.clients.size).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(1);
    expect(command.stdout).toMatch(/latency +p50/);
    expect(command.stdout).toContain("! interrupted");
  });

  it.each([
    [["ws://127.0.0.1:1/"], 1, /^barewire bench: connection \d+ of 10: .*ECONNREFUSED/],
    [["ftp://h"], 2, /^barewire bench: .*scheme/],
    [["h", "-r", "0"], 2, /^barewire bench: --rate: expected.*\nTry "barewire bench --help"/],
  ])("%j ends with %i", async (args, exitCode, message) => {
    const { code, stderr } = await runCommand(["bench", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });
});
