import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { ReconnectFailure } from "../../../src/client/reconnecting/failure.ts";
import type {
  ReconnectAttempt,
  ReconnectGap,
  ReconnectOptions,
  ReconnectState,
} from "../../../src/client/reconnecting/options.ts";
import { reconnecting } from "../../../src/client/reconnecting/reconnecting.ts";
import type { Connection } from "../../../src/index.ts";
import { until } from "../../served.ts";
import { type Mood, MoodyServer } from "./moody-server.ts";
import { Network } from "./network.ts";

/** Delays too short to wait for, and the same each time. */
const QUICK: ReconnectOptions = { firstDelay: 1, maxDelay: 4, jitter: "none" };

/** Takes `count` connections, each of which lasts until it ends, and then ends the iteration. */
async function take(url: string, count: number, options: ReconnectOptions = {}) {
  const taken: Connection[] = [];
  for await (const ws of reconnecting(url, { ...QUICK, ...options })) {
    taken.push(ws);
    if (taken.length === count) break;
    await ws.closed;
  }
  return taken;
}

/** What an iteration ends with when it takes no connection. */
async function failure(url: Parameters<typeof reconnecting>[0], options: ReconnectOptions = {}) {
  try {
    for await (const ws of reconnecting(url, { ...QUICK, ...options })) await ws.closed;
  } catch (error) {
    return error;
  }
  throw new Error("it has ended without an error");
}

describe("reconnecting()", () => {
  it("makes a new connection each time the body is left", async () => {
    const server = await MoodyServer.start();
    const states: string[] = [];
    const [first, second, third] = await (async () => {
      const taken: Connection[] = [];
      for await (const ws of reconnecting(server.url, QUICK)) {
        states.push(ws.state);
        taken.push(ws);
        if (taken.length === 3) break;
      }
      return taken;
    })();
    expect(states).toEqual(["open", "open", "open"]);
    // What was open when the body was left is closed, the last one by the break.
    for (const ws of [first, second, third]) {
      expect(await ws!.closed).toMatchObject({ code: 1000, initiator: "local", clean: true });
    }
    expect(server.connections).toHaveLength(3);
    await until(() => server.sockets === 0);
  });

  it("lets an iteration over messages end however the connection ends", async () => {
    const server = await MoodyServer.start();
    const messages: unknown[] = [];
    const codes: number[] = [];
    const ends = [
      (count: number) => server.connections[count]!.terminate(),
      (count: number) => server.connections[count]!.close(1011, "broken"),
      (count: number) => server.connections[count]!.close(1012),
      (count: number) => server.connections[count]!.close(1000),
    ];
    for await (const ws of reconnecting(server.url, QUICK)) {
      const count = codes.length;
      if (count === ends.length) break;
      server.connections[count]!.send(`message ${count}`, () => ends[count]!(count));
      for await (const message of ws) messages.push(message);
      codes.push((await ws.closed).code);
    }
    expect(messages).toEqual([0, 1, 2, 3].map((count) => `message ${count}`));
    expect(codes).toEqual([1006, 1011, 1012, 1000]);
  });

  it("goes on behind a server that refuses, hangs, resets and hangs up", async () => {
    const moods = [[503], "hang", "reset", "end", [429], "accept"] as const;
    const server = await MoodyServer.start(...moods);
    const attempts: Omit<ReconnectAttempt, "signal">[] = [];
    const options: ReconnectOptions = {
      handshakeTimeout: 1000,
      onAttempt: (attempt) => attempts.push(attempt),
    };
    await take(server.url, 1, options);
    expect(attempts.map(({ number, delay }) => [number, delay])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 4],
      [5, 4],
      [6, 4],
    ]);
    expect(attempts.map(({ failure }) => failure && [failure.error, failure.status])).toEqual([
      undefined,
      [expect.objectContaining({ code: "REFUSED" }), 503],
      [expect.objectContaining({ code: "HANDSHAKE_TIMEOUT" }), 0],
      [expect.objectContaining({ code: "CONNECTION_LOST" }), 0],
      [expect.objectContaining({ code: "CONNECTION_LOST" }), 0],
      [expect.objectContaining({ code: "REFUSED" }), 429],
    ]);
    await until(() => server.sockets === 0);
  });

  it("outlasts a server that restarts", async () => {
    const server = await MoodyServer.start();
    let attempts = 0;
    const feed = reconnecting(server.url, { ...QUICK, onAttempt: () => void attempts++ });
    const first = (await feed.next()).value!;
    await server.stop();
    expect((await first.closed).code).toBe(1006);
    const next = feed.next();
    await until(() => attempts > 3);
    await server.start();
    const second = (await next).value!;
    server.connections[1]!.send("hello again");
    expect(await second.receive()).toBe("hello again");
    await feed.return();
  });

  it("notices by the heartbeat that the other side has gone without a word", async () => {
    const server = await MoodyServer.start();
    const network = await Network.to(server.port);
    const options = { heartbeatInterval: 30, heartbeatTimeout: 30 };
    const ends: unknown[] = [];
    for await (const ws of reconnecting(network.url, { ...QUICK, ...options })) {
      if (ends.length === 1) break;
      network.cut();
      ends.push((await ws.closed).error);
    }
    expect(ends).toEqual([expect.objectContaining({ code: "HEARTBEAT_TIMEOUT" })]);
  });
});

