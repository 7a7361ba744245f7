import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Connection,
  type ConnectionHandler,
  HandshakeError,
  type RouteHandler,
  type UpgradeOptions,
  type UpgradeRequest,
} from "../../../src/index.ts";
import { closeFrame, textFrame, upgradeHead } from "../../raw-peer.ts";
import { deferred, type Served, serve, until } from "../../served.ts";

interface User {
  readonly name: string;
}

const chat: ConnectionHandler<User> = {
  message: (ws, data) => ws.send(`${ws.data.name}: ${data}`),
};

/** Serves a route and asks for it once. */
async function answerOf(handler: RouteHandler | ((request: UpgradeRequest) => unknown)) {
  const served = await serve(handler);
  const peer = await served.connect();
  peer.write(upgradeHead("/", { "Sec-WebSocket-Protocol": "a, b" }));
  return { ...served, peer, response: await peer.readWholeResponse() };
}

describe("upgrade()", () => {
  it("takes a handler object and data for it, also from an async function", async () => {
    const { open, errors } = await serve(async (request) => {
      const name = await Promise.resolve(request.query.get("name") ?? "");
      request.upgrade({ handler: chat, data: { name } });
    });
    const peers = await Promise.all([open("/?name=ann"), open("/?name=bob")]);
    for (const [i, name] of ["ann", "bob"].entries()) {
      peers[i]?.write(textFrame("hello"), textFrame("again"));
      expect(await peers[i]?.readText()).toBe(`${name}: hello`);
      // The function has ended, and the connection has not.
      expect(await peers[i]?.readText()).toBe(`${name}: again`);
    }
    expect(errors).toEqual([]);
  });

  it("puts the data there before open is called", async () => {
    const seen = deferred<unknown>();
    const { open } = await serve((request) => {
      request.upgrade({ data: 5, handler: { open: (ws) => seen.resolve(ws.data) } });
    });
    await open();
    expect(await seen.promise).toBe(5);
  });

  it("takes limits of its own, which hold for that connection alone", async () => {
    const { open } = await serve(
      (request) => {
        const options = request.query.has("trusted") ? { maxMessageSize: 100 } : {};
        request.upgrade({
          ...options,
          handler: { message: (ws, data) => ws.send(`${data.length}`) },
        });
      },
      { maxMessageSize: 10 },
    );
    const trusted = await open("/?trusted");
    const other = await open("/");
    for (const peer of [trusted, other]) peer.write(textFrame("x".repeat(50)));
    expect(await trusted.readText()).toBe("50");
    expect((await other.readClose()).code).toBe(1009);
    trusted.write(textFrame("x".repeat(101)));
    expect((await trusted.readClose()).code).toBe(1009);
  });

  it("takes compression of its own, on and off", async () => {
    const offer = { "Sec-WebSocket-Extensions": "permessage-deflate" };
    const { server, connect } = await serve(undefined);
    server.handle("/on", (request) => request.upgrade({ compression: true }));
    server.handle("/off", (request) => request.upgrade({ compression: false }), {
      compression: true,
    });
    const on = await (await connect()).upgrade("/on", offer);
    expect(on.field("Sec-WebSocket-Extensions")).toMatch(/^permessage-deflate/);
    const off = await (await connect()).upgrade("/off", offer);
    expect(off.field("Sec-WebSocket-Extensions")).toBeUndefined();
  });

  it("has connections with the same limits share what they can share", async () => {
    const { server, open } = await serve((request) => {
      const size = Number(request.query.get("size"));
      request.upgrade({ maxMessageSize: size, compression: { level: 1 }, handler: chat });
    });
    const { endpointOf } = await import("../../../src/connection/connection.ts");
    for (const size of [1, 2, 1, 1]) await open(`/?size=${size}`);
    const groups = [...server.connections].map((ws) => endpointOf(ws).group);
    expect(groups[2]).toBe(groups[0]);
    expect(groups[3]).toBe(groups[0]);
    expect(groups[1]).not.toBe(groups[0]);
    expect(groups.map(({ settings }) => settings.maxMessageSize)).toEqual([1, 2, 1, 1]);
    expect(groups[0]?.budget).toBe(groups[1]?.budget);
    expect(groups[0]?.budget).toBeDefined();
  });

  it.each<[string, object, RegExp]>([
    ["an unknown option", { maxPayload: 1 }, /"maxPayload"; the options are protocol, headers, ha/],
    [
      "a limit that is none",
      { maxMessageSize: "5" },
      /maxMessageSize is a whole number.*got a string/,
    ],
    ["a handler that is none", { handler: () => {} }, /handler of upgrade\(\) is an object/],
    [
      "a handler of another kind",
      { handler: { onmessage() {} } },
      /"onmessage", which nobody calls/,
    ],
    ["a function that is none", { handler: { message: true } }, /message of .* is a function; got/],
    ["a subprotocol that was not offered", { protocol: "secret" }, /^[^"]*has not offered[^"]*$/],
  ])("throws for %s, and the request can still be answered", async (_, options, message) => {
    const thrown = deferred<Error>();
    const { response, errors } = await answerOf((request) => {
      try {
        request.upgrade(options);
      } catch (error) {
        thrown.resolve(error as Error);
        request.upgrade({ maxMessageSize: 5 });
      }
    });
    expect((await thrown.promise).message).toMatch(message);
    expect(response.status).toBe(101);
    expect(errors).toEqual([]);
  });
});

