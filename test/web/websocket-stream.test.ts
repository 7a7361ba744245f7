import { describe, expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../src/index.ts";
import { connectionOf, WebSocketError, WebSocketStream } from "../../src/web/web.ts";
import { deferred, until } from "../served.ts";
import { echo } from "./sockets.ts";

/** Opens a WebSocketStream, which is gone when the test has finished. */
function streamTo(...args: ConstructorParameters<typeof WebSocketStream>): WebSocketStream {
  const stream = new WebSocketStream(...args);
  onTestFinished(() => {
    const connection = connectionOf(stream);
    if (connection === undefined) stream.close();
    else connection.terminate();
  });
  return stream;
}

/** A server that hands its side of each connection to the test. */
async function served(path = "own") {
  const { server, url } = await echo();
  const opened = deferred<Connection>();
  server.handle(`/${path}`, (request) => opened.resolve(request.upgrade()));
  return { url: `${url}${path}`, opened: opened.promise };
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error("it was fulfilled"),
    (error: unknown) => error,
  );

describe("new WebSocketStream()", () => {
  it("opens, and tells what was agreed upon", async () => {
    const { url } = await echo({}, { protocols: ["chat"] });
    const stream = streamTo(url, { protocols: new Set(["chat"]) });
    expect(stream.url).toBe(url);
    const { protocol, extensions, readable, writable } = await stream.opened;
    expect([protocol, extensions]).toEqual(["chat", ""]);
    expect(readable).toBeInstanceOf(ReadableStream);
    expect(writable).toBeInstanceOf(WritableStream);
  });

  it.each([
    ["no URL", ["/path"]],
    ["a fragment", ["ws://localhost/#a"]],
    ["a subprotocol twice", ["ws://localhost/", { protocols: ["a", "a"] }]],
  ])("throws a SyntaxError for %s", (_, args) => {
    expect(() => Reflect.construct(WebSocketStream, args)).toThrow(
      expect.objectContaining({ name: "SyntaxError" }),
    );
  });

  it.each([
    ["nothing", []],
    ["options that are no object", ["ws://localhost/", true]],
    ["protocols that are no list", ["ws://localhost/", { protocols: "chat" }]],
    ["a signal that is none", ["ws://localhost/", { signal: {} }]],
    ["an option that is not there", ["ws://localhost/", { nothing: 1 }]],
  ])("throws a TypeError for %s", (_, args) => {
    expect(() => Reflect.construct(WebSocketStream, args)).toThrow(TypeError);
  });

  it("rejects both promises with one WebSocketError where there is no connection", async () => {
    const { url, server } = await echo();
    server.handle("/no", (request) => request.reject(403));
    const stream = streamTo(`${url}no`);
    const error = await failureOf(stream.opened);
    expect(error).toBeInstanceOf(WebSocketError);
    expect(error).toMatchObject({ closeCode: 1006, cause: { code: "REFUSED" } });
    expect(await failureOf(stream.closed)).toBe(error);
  });

  it("rejects with the reason of its signal, before and during the handshake", async () => {
    const reason = new Error("enough");
    const before = streamTo("ws://127.0.0.1:1/", { signal: AbortSignal.abort(reason) });
    expect(await failureOf(before.opened)).toBe(reason);
    expect(await failureOf(before.closed)).toBe(reason);
    const { url, server } = await echo();
    let asked = false;
    server.handle("/never", () => {
      asked = true;
      return new Promise(() => {});
    });
    const giveUp = new AbortController();
    const during = streamTo(`${url}never`, { signal: giveUp.signal });
    await until(() => asked);
    giveUp.abort(reason);
    expect(await failureOf(during.opened)).toBe(reason);
    expect(await failureOf(during.closed)).toBe(reason);
  });

  it("is not touched by its signal once it is open", async () => {
    const { url } = await echo();
    const giveUp = new AbortController();
    const stream = streamTo(url, { signal: giveUp.signal });
    await stream.opened;
    giveUp.abort();
    stream.close({ closeCode: 4000 });
    expect(await stream.closed).toEqual({ closeCode: 4000, reason: "" });
  });

  it("gives up the handshake when it is closed", async () => {
    const { url } = await echo();
    const stream = streamTo(url);
    stream.close();
    expect(await failureOf(stream.opened)).toBeInstanceOf(WebSocketError);
    expect(await failureOf(stream.closed)).toBeInstanceOf(WebSocketError);
  });
});

describe("messages", () => {
  it("are strings and Uint8Arrays, in the order in which they were sent", async () => {
    const { url } = await echo();
    const { readable, writable } = await streamTo(url).opened;
    const writer = writable.getWriter();
    const reader = readable.getReader();
    for (const chunk of ["text", new Uint8Array([1, 2]).subarray(1), new ArrayBuffer(3)]) {
      void writer.write(chunk);
    }
    const values = [await reader.read(), await reader.read(), await reader.read()];
    expect(values.map(({ value }) => value)).toEqual(["text", Uint8Array.of(2), new Uint8Array(3)]);
  });

  it("that cannot be converted fail the writing", async () => {
    const { url } = await echo();
    const { writable } = await streamTo(url).opened;
    const writer = writable.getWriter();
    expect(await failureOf(writer.write(Symbol() as never))).toBeInstanceOf(TypeError);
  });

  it("hold up the server where nobody reads them", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url);
    const { readable } = await stream.opened;
    const ws = await opened;
    const message = new Uint8Array(1 << 20);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 40; sent++) await ws.send(message);
    })();
    // As many as the system holds, and then no more.
    await until(() => ws.bufferedAmount > 0);
    const reader = readable.getReader();
    let received = 0;
    while (received < 40) received += (await reader.read()).done ? 40 : 1;
    await sending;
    expect(sent).toBe(40);
  });

  it("are held up by a server that does not read", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url, { compression: false });
    const { writable } = await stream.opened;
    const ws = await opened;
    ws.pause();
    const writer = writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (; written < 40; written++) await writer.write(new Uint8Array(1 << 20));
    })();
    await until(() => (connectionOf(stream)?.bufferedAmount ?? 0) > 0);
    expect(written).toBeLessThan(40);
    ws.resume();
    let received = 0;
    for await (const _ of ws) if (++received === 40) break;
    await writing;
    expect(written).toBe(40);
  });
});