describe("a failure", () => {
  it.each<[Mood, object]>([
    [[401], { code: "REFUSED", status: 401 }],
    [[403], { code: "REFUSED", status: 403 }],
    [[404], { code: "REFUSED", status: 404 }],
  ])("of the status %j ends it, with its error", async (mood, error) => {
    const server = await MoodyServer.start(mood);
    expect(await failure(server.url)).toMatchObject(error);
    expect(server.requests).toHaveLength(1);
  });

  it.each([1008, 4000, 4401])("of the close code %i ends it, with its error", async (code) => {
    const server = await MoodyServer.start();
    void server.opened(1).then((ws) => ws.close(code, "not you"));
    expect(await failure(server.url)).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: code,
      reason: "not you",
    });
    expect(server.requests).toHaveLength(1);
  });

  it("is what onFailure says, which may take its time", async () => {
    const server = await MoodyServer.start([401], [503], [403], "accept");
    const failures: ReconnectFailure[] = [];
    await take(server.url, 1, {
      async onFailure(failure) {
        failures.push(failure);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return failure.permanent ? "retry" : undefined;
      },
    });
    expect(failures.map(({ status, permanent }) => [status, permanent])).toEqual([
      [401, true],
      [503, false],
      [403, true],
    ]);
    const other = await MoodyServer.start([503]);
    expect(await failure(other.url, { onFailure: () => "stop" })).toMatchObject({ status: 503 });
    expect(other.requests).toHaveLength(1);
  });

  it("ends it with what onFailure throws, or a complaint about what it returns", async () => {
    const server = await MoodyServer.start([503]);
    const thrown = new Error("no idea");
    const onFailure = () => Promise.reject(thrown);
    expect(await failure(server.url, { onFailure })).toBe(thrown);
    expect(await failure(server.url, { onFailure: (() => true) as never })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'onFailure returned true, expected "retry", "stop" or nothing',
    });
  });

  it("may be met only so often", async () => {
    const server = await MoodyServer.start([503]);
    expect(await failure(server.url, { maxAttempts: 3 })).toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(3);
  });

  it("is waited for as long as the server asks by Retry-After, and no longer than allowed", async () => {
    const moods: Mood[] = [
      [429, { "Retry-After": "0" }],
      [503, { "Retry-After": "3600" }],
      [503, { "Retry-After": "soon" }],
      "accept",
    ];
    const server = await MoodyServer.start(...moods);
    const delays: number[] = [];
    await take(server.url, 1, {
      maxRetryAfter: 40,
      onAttempt: ({ delay }) => delays.push(delay),
    });
    expect(delays).toEqual([0, 1, 40, 4]);
  });

  it("in a row of them does not count behind a connection that has lasted", async () => {
    const server = await MoodyServer.start("accept", [503], "accept");
    const numbers: number[] = [];
    const options = {
      stableAfter: 20,
      onAttempt: ({ number }: { number: number }) => numbers.push(number),
    };
    let count = 0;
    for await (const ws of reconnecting(server.url, { ...QUICK, ...options })) {
      if (++count === 3) break;
      // The second one does not last.
      await new Promise((resolve) => setTimeout(resolve, count === 1 ? 40 : 0));
      server.connections[count - 1]!.terminate();
      await ws.closed;
    }
    expect(numbers).toEqual([1, 1, 2, 3]);
  });

  it("of arguments is known at once, as far as they are", () => {
    for (const [url, options, message] of [
      ["ws://a/#b", {}, "fragment"],
      ["ws://a", { firstDelay: 0 }, "firstDelay"],
      ["ws://a", { maxDelay: Infinity }, "maxDelay is Infinity"],
      ["ws://a", { firstDelay: 10, maxDelay: 5 }, "maxDelay is less than firstDelay"],
      ["ws://a", { delayFactor: 0.5 }, "delayFactor"],
      ["ws://a", { jitter: "some" }, "jitter is one of full, none"],
      ["ws://a", { stableAfter: -1 }, "stableAfter"],
      ["ws://a", { maxAttempts: 0 }, "maxAttempts"],
      ["ws://a", { maxRetryAfter: 0 }, "maxRetryAfter"],
      ["ws://a", { onGap: "x" }, "onGap is a string, expected a function"],
      ["ws://a", { handler: {} }, 'unknown option "handler"'],
      ["ws://a", { socket: {} }, 'unknown option "socket"'],
      ["ws://a", { headers: { "a b": "c" } }, "not a token"],
      ["ws://a", { token: "a b" }, "token is no bearer token"],
      ["ws://a", { token: "t", headers: { authorization: "x" } }, "Authorization is given twice"],
      [() => "ws://a", { protocols: ["a b"] }, "protocols[0]"],
    ] as const) {
      expect(() => reconnecting(url, options as object)).toThrow(message);
    }
  });

  it("of arguments that a function gives ends it", async () => {
    expect(await failure(() => "ftp://a")).toMatchObject({ code: "INVALID_ARGUMENT" });
    const token = () => "secret\n";
    const error = await failure("ws://127.0.0.1:1", { token });
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(String(error)).not.toContain("secret");
  });
});

