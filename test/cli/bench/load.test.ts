import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Load, LoadError, type LoadOutcome } from "../../../src/cli/bench/load.ts";
import { openConnections } from "../../../src/cli/bench/opening.ts";
import { parseBenchOptions } from "../../../src/cli/bench/options.ts";
import { type Connection, type ConnectionHandler, Server } from "../../../src/index.ts";

/** A server of this library with a handler; its URL. */
async function serve(handler: ConnectionHandler, options = {}): Promise<string> {
  const server = new Server(options);
  server.handle("/", handler);
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => {
    await server.shutdown({ timeout: 1000 });
  });
  return url;
}

const ECHO: ConnectionHandler = { message: (ws, data) => void ws.send(data) };

/** Loads a server as the command line says. */
async function load(
  url: string,
  line: string,
  signal = new AbortController().signal,
): Promise<LoadOutcome> {
  const plan = await parseBenchOptions([url, ...line.split(" ")]);
  if (plan === "help") throw new Error("asked for help");
  const running = new Load(plan);
  try {
    await Promise.race([openConnections(plan, running.handler, signal), running.failure]);
    return await running.run(signal);
  } finally {
    await running.end();
  }
}

describe("an open loop", () => {
  it("sends so many in a second, whatever comes back when", async () => {
    const url = await serve(ECHO);
    const outcome = await load(url, "-c 3 -r 200 -d 0.5 --warm-up 0.1");
    expect(outcome).toMatchObject({ due: 100, sent: 100, echoed: 100, lost: [] });
    expect(outcome.latency.count).toBe(100);
    expect(outcome.latency.max).toBeGreaterThan(0);
  });

  it("counts what waits behind a slow answer: a stall of the server is seen as long as it was", async () => {
    // The fifth message, and so all behind it on the same connection, has to wait for so long.
    const stall = 600;
    let count = 0;
    const queue: [Connection, string | Buffer][] = [];
    const flush = (): void => {
      for (const [ws, data] of queue.splice(0)) void ws.send(data);
    };
    const url = await serve({
      message: (ws, data) => {
        count += 1;
        if (count === 5) setTimeout(flush, stall);
        queue.push([ws, data]);
        if (count < 5 || count > 200) flush();
        if (count > 5) setTimeout(flush, stall);
      },
    });
    const line = "-c 1 --depth 1 -d 1 --warm-up 0";
    const open = await load(url, `${line} -r 100`);
    // Some 60 messages were due while nothing came back; half of them waited for at least half of it.
    const slow = open.latency
      .classes()
      .filter(({ upTo }) => upTo >= stall / 2)
      .reduce((sum, { count: number }) => sum + number, 0);
    expect(slow).toBeGreaterThanOrEqual(25);
    // With one message under way, the others could not be sent, and that is told.
    expect(open.sent).toBeLessThan(open.due);
    expect(open.due).toBe(100);
  });

  it("counts messages that never come back with the time that they were waited for", async () => {
    const url = await serve({ message: () => {} });
    const outcome = await load(url, "-c 2 -r 100 -d 0.2 --warm-up 0 --timeout 0.3");
    expect(outcome).toMatchObject({ due: 20, sent: 20, echoed: 0 });
    expect(outcome.latency.count).toBe(20);
    expect(outcome.latency.percentile(0)).toBeGreaterThanOrEqual(300);
  });

  it("can be interrupted, and tells what was measured until then", async () => {
    const interrupted = new AbortController();
    let count = 0;
    const url = await serve({
      message: (ws, data) => {
        count += 1;
        if (count === 10) interrupted.abort();
        void ws.send(data);
      },
    });
    const outcome = await load(url, "-c 1 -r 100 -d 60 --warm-up 0", interrupted.signal);
    expect(outcome.interrupted).toBe(true);
    expect(outcome.due).toBeGreaterThanOrEqual(10);
    expect(outcome.due).toBeLessThan(6000);
    expect(outcome.elapsed).toBeLessThan(60_000);
  });
});