describe("the end", () => {
  it("by close() has the code and the reason of the server's Close", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url);
    const { readable } = await stream.opened;
    stream.close({ closeCode: 4321, reason: "done" });
    expect(await (await opened).closed).toMatchObject({ code: 4321, reason: "done" });
    expect(await stream.closed).toEqual({ closeCode: 4321, reason: "" });
    expect(await readable.getReader().read()).toEqual({ done: true, value: undefined });
  });

  it.each([
    ["an InvalidAccessError", { closeCode: 1001 }, "InvalidAccessError"],
    ["a SyntaxError", { reason: "x".repeat(124) }, "SyntaxError"],
    ["a TypeError", true, "TypeError"],
  ])("throws %s for a close info that is wrong", async (_, info, name) => {
    const { url } = await echo();
    const stream = streamTo(url);
    await stream.opened;
    expect(() => stream.close(info as never)).toThrow(expect.objectContaining({ name }));
  });

  it("by the server leaves what has come to be read, and the writable in error", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url);
    const { readable, writable } = await stream.opened;
    const ws = await opened;
    await ws.send("last");
    void ws.close(4000, "enough");
    const reader = readable.getReader();
    expect(await reader.read()).toEqual({ done: false, value: "last" });
    expect(await stream.closed).toEqual({ closeCode: 4000, reason: "enough" });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(await failureOf(writable.getWriter().write("x"))).toMatchObject({
      name: "InvalidStateError",
    });
  });

  it("of the writable closes after what was written, and waits for the server's Close", async () => {
    const { url, opened } = await served();
    const { writable } = await streamTo(url).opened;
    const ws = await opened;
    const writer = writable.getWriter();
    void writer.write("last");
    let isClosed = false;
    const closing = writer.close().then(() => {
      isClosed = true;
    });
    expect(isClosed).toBe(false);
    expect(await ws.receive()).toBe("last");
    expect(await ws.closed).toMatchObject({ code: 1005 });
    await closing;
  });

  it.each([
    ["abort()", (open: Opened, reason: unknown) => open.writable.abort(reason)],
    ["cancel()", (open: Opened, reason: unknown) => open.readable.cancel(reason)],
  ])("by %s sends the code of a WebSocketError, else none", async (_, end) => {
    for (const [reason, expected] of [
      [new WebSocketError("", { closeCode: 4001, reason: "why" }), { code: 4001, reason: "why" }],
      [new Error("other"), { code: 1005, reason: "" }],
    ] as const) {
      const { url, opened } = await served();
      const open = await streamTo(url).opened;
      const ws = await opened;
      await end(open, reason).catch(() => {});
      expect(await ws.closed).toMatchObject(expected);
    }
  });

  it("without a Close is a WebSocketError with 1006, the same everywhere", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url);
    const { readable, writable } = await stream.opened;
    (await opened).terminate();
    const error = await failureOf(stream.closed);
    expect(error).toBeInstanceOf(WebSocketError);
    expect(error).toMatchObject({ closeCode: 1006, reason: "" });
    expect(await failureOf(readable.getReader().read())).toBe(error);
    expect(await failureOf(writable.getWriter().ready)).toBe(error);
  });

  it("by the server before all that was written has left is not clean", async () => {
    const { url, opened } = await served();
    const stream = streamTo(url, { compression: false });
    const { writable } = await stream.opened;
    const ws = await opened;
    ws.pause();
    const write = writable.getWriter().write(new Uint8Array(40 << 20));
    await until(() => (connectionOf(stream)?.bufferedAmount ?? 0) > 0);
    void ws.close(4567);
    expect(await failureOf(stream.closed)).toMatchObject({ closeCode: 4567 });
    expect(await failureOf(write)).toMatchObject({ name: "InvalidStateError" });
  });
});

type Opened = Awaited<WebSocketStream["opened"]>;
