import { describe, expect, it } from "vitest";
import { connectionOf, type Hooks, type Peer } from "../../src/crossws/crossws.ts";
import { deferred } from "../served.ts";
import { serveHooks } from "./crossws.ts";

/** A hook that throws. */
function throws(thrown: unknown): Hooks {
  return {
    upgrade() {
      throw thrown;
    },
  };
}

describe("the hook upgrade of crossws", () => {
  it("adds fields to the answer, each Set-Cookie on a line of its own", async () => {
    const headers = new Headers({ "X-Greeting": "hello", Connection: "keep-alive" });
    headers.append("Set-Cookie", "a=1");
    headers.append("Set-Cookie", "b=2");
    const { client } = await serveHooks({ hooks: { upgrade: () => ({ headers }) } });
    const { response } = await client();
    expect(response?.get("x-greeting")).toBe("hello");
    expect(response?.getAll("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(response?.getAll("connection")).toEqual(["Upgrade"]);
  });

  it("sees the request, and gives context and namespace to the peer", async () => {
    const opened = deferred<Peer>();
    const requests: Request[] = [];
    const { client } = await serveHooks({
      hooks: {
        upgrade(request) {
          requests.push(request);
          Object.assign(request.context!, { early: 1 });
          return { context: { name: request.headers.get("x-name") }, namespace: "elsewhere" };
        },
        open: opened.resolve,
      },
    });
    await client("/a?b", { headers: { "X-Name": "ann" } });
    const peer = await opened.promise;
    expect(peer.context).toEqual({ early: 1, name: "ann" });
    expect(peer.namespace).toBe("elsewhere");
    expect(peer.request).toBe(requests[0]);
    expect(requests[0]!.url).toMatch(/^http:.*\/a\?b$/);
  });

  it.each([
    ["returned", { upgrade: () => refusal() }],
    ["returned later", { upgrade: async () => refusal() }],
    ["thrown", throws(refusal())],
    ["within what is thrown", throws({ response: refusal() })],
  ])("refuses with a Response that is %s", async (_, hooks) => {
    const { client, errors } = await serveHooks({ hooks });
    const error = await client().catch((thrown) => thrown);
    expect(error.received).toMatchObject({ status: 401, body: Buffer.from("who is it?") });
    expect(error.received.headers.get("www-authenticate")).toBe("Basic");
    expect(error.received.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
    expect(errors).toEqual([]);
  });

  it("refuses for all, whatever the hooks of the request say", async () => {
    const { client } = await serveHooks({
      hooks: { upgrade: () => refusal() },
      resolve: () => ({ upgrade: () => ({}) }),
    });
    await expect(client()).rejects.toMatchObject({ status: 401 });
  });

  it.each([
    ["fails", throws(new Error("broken")), "broken"],
    ["takes the socket away", { upgrade: () => ({ handled: true }) }, "barewire keeps the socket"],
    [
      "chooses what was not offered",
      { upgrade: () => ({ protocol: "x" }) },
      "has not offered the subprotocol",
    ],
  ])("is answered with 500 where it %s", async (_, hooks, message) => {
    const { client, errors } = await serveHooks({ hooks });
    await expect(client()).rejects.toMatchObject({ status: 500 });
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ]);
  });

  it("may read the body of a refusal for no longer than the handshake may take", async () => {
    const { client } = await serveHooks(
      { hooks: { upgrade: () => new Response(new ReadableStream(), { status: 503 }) } },
      { handshakeTimeout: 50 },
    );
    await expect(client()).rejects.toMatchObject({ status: 408 });
  });

  it("decides about compression", async () => {
    const agreed: Record<string, string> = {};
    const given: Record<string, object | boolean> = {
      "/on": true,
      "/off": false,
      "/small": { serverMaxWindowBits: 9, serverNoContextTakeover: true },
      "/level": { zlibDeflateOptions: { level: 1, memLevel: 9 }, threshold: 5 },
    };
    const { client } = await serveHooks({
      hooks: {
        upgrade: ({ url }) => ({ perMessageDeflate: given[new URL(url).pathname]! }),
        open(peer) {
          agreed[peer.namespace] = connectionOf(peer).extensions;
          peer.send("compressed or not");
        },
      },
    });
    for (const path of Object.keys(given)) {
      const ws = await client(path, { compression: { windowBits: 15 } });
      expect(await ws.receive(), path).toBe("compressed or not");
    }
    expect(agreed["/off"]).toBe("");
    expect(agreed["/on"]).toContain("server_max_window_bits=12");
    expect(agreed["/small"]).toContain("server_no_context_takeover");
    expect(agreed["/small"]).toContain("server_max_window_bits=9");
  });
});

function refusal(): Response {
  return new Response("who is it?", {
    status: 401,
    headers: { "WWW-Authenticate": "Basic", "Content-Length": "10" },
  });
}

describe("subprotocols of crossws", () => {
  const offer = { protocols: ["chat.1", "chat.2"] };

  it("are none by default", async () => {
    const { client } = await serveHooks({ hooks: {} });
    expect((await client("/", { ...offer, requireProtocol: false })).protocol).toBe("");
  });

  it("are chosen by handleProtocols, where any are offered", async () => {
    const { client } = await serveHooks({
      handleProtocols: (names) => [...names].at(-1),
    });
    expect((await client("/", offer)).protocol).toBe("chat.2");
    expect((await client("/")).protocol).toBe("");
  });

  it("are chosen by the hook before that, in the result or its headers", async () => {
    const results = {
      "/result": { protocol: "chat.1" },
      "/headers": { headers: { "Sec-WebSocket-Protocol": "chat.1" } },
    };
    const { client } = await serveHooks({
      hooks: { upgrade: ({ url }) => results[new URL(url).pathname as keyof typeof results] },
      handleProtocols: () => "chat.2",
    });
    expect((await client("/result", offer)).protocol).toBe("chat.1");
    expect((await client("/headers", offer)).protocol).toBe("chat.1");
  });
});

describe("getNamespace", () => {
  it("names the namespace", async () => {
    const { client, ws } = await serveHooks({
      getNamespace: ({ url }) => new URL(url).searchParams.get("room") ?? "none",
    });
    await client("/chat?room=1");
    expect([...ws.peers.keys()]).toEqual(["1"]);
  });
});

describe("an app's fetch", () => {
  const HOOKS = Symbol.for("crossws.hooks");
  const hello: Hooks = { open: (peer) => void peer.send("hello") };

  it.each([
    [
      "beside its Response",
      () => Object.assign(new Response("", { status: 426 }), { crossws: hello }),
    ],
    ["in an object", () => ({ crossws: hello })],
    [
      "on the request",
      (request: object) => {
        Object.assign(request, { [HOOKS]: hello });
        return new Response("made anew", { status: 426 });
      },
    ],
    [
      "in the request's context",
      (request: { context?: object }) => {
        Object.assign(request.context!, { [HOOKS]: hello });
        return new Response();
      },
    ],
  ])("has the hooks %s", async (_, fetch) => {
    const { client } = await serveHooks({ fetch: fetch as never });
    expect(await (await client()).receive()).toBe("hello");
  });

  it("refuses with what it answers", async () => {
    const { client } = await serveHooks({ fetch: () => new Response("no", { status: 404 }) });
    await expect(client()).rejects.toMatchObject({ status: 404 });
  });

  it("adds header fields, of which the hook's win", async () => {
    const crossws: Hooks = { ...hello, upgrade: () => ({ headers: { "X-A": "hook" } }) };
    const { client } = await serveHooks({
      fetch: () => ({ crossws, headers: { "X-A": "app", "X-B": "app" } }),
    });
    const { response } = await client();
    expect([response?.get("x-a"), response?.get("x-b")]).toEqual(["hook", "app"]);
  });
});