describe("each attempt", () => {
  it("asks for its URL, headers, cookies, subprotocols and token", async () => {
    const server = await MoodyServer.start([503], "accept");
    const asked: ReconnectAttempt[] = [];
    let ws: Connection | undefined;
    for await (ws of reconnecting(
      async (attempt) => {
        asked.push(attempt);
        return `${server.url}?n=${attempt.number}`;
      },
      {
        ...QUICK,
        headers: ({ number }) => ({ "X-Number": String(number) }),
        cookies: ({ number }) => ({ n: String(number) }),
        protocols: async ({ number }) => [`v${number}`],
        token: ({ number }) => `token-${number}`,
      },
    )) {
      break;
    }
    expect(ws?.protocol).toBe("v2");
    const seen = server.requests.map(({ url, headers }) => [
      url,
      headers["x-number"],
      headers.cookie,
      headers["sec-websocket-protocol"],
      headers.authorization,
    ]);
    expect(seen).toEqual([
      ["/?n=1", "1", "n=1", "v1", "Bearer token-1"],
      ["/?n=2", "2", "n=2", "v2", "Bearer token-2"],
    ]);
    expect(asked[0]).toMatchObject({ number: 1, delay: 0, failure: undefined });
    expect(asked[1]).toMatchObject({ number: 2, delay: 1, failure: { status: 503 } });
  });

  it("that a function spoils is followed by another", async () => {
    const server = await MoodyServer.start();
    let calls = 0;
    const failures: unknown[] = [];
    await take(server.url, 1, {
      handshakeTimeout: 30,
      onAttempt: ({ failure }) => failures.push(failure?.error),
      async token({ signal }) {
        calls++;
        if (calls === 1) throw new TypeError("fetch failed");
        // As a fetch() that hangs, with the signal.
        if (calls === 2) await new Promise((_, reject) => signal.addEventListener("abort", reject));
        return "t";
      },
    });
    expect(failures.slice(1)).toEqual([
      expect.objectContaining({ message: "fetch failed" }),
      expect.objectContaining({
        code: "HANDSHAKE_TIMEOUT",
        message: expect.stringContaining("under way was the function token"),
      }),
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it("can be made before its time", async () => {
    const server = await MoodyServer.start([503], "accept");
    const feed = reconnecting(server.url, { firstDelay: 3_600_000, jitter: "none" });
    const next = feed.next();
    await until(() => feed.state === "waiting");
    feed.wake();
    expect((await next).done).toBe(false);
    feed.wake();
    await feed.return();
  });
});

describe("a gap", () => {
  it("is told of with what the application has seen last, before the connection is handed out", async () => {
    const server = await MoodyServer.start();
    const gaps: ReconnectGap[] = [];
    const lastIds: unknown[] = [];
    const feed = reconnecting(
      ({ lastId }) => {
        lastIds.push(lastId);
        return server.url;
      },
      {
        ...QUICK,
        firstDelay: 30,
        maxDelay: 30,
        async onGap(gap) {
          gaps.push(gap);
          await gap.ws.send(`since ${gap.lastId}`);
          expect(await gap.ws.receive()).toBe("all of it");
        },
      },
    );
    let count = 0;
    for await (const ws of feed) {
      if (++count === 2) break;
      feed.lastId = 7;
      server.opened(2).then((peer) => {
        peer.on("message", (data) => {
          expect(String(data)).toBe("since 7");
          peer.send("all of it");
        });
      });
      server.connections[0]!.terminate();
      await ws.closed;
    }
    expect(lastIds).toEqual([undefined, 7]);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ lastId: 7 });
    expect(gaps[0]!.downFor).toBeGreaterThanOrEqual(29);
    expect(gaps[0]!.downFor).toBeLessThan(10_000);
  });

  it("that is lost again while it is filled is followed by another attempt", async () => {
    const server = await MoodyServer.start();
    let gaps = 0;
    const taken = await take(server.url, 2, {
      async onGap({ ws }) {
        gaps++;
        if (gaps > 1) return;
        server.connections[1]!.terminate();
        await ws.receive();
      },
      onState: (state) => state === "open" && server.connections[0]?.terminate(),
    });
    expect(taken).toHaveLength(2);
    expect([gaps, server.connections.length]).toEqual([2, 3]);
  });

  it("ends it where the application cannot fill it", async () => {
    const server = await MoodyServer.start();
    void server.opened(1).then((ws) => ws.terminate());
    const error = new Error("no such id");
    expect(await failure(server.url, { onGap: () => Promise.reject(error) })).toBe(error);
    await until(() => server.sockets === 0);
  });
});

describe("its state", () => {
  it("is told when it changes", async () => {
    const server = await MoodyServer.start([503], "accept");
    const states: ReconnectState[] = [];
    const feed = reconnecting(server.url, { ...QUICK, onState: (state) => states.push(state) });
    expect(feed.state).toBe("connecting");
    const { value: ws } = await feed.next();
    expect(feed.state).toBe("open");
    server.connections[0]!.terminate();
    await ws!.closed;
    await feed.return();
    expect(feed.state).toBe("closed");
    expect(states).toEqual(["waiting", "connecting", "open", "waiting", "closed"]);
  });

  it("and its attempts may be told to functions with mistakes", async () => {
    const server = await MoodyServer.start([503], "accept");
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    const mistake = (): never => {
      throw new Error("a mistake");
    };
    const later = () => Promise.reject(new Error("a mistake"));
    await take(server.url, 1, { onState: mistake, onAttempt: mistake });
    await take(server.url, 1, { onState: later, onAttempt: later });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings.length).toBeGreaterThan(6);
    expect(new Set(warnings.map(({ message }) => message))).toEqual(new Set(["a mistake"]));
  });
});

describe("its end", () => {
  /** Each point at which it may be. */
  const POINTS: [string, Mood, ReconnectOptions, ReconnectState][] = [
    ["it connects", "hang", {}, "connecting"],
    ["it waits", [503], { firstDelay: 3_600_000, maxDelay: 3_600_000 }, "waiting"],
    ["a function is asked", "accept", { token: () => new Promise<string>(() => {}) }, "connecting"],
    ["onFailure is asked", [503], { onFailure: () => new Promise<void>(() => {}) }, "connecting"],
  ];
  const reason = new Error("enough");

  it.each(POINTS)("comes by the signal while %s", async (_, mood, options, state) => {
    const server = await MoodyServer.start(mood);
    const controller = new AbortController();
    const { signal } = controller;
    const feed = reconnecting(server.url, { ...QUICK, ...options, signal });
    const next = feed.next();
    await reached(server, feed, mood, state);
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    expect(feed.state).toBe("closed");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await until(() => server.sockets === 0);
  });

  it.each(POINTS)("comes by return() while %s", async (_, mood, options, state) => {
    const server = await MoodyServer.start(mood);
    const feed = reconnecting(server.url, { ...QUICK, ...options });
    const next = feed.next();
    await reached(server, feed, mood, state);
    expect(await feed.return()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    await until(() => server.sockets === 0);
  });

  /** Waits until it has come to the point. */
  async function reached(
    server: MoodyServer,
    feed: { readonly state: ReconnectState },
    mood: Mood,
    state: ReconnectState,
  ): Promise<void> {
    if (mood !== "accept") await until(() => server.requests.length > 0);
    await until(() => feed.state === state);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it("comes by the signal while there is a connection, which is closed", async () => {
    const server = await MoodyServer.start();
    const controller = new AbortController();
    const { signal } = controller;
    const feed = reconnecting(server.url, { ...QUICK, signal });
    const iteration = (async () => {
      for await (const ws of feed) for await (const message of ws) expect(message).toBe("none");
    })();
    const peer = await server.opened(1);
    const code = new Promise((resolve) => peer.on("close", resolve));
    await until(() => feed.state === "open");
    controller.abort(reason);
    await expect(iteration).rejects.toBe(reason);
    expect(await code).toBe(1001);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("comes by the signal while a gap is filled", async () => {
    const server = await MoodyServer.start();
    const controller = new AbortController();
    const { signal } = controller;
    void server.opened(1).then((ws) => ws.terminate());
    const onGap = () => {
      setImmediate(() => controller.abort(reason));
      return new Promise(() => {});
    };
    expect(await failure(server.url, { signal, onGap })).toBe(reason);
    await until(() => server.sockets === 0);
  });

  it("leaves nothing at a signal where it was never begun", () => {
    const { signal } = new AbortController();
    reconnecting("ws://127.0.0.1:1/", { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("comes at once where the signal is aborted already", async () => {
    const server = await MoodyServer.start();
    const feed = reconnecting(server.url, { signal: AbortSignal.abort(reason) });
    await expect(feed.next()).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  });

  it("comes by an error that leaves the body", async () => {
    const server = await MoodyServer.start();
    const iteration = (async () => {
      for await (const ws of reconnecting(server.url, QUICK)) {
        expect(ws.state).toBe("open");
        throw reason;
      }
    })();
    await expect(iteration).rejects.toBe(reason);
    await until(() => server.sockets === 0);
  });

  it("comes by await using", async () => {
    const server = await MoodyServer.start();
    {
      await using feed = reconnecting(server.url, QUICK);
      await feed.next();
    }
    await until(() => server.sockets === 0);
    expect(server.connections).toHaveLength(1);
  });

  it("leaves nothing that holds the process or the signal, a hundred times", async () => {
    const server = await MoodyServer.start([503]);
    const { signal } = new AbortController();
    const before = process.getActiveResourcesInfo().length;
    const feeds = Array.from({ length: 100 }, () =>
      reconnecting(server.url, { firstDelay: 3_600_000, maxDelay: 3_600_000, signal }),
    );
    const nexts = feeds.map((feed) => feed.next());
    await until(() => feeds.every((feed) => feed.state === "waiting"));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await Promise.all(feeds.map((feed) => feed.return()));
    await Promise.all(nexts);
    await until(() => server.sockets === 0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await until(() => process.getActiveResourcesInfo().length <= before);
  });
});
