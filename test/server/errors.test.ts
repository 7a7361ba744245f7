import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  ArgumentError,
  type Connection,
  type ConnectionHandler,
  Server,
  type ServerOptions,
} from "../../src/index.ts";
import { closeFrame, OP, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, openPair, serve, until } from "../served.ts";

describe("a handler that fails", () => {
  const fails: [string, () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("oops");
      },
    ],
    ["rejects", () => Promise.reject(new Error("oops"))],
    ["rejects later", () => new Promise((_, reject) => setImmediate(reject, new Error("oops")))],
  ];

  /** Others are served by the same object; only "bad" ones fail. */
  const failing = (name: keyof ConnectionHandler, fail: () => unknown): ConnectionHandler => ({
    message: (ws, data) => ws.send(data),
    [name]: (ws: Connection, data?: unknown) => {
      if (ws.request?.query.has("bad")) return fail();
      if (name === "message") return ws.send(data as string);
      return undefined;
    },
  });

  it.each(fails)("(open %s) closes its own connection with 1011", async (_, fail) => {
    const { open, errors } = await serve(failing("open", fail));
    const good = await open();
    const bad = await open("/?bad");
    expect(await bad.readClose()).toEqual({ code: 1011, reason: "" });
    good.write(textFrame("alive"));
    expect(await good.readText()).toBe("alive");
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it.each(fails)("(message %s) closes its own connection with 1011", async (_, fail) => {
    const { open, errors, server } = await serve(failing("message", fail));
    const good = await open();
    const bad = await open("/?bad");
    const [, ws] = server.connections;
    bad.write(textFrame("1"));
    expect(await bad.readClose()).toEqual({ code: 1011, reason: "" });
    bad.socket.end();
    const info = await ws?.closed;
    expect(info).toMatchObject({ initiator: "local", code: 1006 });
    expect(info?.error?.message).toBe("oops");
    good.write(textFrame("alive"));
    expect(await good.readText()).toBe("alive");
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it.each(fails)("(drain %s) closes its own connection with 1011", async (_, fail) => {
    const { ws, peer, errors } = await openPair({}, { drain: () => fail() });
    peer.socket.pause();
    while (ws.send("x".repeat(10_000)) === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.resume();
    expect((await peer.readClose()).code).toBe(1011);
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it.each(fails)("(close %s) is reported", async (_, fail) => {
    const { ws, peer, errors } = await openPair({}, { close: () => fail() });
    peer.write(closeFrame(1000));
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true });
    await until(() => errors.length === 1);
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it.each(fails)("(function %s) before the upgrade answers with 500", async (_, fail) => {
    const { connect, errors } = await serve(() => fail());
    const peer = await connect();
    peer.write(upgradeHead());
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(500);
    // Nothing of the error is for the peer.
    expect(response.body).toBe("");
    await peer.untilEnded();
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it.each(fails)("(function %s) after the upgrade closes with 1011", async (_, fail) => {
    const { open, errors } = await serve((request) => {
      request.upgrade();
      return fail();
    });
    expect(await (await open()).readClose()).toEqual({ code: 1011, reason: "" });
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it("may throw anything", async () => {
    const { open, errors } = await serve({
      open() {
        throw undefined;
      },
    });
    expect((await (await open()).readClose()).code).toBe(1011);
    expect(errors).toEqual([undefined]);
  });

  it("after close() does not keep the closing handshake from its end", async () => {
    const { ws, peer, errors } = await openPair(
      {},
      {
        message(ws) {
          ws.close(4000);
          throw new Error("oops");
        },
      },
    );
    peer.write(textFrame("x"));
    expect((await peer.readClose()).code).toBe(4000);
    peer.write(closeFrame(4000));
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 4000, clean: true });
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it("after close() leaves the Close in its turn behind what takes time", async () => {
    const go = deferred();
    const { open, errors } = await serve(async (request) => {
      const ws = request.upgrade();
      ws.sendFragments(
        (async function* () {
          yield "one";
          await go.promise;
          yield "two";
        })(),
      );
      ws.close(4000);
      throw new Error("oops");
    });
    const peer = await open();
    expect((await peer.readFrame()).payload.toString()).toBe("one");
    await until(() => errors.length === 1);
    go.resolve();
    expect((await peer.readFrame()).payload.toString()).toBe("two");
    expect((await peer.readFrame()).payload.toString()).toBe("");
    expect((await peer.readFrame()).payload.readUInt16BE()).toBe(4000);
  });

  it("because the peer has gone is not reported", async () => {
    const { open, errors, server } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) for (;;) await ws.send(message);
    });
    const peer = await open();
    peer.write(textFrame("x".repeat(10_000)));
    await peer.readText();
    peer.reset();
    await until(() => server.connections.size === 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
  });

  it("because it sent to another connection that has gone is reported", async () => {
    let gone: Connection | undefined;
    const { open, errors } = await serve({
      message(ws) {
        gone?.send("x");
        gone ??= ws;
        if (gone === ws) ws.terminate();
      },
    });
    const first = await open();
    first.write(textFrame("x"));
    await first.untilEnded();
    const second = await open();
    second.write(textFrame("x"));
    expect((await second.readClose()).code).toBe(1011);
    expect(errors).toMatchObject([{ code: "CONNECTION_CLOSED" }]);
  });

  it("is printed where there is no onError, and an onError that throws harms nothing", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const handler = {
      open() {
        throw new Error("oops");
      },
    };
    const silent = await serve(handler, { onError: undefined } as unknown as ServerOptions);
    expect((await (await silent.open()).readClose()).code).toBe(1011);
    expect(print).toHaveBeenCalledOnce();
    const failing = await serve(handler, {
      onError() {
        throw new Error("worse");
      },
    });
    expect((await (await failing.open()).readClose()).code).toBe(1011);
  });
});

describe("diagnostics_channel", () => {
  it("tells of connections that open and close, and of errors", async () => {
    const events: [string | symbol, unknown][] = [];
    const note = (message: unknown, name: string | symbol) => void events.push([name, message]);
    const names = ["connection:open", "connection:closed", "error"].map((n) => `barewire:${n}`);
    for (const name of names) subscribe(name, note);
    onTestFinished(() => {
      for (const name of names) unsubscribe(name, note);
    });
    const { ws, peer } = await openPair(
      {},
      {
        message() {
          throw new Error("oops");
        },
      },
    );
    peer.write(textFrame("x"));
    await peer.readClose();
    peer.socket.end();
    const info = await ws.closed;
    await until(() => events.length === 3);
    expect(events.map(([name]) => name)).toEqual([
      "barewire:connection:open",
      "barewire:error",
      "barewire:connection:closed",
    ]);
    expect(events[0]?.[1]).toEqual({ connection: ws });
    expect(events[1]?.[1]).toMatchObject({ error: { message: "oops" }, subject: ws });
    expect(events[2]?.[1]).toEqual({ connection: ws, info });
  });
});

describe("a mistake in the options throws at once", () => {
  type Mistake = [string, object, RegExp];
  const ofRoutes: Mistake[] = [
    ["an unknown one", { maxPayload: 1 }, /unknown option "maxPayload"; the options are .*origin/],
    ["a negative limit", { maxMessageSize: -1 }, /maxMessageSize is a whole number of bytes/],
    ["NaN", { maxFragments: Number.NaN }, /maxFragments is a whole number/],
    ["a part of a message", { maxQueuedMessages: 1.5 }, /is a whole number of messages.*got 1.5/],
    [
      "a string",
      { highWaterMark: "1kb" },
      /highWaterMark is a whole number of bytes.*got a string/,
    ],
    ["no time", { messageTimeout: 0 }, /messageTimeout is a number of milliseconds/],
    ["a time that no timer can wait", { closeTimeout: 2 ** 31 }, /closeTimeout is at most/],
    ["a time below zero", { heartbeatInterval: -5 }, /heartbeatInterval/],
    ["a time in words", { heartbeatTimeout: "x" }, /heartbeatTimeout/],
    ["a queue of nothing", { maxQueuedMessages: 0 }, /maxQueuedMessages/],
    ["a queue of no bytes", { maxQueuedBytes: 0 }, /maxQueuedBytes/],
    ["a buffer of nothing", { maxSendBuffer: 0 }, /maxSendBuffer/],
    ["an unknown choice", { whenSendBufferFull: "wait" }, /one of close, drop; got a string/],
    ["no rule", { origin: "https://a.test" }, /"same-origin"/],
    ["a list with a path", { origin: ["https://a.test/x"] }, /no origin/],
    ["subprotocols that are no list", { protocols: "chat" }, /protocols is a list/],
    ["a subprotocol that is no token", { protocols: ["a b"] }, /protocols is a list/],
    ["a list of options", [], /an object of options.*maxMessageSize.*; got a list/],
    ["a list of ways to compress", { compression: [] }, /compression is true, false or an object/],
  ];
  const wrong: Mistake[] = [
    ...ofRoutes,
    ["no handshake time", { handshakeTimeout: 0 }, /handshakeTimeout/],
    ["no head", { maxHeadSize: 1 }, /maxHeadSize/],
    ["no fields", { maxHeadFields: 0 }, /maxHeadFields/],
    ["negative connections", { maxConnections: -1 }, /maxConnections/],
    ["no hook", { admit: true }, /admit is a function/],
    ["no listener", { listener: {} }, /listener is a function/],
    ["no reporter", { onError: "log" }, /onError is a function/],
    ["both root and listener", { root: ".", listener() {} }, /either root or listener/],
    ["a root that is none", { root: "/nonexistent/directory" }, /root/],
  ];

  it.each(wrong)("(%s)", (_, options, message) => {
    expect(() => new Server(options)).toThrow(message);
    expect(() => new Server(options)).toThrow(ArgumentError);
  });

  it.each(ofRoutes)("(%s, of a route)", (_, options, message) => {
    expect(() => new Server().handle("/", {}, options)).toThrow(message);
  });

  it("(an option of the server, of a route)", () => {
    const options = { maxConnections: 5 } as object;
    expect(() => new Server().handle("/", {}, options)).toThrow(/unknown option/);
  });

  it.each([undefined, null, "echo", 5])("(%s as a handler)", (handler) => {
    expect(() => new Server().handle("/", handler as unknown as ConnectionHandler)).toThrow(
      ArgumentError,
    );
  });

  it.each([null, "root", () => {}])("(%o as options)", (options) => {
    const message = /takes an object of options/;
    expect(() => new Server(options as never)).toThrow(message);
    expect(() => new Server().handle("/", {}, options as never)).toThrow(message);
    expect(() => new Server().shutdown(options as never)).toThrow(message);
    expect(() => new Server(options as never)).toThrow(ArgumentError);
  });

  it("takes Infinity for every limit", () => {
    const names = [
      ..."maxMessageSize maxFragments messageTimeout heartbeatInterval heartbeatTimeout".split(" "),
      ..."closeTimeout highWaterMark maxSendBuffer maxQueuedMessages maxQueuedBytes".split(" "),
      ..."handshakeTimeout maxHeadSize maxHeadFields maxConnections".split(" "),
    ];
    const options = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY]));
    expect(() => new Server(options)).not.toThrow();
  });
});

describe("no limit at all", () => {
  it("still serves", async () => {
    const infinity = Number.POSITIVE_INFINITY;
    const { peer } = await openPair(
      {
        maxMessageSize: infinity,
        maxFragments: infinity,
        messageTimeout: infinity,
        heartbeatInterval: infinity,
        closeTimeout: infinity,
        highWaterMark: infinity,
        maxSendBuffer: infinity,
        handshakeTimeout: infinity,
        maxHeadSize: infinity,
        maxHeadFields: infinity,
      },
      { message: (ws, data) => ws.send(data) },
    );
    peer.write(textFrame("a", { fin: false }), textFrame("b").fill(0x80, 0, 1));
    expect(await peer.readText()).toBe("ab");
    peer.write(closeFrame(1000));
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.close });
  });
});