describe("a closed loop", () => {
  it.each(["-r max", "-r max --depth 8", "-r max --depth 8 -b --size 70000", "-r max --size 0"])(
    "%s: sends the next when one has come back",
    async (line) => {
      const url = await serve(ECHO);
      const outcome = await load(url, `${line} -c 2 -d 0.2 --warm-up 0.05`);
      expect(outcome.due).toBeGreaterThan(0);
      expect(outcome.echoed).toBe(outcome.due);
      expect(outcome.returned).toBeGreaterThan(0);
      expect(outcome.lost).toEqual([]);
    },
  );

  it("has no more under way than its depth", async () => {
    let most = 0;
    const url = await serve({
      message: async (ws, data) => {
        ws.data ??= { now: 0 };
        const held = ws.data as { now: number };
        held.now += 1;
        most = Math.max(most, held.now);
        await sleep(1);
        held.now -= 1;
        void ws.send(data);
      },
    });
    await load(url, "-r max -c 2 --depth 4 -d 0.2 --warm-up 0");
    expect(most).toBe(4);
  });
});

describe("what a load does not take", () => {
  it.each([
    [
      "another text",
      (ws: Connection) => void ws.send("nonsense"),
      /the server does not echo: expected 64 bytes of text \(.*\), got 8 bytes of text \("nonsense"\)/,
    ],
    [
      "another kind",
      (ws: Connection, data: string | Buffer) => void ws.send(Buffer.from(data)),
      /expected 64 bytes of text .* got 64 bytes of binary/,
    ],
    [
      "an echo twice",
      (ws: Connection, data: string | Buffer) => {
        void ws.send(data);
        void ws.send(data);
      },
      /a message came that was no echo|does not echo/,
    ],
  ])("%s", async (_, message, error) => {
    const url = await serve({ message });
    const running = load(url, "-c 1 -r 20 -d 5 --warm-up 0");
    await expect(running).rejects.toThrow(LoadError);
    await expect(running).rejects.toThrow(error);
  });

  it("a greeting, unless it is passed over", async () => {
    const url = await serve({ ...ECHO, open: (ws) => void ws.send("welcome") });
    await expect(load(url, "-c 1 -r 20 -d 5 --warm-up 0.5")).rejects.toThrow(
      /7 bytes of text \("welcome"\); --skip 1 passes over a greeting/,
    );
    expect(await load(url, "-c 2 -r 40 -d 0.2 --warm-up 0 --skip 1")).toMatchObject({ echoed: 8 });
  });

  it("a server that cannot compress, where that was asked for", async () => {
    const plain = await serve(ECHO);
    await expect(load(plain, "-z -c 1")).rejects.toThrow("did not agree to compression");
    const compressing = await serve(ECHO, { compression: true });
    const outcome = await load(compressing, "-z -c 1 -r 50 -d 0.2 --warm-up 0 --size 500");
    expect(outcome).toMatchObject({ due: 10, echoed: 10 });
  });

  it("a server that is not there", async () => {
    await expect(load("ws://127.0.0.1:1", "-c 4")).rejects.toThrow(
      /^connection [1-4] of 4: .*ECONNREFUSED/,
    );
  });
});

it("tells of connections that are lost, and goes on with the others", async () => {
  let count = 0;
  const url = await serve({
    open: (ws) => {
      count += 1;
      if (count === 1) setTimeout(() => void ws.close(1013, "go away"), 100);
    },
    ...ECHO,
  });
  const outcome = await load(url, "-c 2 -r 100 -d 0.4 --warm-up 0");
  expect(outcome.lost).toEqual(["closed with 1013 (go away)"]);
  expect(outcome.due).toBe(40);
  expect(outcome.echoed).toBeGreaterThanOrEqual(20);
  expect(outcome.echoed).toBeLessThan(40);
});

it("stops when no connection is left", async () => {
  const url = await serve({ open: (ws) => void setTimeout(() => ws.terminate(), 50), ...ECHO });
  const outcome = await load(url, "-c 2 -r 100 -d 60 --warm-up 0");
  expect(outcome.lost).toEqual(["closed with 1006", "closed with 1006"]);
});
