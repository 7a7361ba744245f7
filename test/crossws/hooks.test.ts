import { describe, expect, it } from "vitest";
import { crosswsAdapter, type Hooks, type Peer } from "../../src/crossws/crossws.ts";
import { Server } from "../../src/index.ts";
import { OP, textFrame } from "../raw-peer.ts";
import { deferred, until } from "../served.ts";
import { serveHooks } from "./crossws.ts";

describe("the hooks of crossws", () => {
  it("are told of all that happens, in its order", async () => {
    const events: unknown[] = [];
    const { client } = await serveHooks({
      hooks: {
        open: () => void events.push("open"),
        message: (_, message) => void events.push(message.text()),
        ping: (_, data) => void events.push(`ping ${Buffer.from(data)}`),
        pong: (_, data) => void events.push(`pong ${Buffer.from(data)}`),
        close: (_, details) => void events.push(details),
      },
    });
    const ws = await client();
    await ws.send("hi");
    await ws.ping("p");
    ws.pong("q");
    ws.pong("");
    await ws.close(4000, "bye");
    await until(() => events.length === 5);
    expect(events).toEqual(["open", "hi", "ping p", "pong q", { code: 4000, reason: "bye" }]);
  });

  it("are told what has ended the connection, before its end", async () => {
    const events: string[] = [];
    const { open } = await serveHooks({
      hooks: {
        error: (_, error) => void events.push(`${error.name}: ${error.message}`),
        close: (_, { code }) => void events.push(`close ${code}`),
      },
    });
    const peer = await open();
    peer.write(textFrame("not masked", { masked: false }));
    await peer.readClose();
    peer.destroy();
    await until(() => events.length === 2);
    expect(events).toEqual([expect.stringMatching(/^WSError: .*masked/), "close 1006"]);
  });

  it("are told of a Ping that cannot be sent", async () => {
    const told = deferred<Error>();
    const { client } = await serveHooks({
      hooks: {
        open: (peer) => void peer.ping("x".repeat(126)),
        error: (_, error) => told.resolve(error),
      },
    });
    await client();
    expect((await told.promise).message).toContain("at most 125 bytes");
  });

  it("are pinged by a peer, and told of its Pong", async () => {
    const ponged = deferred<string>();
    const { client } = await serveHooks({
      hooks: {
        open: (peer) => void peer.ping("42"),
        pong: (_, data) => ponged.resolve(Buffer.from(data).toString()),
      },
    });
    await client();
    expect(await ponged.promise).toBe("42");
  });

  it.each(["open", "message"] as const)(
    "close their own connection with 1011 where %s fails, at once or later",
    async (name) => {
      for (const fail of [
        () => {
          throw new Error("broken");
        },
        () => Promise.reject(new Error("broken")),
      ]) {
        const hooks: Hooks = { [name]: fail };
        const { client, errors } = await serveHooks({ hooks });
        const ws = await client();
        if (name === "message") await ws.send("go");
        expect(await ws.closed).toMatchObject({ code: 1011 });
        expect(errors).toEqual([expect.objectContaining({ message: "broken" })]);
      }
    },
  );

  it("get messages while open still waits", async () => {
    const greeted = deferred();
    const { client } = await serveHooks({
      hooks: {
        async open(peer) {
          await greeted.promise;
          peer.send("welcome");
        },
        message: () => greeted.resolve(),
      },
    });
    const ws = await client();
    await ws.send("hello");
    expect(await ws.receive()).toBe("welcome");
  });

  it("are told when all that waited has left", async () => {
    let drained = 0;
    const { open } = await serveHooks({
      hooks: {
        open: (peer) => void peer.send(Buffer.alloc(8 * 1024 * 1024)),
        drain: () => void drained++,
      },
    });
    await open();
    await until(() => drained === 1);
  });
});

describe("resolve", () => {
  it("finds hooks for each request, called after those of all", async () => {
    const calls: string[] = [];
    const hooks = (name: string): Hooks => ({
      upgrade: () => void calls.push(`${name} upgrade`),
      open: async () => void calls.push(`${name} open`),
      message: (peer: Peer, message) => {
        calls.push(`${name} message`);
        if (name !== "all") peer.send(`${name}: ${message}`);
      },
    });
    const { client } = await serveHooks({
      hooks: hooks("all"),
      resolve: async (request) => hooks(new URL(request.url).pathname),
    });
    const ws = await client("/a");
    await ws.send("hi");
    expect(await ws.receive()).toBe("/a: hi");
    expect(calls).toEqual([
      "all upgrade",
      "/a upgrade",
      "all open",
      "/a open",
      "all message",
      "/a message",
    ]);
  });

  it("may find none, and fail", async () => {
    const { client, errors } = await serveHooks({
      hooks: { message: (peer, message) => void peer.send(message.text()) },
      resolve(request) {
        if (request.url.endsWith("/broken")) throw new Error("no such hooks");
        return undefined;
      },
    });
    const ws = await client();
    await ws.send("hi");
    expect(await ws.receive()).toBe("hi");
    await expect(client("/broken")).rejects.toMatchObject({ status: 500 });
    expect(errors).toEqual([expect.objectContaining({ message: "no such hooks" })]);
  });
});

describe("the options of the adapter", () => {
  const server = new Server();

  it.each([
    [{}, "server is a Server of barewire"],
    [{ server, hook: {} }, 'unknown option "hook"'],
    [{ server, hooks: null }, "hooks is an object"],
    [{ server, resolve: {} }, "resolve is a function"],
    [{ server, resolve() {}, fetch() {} }, "give one of them"],
    [{ server, route: { binary: "arraybuffer" } }, "text and binary"],
    [{ server, idleTimeout: -1 }, "idleTimeout"],
  ])("%j are refused", (options, message) => {
    expect(() => crosswsAdapter(options as never)).toThrow(message);
  });

  it("ping silent peers with idleTimeout", async () => {
    const { open } = await serveHooks({ idleTimeout: 0.02 });
    const peer = await open();
    expect((await peer.readFrame()).opcode).toBe(OP.ping);
    await peer.untilEnded();
  });
});
