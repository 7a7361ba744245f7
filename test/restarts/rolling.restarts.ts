import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { ReconnectingClient } from "../../src/index.ts";
import { redisServer } from "../brokers/engine.ts";
import { freePort } from "../packages/processes.ts";
import { Follower } from "./follower.ts";
import { haproxy } from "./haproxy.ts";
import { fileOf, folderForPrograms, ServerProcess, write } from "./programs.ts";
import { now, watchStandstill } from "./standstill.ts";

const PAGE = "docs/how-to/rolling-restarts.md";
const PUBLISHER = fileURLToPath(new URL("./publisher.ts", import.meta.url));

const CLIENTS = 1000;
/** Clients that connect at a time in the beginning, which is not what is judged. */
const AT_A_TIME = 100;
/** Milliseconds between two messages. */
const INTERVAL = 10;
const NOTICE = 1000;
const SPREAD = 15_000;
const FIRST_DELAY = 5000;
/** The window that connections are counted in: so long that all would come back in it without a spread. */
const WINDOW = 6000;

/** The page's client. */
type Follow = (url: string, show: (message: { id: number }) => void) => ReconnectingClient;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Redis with a publisher, which has not begun. */
async function feed() {
  const redis = await redisServer(false);
  onTestFinished(() => redis.remove());
  const url = `redis://127.0.0.1:${redis.port}`;
  const publisher = fork(PUBLISHER, [url, `${INTERVAL}`], { execArgv: ["--import", "tsx"] });
  let timer: NodeJS.Timeout | undefined;
  onTestFinished(() => {
    clearInterval(timer);
    publisher.kill("SIGKILL");
  });
  return {
    url,
    /** Publishes from now on, while the followers keep up. */
    begin: (keepUp: () => boolean) => {
      timer = setInterval(() => {
        if (keepUp()) publisher.send("go on");
      }, 100);
    },
    /** @returns how many messages there were */
    end: async (): Promise<number> => {
      clearInterval(timer);
      publisher.send("end");
      const [published] = await once(publisher, "message");
      return published as number;
    },
  };
}

/** Starts processes of the page's server. */
async function serverOf(redis: string): Promise<(port: number) => Promise<ServerProcess>> {
  const file = await write(await folderForPrograms(), "server.mjs", fileOf(PAGE, "server.mjs"));
  const settings = { REDIS: redis, NOTICE: `${NOTICE}`, SPREAD: `${SPREAD}` };
  return (port) => ServerProcess.start(file, { ...settings, PORT: `${port}` });
}

/** Most of these times that lie within so many milliseconds. */
function mostWithin(times: readonly number[], window: number): number {
  const inOrder = [...times].sort((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [i, time] of inOrder.entries()) {
    while (inOrder[first]! < time - window) first++;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

it("two processes behind HAProxy are replaced, and a thousand clients miss nothing", {
  timeout: 180_000,
}, async () => {
  const { url, begin, end } = await feed();
  const start = await serverOf(url);
  const ports = { one: await freePort(), two: await freePort() };
  const all = [await start(ports.one), await start(ports.two)];
  const running = { one: all[0]!, two: all[1]! };
  const proxy = await haproxy(ports.one, ports.two);
  const isUp = async (name: string) => (await proxy.backend(name)).status === "UP";
  await until(async () => (await isUp("one")) && (await isUp("two")));

  const followers: Follower[] = [];
  onTestFinished(async () => {
    await Promise.all(followers.map(({ client }) => client.close()));
  });
  const areUpToDate = () => followers.every(({ isUpToDate }) => isUpToDate);
  while (followers.length < CLIENTS) {
    for (let i = 0; i < AT_A_TIME; i++) {
      followers.push(new Follower(`ws://${proxy.address}/feed`, FIRST_DELAY));
    }
    await until(areUpToDate);
  }
  // A busy machine may not manage a hundred thousand deliveries a second: the publisher waits for it.
  begin(() => followers.filter(({ isOnItsWay }) => isOnItsWay).length < AT_A_TIME);
  const begun = now();

  let standstill = 0;
  const watch = watchStandstill((milliseconds) => {
    standstill = Math.max(standstill, milliseconds);
  });
  onTestFinished(() => clearInterval(watch));
  let closed = 0;
  for (const name of ["one", "two"] as const) {
    const { connections } = await proxy.backend(name);
    const from = now();
    standstill = 0;
    expect(await running[name].stop()).toBe(0);
    running[name] = await start(ports[name]);
    all.push(running[name]);
    await until(() => isUp(name));
    await until(areUpToDate);
    const records = await Promise.all(all.map((server) => server.recordSince(from)));
    const opened = records.flatMap(({ openings }) => openings);
    // Each client that was closed comes back once, and at the pace that the page says.
    expect(opened).toHaveLength(connections);
    // What is late comes at once: a close and an opening in the server, and both in the client.
    const late = 2 * standstill + 2 * Math.max(...records.map((record) => record.standstill));
    const bound = Math.ceil((connections * (WINDOW + FIRST_DELAY + late)) / SPREAD);
    const most = mostWithin(opened, WINDOW);
    const inWindow = `at most ${most} in ${WINDOW} ms, where ${bound} may`;
    console.log(`${connections} clients came back, ${inWindow}; ${Math.round(late)} ms late`);
    expect(most).toBeLessThanOrEqual(bound);
    closed += connections;
  }

  const published = await end();
  const interval = (now() - begun) / published;
  console.log(`${published} messages, one each ${interval.toFixed(1)} ms on average`);
  await until(() => followers.every(({ last }) => last === published));
  const failures = followers.flatMap((follower) => follower.failures);
  expect(failures.filter(({ closeCode }) => closeCode !== 1012)).toEqual([]);
  expect(failures).toHaveLength(closed);
  expect(closed).toBeGreaterThan(CLIENTS);
  for (const follower of followers) {
    expect(follower).toMatchObject({ reloads: 0, repeated: 0 });
    expect(follower.failures.length).toBeLessThanOrEqual(2);
  }
});

it("the page's client shows each message once over a crash", async () => {
  const { url, begin, end } = await feed();
  const start = await serverOf(url);
  const port = await freePort();
  const server = await start(port);
  // Vitest itself loads it, by another name than those that it leaves to Node.
  const file = await write(await folderForPrograms(), "client.js", fileOf(PAGE, "client.mjs"));
  const { follow } = (await import(file)) as { follow: Follow };
  const shown: number[] = [];
  const client = follow(`ws://127.0.0.1:${port}/feed`, ({ id }) => shown.push(id));
  onTestFinished(async () => void (await client.close()));
  await until(() => client.lastId !== undefined);
  begin(() => true);
  await until(() => shown.length > 10);
  await server.kill();
  await start(port);
  const before = shown.length;
  await until(() => {
    client.wake();
    return shown.length > before + 10;
  });
  const published = await end();
  await until(() => shown.at(-1) === published);
  expect(shown).toEqual(Array.from({ length: published }, (_, i) => i + 1));
});
