import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReconnectGap, ReconnectOptions } from "../../../src/client/reconnecting/options.ts";
import { type Reconnecting, reconnecting } from "../../../src/client/reconnecting/reconnecting.ts";
import { until } from "../../served.ts";
import { MoodyServer } from "./moody-server.ts";
import { Network } from "./network.ts";

// Time is faked and sockets are real. The turns of the event loop, which `until` waits for, are real too.
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
});
afterEach(() => void vi.useRealTimers());

const HOUR = 3_600_000;

/** The machine sleeps: the time of day goes on, timers and the running clock do not. */
function sleep(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** Some turns of the event loop, for what sockets have to say. */
async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** An iteration that waits for its second attempt, and what it will give. */
async function waiting(server: MoodyServer, options: ReconnectOptions) {
  const feed = reconnecting(server.url, { jitter: "none", ...options });
  const next = feed.next();
  await until(() => feed.state === "waiting");
  return { feed, next };
}

async function end(feed: Reconnecting): Promise<void> {
  const ended = feed.return();
  await turns();
  await ended;
}

describe("a client that waits", () => {
  it("waits as long as it should, and not a moment longer", async () => {
    const server = await MoodyServer.start([503], "accept");
    const { feed, next } = await waiting(server, { firstDelay: HOUR, maxDelay: HOUR });
    vi.advanceTimersByTime(HOUR - 1);
    await turns();
    expect([feed.state, server.requests.length]).toEqual(["waiting", 1]);
    vi.advanceTimersByTime(1);
    expect((await next).done).toBe(false);
    await end(feed);
  });

  it("heeds no clock that is set back", async () => {
    const server = await MoodyServer.start([503], "accept");
    const { feed, next } = await waiting(server, { firstDelay: HOUR, maxDelay: HOUR });
    vi.setSystemTime(Date.now() - 1000 * HOUR);
    vi.advanceTimersByTime(HOUR - 1);
    await turns();
    expect(feed.state).toBe("waiting");
    vi.advanceTimersByTime(1);
    expect((await next).done).toBe(false);
    await end(feed);
  });

  it("comes back at once when the machine has been asleep", async () => {
    const server = await MoodyServer.start([503], "accept");
    const { feed, next } = await waiting(server, { firstDelay: HOUR, maxDelay: HOUR });
    vi.advanceTimersByTime(5000);
    sleep(8 * HOUR);
    await turns();
    expect(feed.state).toBe("waiting");
    vi.advanceTimersByTime(1000);
    expect((await next).done).toBe(false);
    await end(feed);
  });

  it("leaves a server alone that has asked for it, asleep or not", async () => {
    const server = await MoodyServer.start([503, { "Retry-After": "60" }], "accept");
    const { feed, next } = await waiting(server, { firstDelay: 1 });
    sleep(8 * HOUR);
    vi.advanceTimersByTime(59_999);
    await turns();
    expect([feed.state, server.requests.length]).toEqual(["waiting", 1]);
    vi.advanceTimersByTime(1);
    expect((await next).done).toBe(false);
    await end(feed);
  });

  it("leaves no timer behind", async () => {
    const server = await MoodyServer.start([503]);
    const { feed } = await waiting(server, { firstDelay: HOUR, maxDelay: HOUR });
    expect(vi.getTimerCount()).toBe(2);
    await end(feed);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a client with a connection", () => {
  it("finds behind a sleep that it is dead, and comes back", async () => {
    const server = await MoodyServer.start();
    const network = await Network.to(server.port);
    const gaps: ReconnectGap[] = [];
    const feed = reconnecting(network.url, {
      firstDelay: 1,
      jitter: "none",
      onGap: (gap) => gaps.push(gap),
    });
    const { value: first } = await feed.next();
    // The server gives it up meanwhile, and the network forgets that it was there.
    network.cut();
    sleep(8 * HOUR);
    // The default heartbeat: a Ping after 25 s, dead 20 s later.
    for (let second = 0; second < 47; second++) {
      vi.advanceTimersByTime(1000);
      await turns(2);
    }
    expect(await first!.closed).toMatchObject({ error: { code: "HEARTBEAT_TIMEOUT" } });
    const next = feed.next();
    await until(() => feed.state === "waiting");
    await turns();
    vi.advanceTimersByTime(1);
    const { value: second } = await next;
    expect(second?.state).toBe("open");
    expect(gaps).toHaveLength(1);
    await end(feed);
  });

  it.each<[string, () => void, number]>([
    ["it has waited", () => vi.advanceTimersByTime(HOUR), HOUR],
    [
      "the machine was asleep",
      () => {
        sleep(8 * HOUR);
        vi.advanceTimersByTime(1000);
      },
      8 * HOUR + 1000,
    ],
    [
      "the clock was set back",
      () => {
        vi.setSystemTime(Date.now() - 5 * HOUR);
        vi.advanceTimersByTime(HOUR);
      },
      HOUR,
    ],
  ])("says how long it was away, where %s", async (_, meanwhile, downFor) => {
    const server = await MoodyServer.start();
    const gaps: number[] = [];
    const feed = reconnecting(server.url, {
      firstDelay: HOUR,
      maxDelay: HOUR,
      jitter: "none",
      onGap: (gap) => gaps.push(gap.downFor),
    });
    const { value: ws } = await feed.next();
    server.connections[0]!.terminate();
    await ws!.closed;
    const next = feed.next();
    await turns();
    meanwhile();
    await next;
    expect(gaps).toEqual([downFor]);
    await end(feed);
  });
});