describe("upgrade of a handler object", () => {
  const opened: [string, RouteHandler<User>["upgrade"]][] = [
    ["returns options", () => ({ data: { name: "ann" } })],
    ["resolves with options", async () => ({ data: { name: "ann" } })],
    [
      "takes its time",
      () => new Promise((resolve) => setImmediate(resolve, { data: { name: "ann" } })),
    ],
    [
      "upgrades by itself",
      (request) => void request.upgrade({ data: { name: "ann" }, handler: chat }),
    ],
  ];

  it.each(opened)("(%s) opens the connection with what it says", async (_, upgrade) => {
    const { open } = await serve({ ...chat, upgrade } as RouteHandler);
    const peer = await open();
    peer.write(textFrame("hello"));
    expect(await peer.readText()).toBe("ann: hello");
  });

  it.each<[string, NonNullable<RouteHandler["upgrade"]>]>([
    ["returns nothing", () => {}],
    ["resolves with nothing", async () => {}],
    ["returns undefined", () => undefined],
  ])("(%s) opens the connection as if it were not there", async (_, upgrade) => {
    const { response } = await answerOf({ upgrade });
    expect(response.status).toBe(101);
  });

  it.each<[string, NonNullable<RouteHandler["upgrade"]>, number]>([
    ["rejects", (request) => request.reject(401, { body: "who?" }), 401],
    [
      "rejects later",
      async (request) => {
        await Promise.resolve();
        return request.reject(401, { body: "who?" });
      },
      401,
    ],
    [
      "throws an answer",
      () => {
        throw new HandshakeError("NO", "no", { status: 402, body: "who?" });
      },
      402,
    ],
    [
      "rejects with an answer",
      async () => {
        throw new HandshakeError("NO", "no", { status: 402, body: "who?" });
      },
      402,
    ],
  ])("(%s) refuses", async (_, upgrade, status) => {
    let opened = 0;
    const { response, errors } = await answerOf({ upgrade, open: () => void opened++ });
    expect([response.status, response.body]).toEqual([status, "who?"]);
    expect(opened).toBe(0);
    expect(errors).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["false, which is no no", false],
    ["true", true],
    ["null", null],
    ["a promise of false", Promise.resolve(false)],
    ["what is no option", { name: "ann" }],
  ])("that returns %s lets nobody in, and is reported", async (_, result) => {
    const upgrade = () => result as UpgradeOptions;
    const { response, errors } = await answerOf({ upgrade });
    expect(response.status).toBe(500);
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  });

  it("chooses among the subprotocols, or leaves that to the route", async () => {
    const served: Served = await serve(undefined);
    const upgrade = (request: UpgradeRequest) =>
      request.query.has("b") ? { protocol: "b" } : undefined;
    served.server.handle("/", { upgrade }, { protocols: ["a"] });
    const offer = { "Sec-WebSocket-Protocol": "b, a" };
    const first = await (await served.connect()).upgrade("/?b", offer);
    expect(first.field("Sec-WebSocket-Protocol")).toBe("b");
    const second = await (await served.connect()).upgrade("/", offer);
    expect(second.field("Sec-WebSocket-Protocol")).toBe("a");
  });

  it("sees the request that the connection has later", async () => {
    const seen: unknown[] = [];
    const { open } = await serve({
      upgrade: (request) => void seen.push(request),
      open: (ws) => void seen.push(ws.request),
    });
    await open();
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  it("answers nobody who has left meanwhile", async () => {
    const go = deferred();
    const asked = deferred<AbortSignal>();
    let opens = 0;
    const { connect, server, errors } = await serve({
      async upgrade(request) {
        asked.resolve(request.signal);
        await go.promise;
        return { data: 1 };
      },
      open: () => void opens++,
    });
    const peer = await connect();
    peer.write(upgradeHead());
    const signal = await asked.promise;
    peer.destroy();
    await until(() => signal.aborted);
    go.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect([server.connections.size, opens, errors]).toEqual([0, 0, []]);
  });
});

describe("a handler object", () => {
  it.each([
    ["a function that nobody calls", { mesage() {} }, /"mesage", which nobody calls/],
    ["a message that is no function", { message: "hello" }, /message of a route's handler is a fu/],
    ["nothing", undefined, /is an object with functions: upgrade, open, message/],
  ])("with %s is refused at once", async (_, handler, message) => {
    const { server } = await serve(undefined);
    expect(() => server.handle("/", handler as unknown as RouteHandler)).toThrow(message);
  });

  it("may have state, and one of a class whatever it likes", async () => {
    const { server } = await serve(undefined);
    class Room {
      readonly members = new Set<Connection>();
      open(ws: Connection): void {
        this.join(ws);
      }
      join(ws: Connection): void {
        this.members.add(ws);
      }
    }
    server.handle("/a", new Room());
    server.handle("/b", { members: 0, message() {} } as RouteHandler);
  });
});

describe("messages", () => {
  it("wait for an open that takes its time", async () => {
    const go = deferred();
    const calls: string[] = [];
    const { open, connect } = await serve({
      async open(ws) {
        await go.promise;
        ws.data = "known";
        calls.push("opened");
      },
      message: (ws, data) => void calls.push(`${data} of ${ws.data}`),
    });
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("with the head"));
    await peer.readUpgraded();
    peer.write(textFrame("later"));
    const other = await open();
    other.write(closeFrame(1000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toEqual([]);
    go.resolve();
    await until(() => calls.length === 4);
    expect(calls.slice(2)).toEqual(["with the head of known", "later of known"]);
  });

  it("never come behind an open that rejects", async () => {
    let messages = 0;
    const { connect, errors } = await serve({
      open: () => Promise.reject(new Error("who are you?")),
      message: () => void messages++,
    });
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("let me in"));
    await peer.readUpgraded();
    expect((await peer.readClose()).code).toBe(1011);
    expect(messages).toBe(0);
    expect(errors).toMatchObject([{ message: "who are you?" }]);
  });
});

describe("an async function that returns right after the upgrade", () => {
  async function warningsOf(handler: (request: UpgradeRequest) => unknown, count = 1) {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const { open } = await serve(handler);
    for (let i = 0; i < count; i++) {
      const peer = await open();
      peer.write(textFrame("hello"));
      expect((await peer.readClose()).code).toBe(1000);
    }
    await new Promise((resolve) => setImmediate(resolve));
    return warnings.filter(({ name }) => name === "BarewireWarning");
  }

  it("is told so, once a route", async () => {
    const warnings = await warningsOf(async (request) => void request.upgrade(), 3);
    expect(warnings).toMatchObject([
      {
        code: "BAREWIRE_HANDLER_RETURNED",
        message: expect.stringMatching(/^the async handler of \/ returned right after the upgrade/),
      },
    ]);
  });

  it("is told so also when it had to wait before, or reads without waiting", async () => {
    const late = await warningsOf(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      request.upgrade();
    });
    expect(late).toHaveLength(1);
    const reading = await warningsOf(async (request) => {
      const ws = request.upgrade();
      const reading = async () => {
        for await (const message of ws) await ws.send(message);
      };
      reading().catch(() => {});
    });
    expect(reading).toHaveLength(1);
  });

  it.each<[string, (request: UpgradeRequest) => Promise<unknown>]>([
    ["has sent something", async (request) => request.upgrade().send("bye")],
    ["has sent much", async (request) => request.upgrade().send(Buffer.alloc(100_000))],
    ["has waited", async (request) => request.upgrade().receive()],
    ["has closed", async (request) => void request.upgrade().close(1000, "full")],
    [
      "has waited for something else",
      async (request) => {
        request.upgrade();
        await new Promise((resolve) => setTimeout(resolve, 10));
      },
    ],
  ])("is not told so where it %s", async (_, handler) => {
    expect(await warningsOf(handler)).toEqual([]);
  });
});
