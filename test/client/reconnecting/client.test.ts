import { getEventListeners } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  ReconnectingClient,
  type ReconnectingClientOptions,
} from "../../../src/client/reconnecting/client.ts";
import { until } from "../../served.ts";
import { MoodyServer } from "./moody-server.ts";
import { Network } from "./network.ts";

/** Delays too short to wait for, and the same each time. */
const QUICK: ReconnectingClientOptions = { firstDelay: 1, maxDelay: 4, jitter: "none" };

function open(url: string, options: ReconnectingClientOptions = {}): ReconnectingClient {
  const client = new ReconnectingClient(url, { ...QUICK, ...options });
  onTestFinished(async () => void (await client.close()));
  return client;
}

/** What the server's end of a connection receives, from now on. */
function received(server: MoodyServer, connection = 0): unknown[] {
  const messages: unknown[] = [];
  server.connections[connection]!.on("message", (data, isBinary) =>
    messages.push(isBinary ? data : String(data)),
  );
  return messages;
}

describe("a client that comes back", () => {
  it("connects when it is made, gives messages to its handler, and comes back", async () => {
    const server = await MoodyServer.start();
    const calls: unknown[] = [];
    const client = open(server.url, {
      handler: {
        open: () => calls.push("open"),
        message: (_, data) => calls.push(data),
        close: (_, code) => calls.push(code),
      },
    });
    expect([client.state, client.connection]).toEqual(["connecting", undefined]);
    (await server.opened(1)).send("one");
    await until(() => calls.length === 2);
    expect(client.state).toBe("open");
    expect(client.connection?.state).toBe("open");
    server.connections[0]!.terminate();
    (await server.opened(2)).send("two");
    await until(() => calls.length === 5);
    expect(calls).toEqual(["open", "one", 1006, "open", "two"]);
    expect(await client.close(4000, "enough")).toEqual({ error: undefined, unsent: 0 });
    expect(calls.at(-1)).toBe(4000);
    expect(client.state).toBe("closed");
    await until(() => server.sockets === 0);
  });

  it("gives each connection data of its own", async () => {
    const server = await MoodyServer.start();
    const seen: number[] = [];
    const client = new ReconnectingClient<{ id: number }>(server.url, {
      ...QUICK,
      data: () => ({ id: Math.random() }),
      handler: { open: (ws) => seen.push(ws.data.id) },
    });
    onTestFinished(async () => void (await client.close()));
    (await server.opened(1)).terminate();
    await server.opened(2);
    await until(() => client.state === "open");
    expect(client.connection?.data.id).toBe(seen[1]);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it("sends what was sent before there was a connection, in its order, and then goes on", async () => {
    const server = await MoodyServer.start([503], "accept");
    const client = open(server.url);
    const bytes = Buffer.from("binary");
    const sent = [client.send("a"), client.send(bytes), client.send(new Blob(["blob"]))];
    bytes.fill(0);
    expect(client.waiting).toBe(3);
    await server.opened(1);
    const messages = received(server);
    await Promise.all(sent);
    expect(client.waiting).toBe(0);
    await until(() => client.state === "open" && messages.length === 3);
    expect(client.send("direct")).toBeUndefined();
    await until(() => messages.length === 4);
    expect(messages).toEqual(["a", Buffer.from("binary"), Buffer.from("blob"), "direct"]);
  });

  it("keeps what is sent while the connection is away, and closes", async () => {
    const server = await MoodyServer.start();
    const client = open(server.url);
    await server.opened(1);
    await until(() => client.state === "open");
    await server.stop();
    await until(() => client.state !== "open");
    const sent = Array.from({ length: 100 }, (_, i) => client.send(`message ${i}`));
    await server.start();
    await server.opened(2);
    const messages = received(server, 1);
    await Promise.all(sent);
    await until(() => messages.length === 100);
    expect(messages).toEqual(Array.from({ length: 100 }, (_, i) => `message ${i}`));
  });

  it("keeps what is sent on a connection that somebody has closed", async () => {
    const server = await MoodyServer.start();
    const client = open(server.url);
    await server.opened(1);
    await until(() => client.connection !== undefined);
    void client.connection?.close();
    void client.send("later");
    await server.opened(2);
    const messages = received(server, 1);
    await until(() => messages.length === 1);
    expect(messages).toEqual(["later"]);
  });

  it("lets onGap speak first", async () => {
    const server = await MoodyServer.start();
    const client = open(server.url, {
      async onGap({ ws, lastId }) {
        await ws.send(`since ${lastId}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await ws.send("resumed");
      },
      handler: {
        message: (_, data) => {
          client.lastId = data;
        },
      },
    });
    (await server.opened(1)).send("41");
    await until(() => client.lastId === "41");
    server.connections[0]!.terminate();
    await until(() => client.state !== "open");
    void client.send("waiting");
    await server.opened(2);
    const messages = received(server, 1);
    await until(() => client.state === "open");
    void client.send("at once");
    await until(() => messages.length === 4);
    expect(messages).toEqual(["since 41", "resumed", "waiting", "at once"]);
  });

  it("keeps the order where the connection cannot take all that waits at once", async () => {
    const server = await MoodyServer.start([503], "accept");
    const client = open(server.url, { highWaterMark: 1000, maxOutboxMessages: 3000 });
    const expected: string[] = [];
    const send = (count: number) => {
      for (let i = 0; i < count; i++) {
        expected.push(`${expected.length} ${"x".repeat(200)}`);
        void client.send(expected.at(-1)!);
      }
    };
    send(1000);
    await server.opened(1);
    const messages = received(server);
    // While the outbox is sent, and behind it.
    while (client.waiting > 0) {
      send(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    send(10);
    await until(() => messages.length === expected.length);
    expect(messages).toEqual(expected);
  });

  it("does not send again what a connection had taken when it was lost", async () => {
    const server = await MoodyServer.start();
    const network = await Network.to(server.port);
    const client = open(network.url, { heartbeatInterval: 30, heartbeatTimeout: 30 });
    await server.opened(1);
    await until(() => client.state === "open");
    network.cut();
    // The system takes it, and nobody else.
    expect(client.send("lost")).toBeUndefined();
    await server.opened(2);
    const messages = received(server, 1);
    await until(() => client.state === "open");
    void client.send("next");
    await until(() => messages.length === 1);
    expect(messages).toEqual(["next"]);
  });

  it("has the promise of what is given to a connection reject when that is lost", async () => {
    const server = await MoodyServer.start();
    const client = open(server.url, { highWaterMark: 1 });
    const peer = await server.opened(1);
    await until(() => client.state === "open");
    peer.pause();
    const sent = client.send(Buffer.alloc(8_000_000));
    expect(sent).toBeInstanceOf(Promise);
    peer.terminate();
    await expect(sent).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("what it keeps", () => {
  const away = (options: ReconnectingClientOptions) =>
    open("ws://127.0.0.1:1/", { firstDelay: 3_600_000, maxDelay: 3_600_000, ...options });

  it("has limits", () => {
    const client = away({ maxOutboxMessages: 2 });
    void client.send("a");
    void client.send("b");
    expect(() => client.send("c")).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
    const small = away({ maxOutboxBytes: 3 });
    expect(() => small.send("1234")).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
  });

  it("is dropped by the rule that was given, and counted", async () => {
    const client = away({ maxOutboxMessages: 1, whenOutboxFull: "drop-oldest" });
    const first = client.send("a");
    void client.send("b");
    await expect(first).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect([client.waiting, client.dropped]).toEqual([1, 1]);
  });

  it("is not sent any more when it is closed", async () => {
    const client = away({});
    const sent = client.send("a");
    expect(await client.close()).toEqual({ error: undefined, unsent: 1 });
    await expect(sent).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(() => client.send("b")).toThrow("the client was closed");
  });

  it("is checked when it is sent", () => {
    expect(() => away({}).send(7 as never)).toThrow("expected a string");
  });
});

describe("its end", () => {
  it("is a permanent failure, which closed tells", async () => {
    const server = await MoodyServer.start([401]);
    const client = open(server.url);
    const sent = client.send("a");
    const end = await client.closed;
    expect(end).toMatchObject({ error: { code: "REFUSED", status: 401 }, unsent: 1 });
    await expect(sent).rejects.toBe(end.error);
    expect(() => client.send("b")).toThrow("the client was closed");
    expect(await client.close()).toBe(end);
  });

  it("is a warning where nobody has asked for it", async () => {
    const server = await MoodyServer.start([401]);
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    new ReconnectingClient(server.url, QUICK);
    expect(await warned).toMatchObject({ code: "REFUSED", status: 401 });
  });

  it("comes by the signal, at any point", async () => {
    const server = await MoodyServer.start();
    const reason = new Error("enough");
    const controller = new AbortController();
    const { signal } = controller;
    const connected = open(server.url, { signal });
    const away = open("ws://127.0.0.1:1/", { signal, firstDelay: 60_000, maxDelay: 60_000 });
    await until(() => connected.state === "open" && away.state === "waiting");
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    const ends = Promise.all([connected.closed, away.closed]);
    controller.abort(reason);
    expect(await ends).toEqual([
      { error: reason, unsent: 0 },
      { error: reason, unsent: 0 },
    ]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await until(() => server.sockets === 0);
  });

  it.each(["hang", "accept"] as const)("may come at once (%s)", async (mood) => {
    const server = await MoodyServer.start(mood);
    const client = new ReconnectingClient(server.url, QUICK);
    expect(await client.close()).toEqual({ error: undefined, unsent: 0 });
    expect(await client.close()).toEqual({ error: undefined, unsent: 0 });
    await until(() => server.sockets === 0);
  });

  it("comes by await using", async () => {
    const server = await MoodyServer.start();
    {
      await using client = new ReconnectingClient(server.url, QUICK);
      await until(() => client.state === "open");
    }
    await until(() => server.sockets === 0);
  });

  it("wants arguments that are right", async () => {
    const client = open("ws://127.0.0.1:1/");
    await expect(client.close(1005)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(client.state).not.toBe("closed");
    for (const [options, message] of [
      [{ handler: () => {} }, "handler is not an object"],
      [{ maxOutboxMessages: -1 }, "maxOutboxMessages"],
      [{ maxOutboxBytes: 0.5 }, "maxOutboxBytes"],
      [{ whenOutboxFull: "wait" }, "whenOutboxFull is one of throw, drop-oldest, drop-newest"],
      [{ nonsense: 1 }, "ReconnectingClient: unknown option"],
    ] as const) {
      expect(() => new ReconnectingClient("ws://a", options as object)).toThrow(message);
    }
  });
});
