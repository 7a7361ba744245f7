import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/index.ts";
import { connectionOf, WebSocket } from "../../src/web/web.ts";
import { deferred, until } from "../served.ts";
import { echo, eventsOf, next, openTo, socketTo } from "./sockets.ts";

describe("messages", () => {
  it("come as they were sent: text as strings, binary messages as Blobs", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    socket.send("grüße");
    expect(await next(socket, "message")).toMatchObject({
      data: "grüße",
      origin: new URL(url).origin,
      lastEventId: "",
      source: null,
      ports: [],
    });
    socket.send(new Uint8Array([1, 2, 3]).subarray(1));
    const { data } = await next(socket, "message");
    expect(data).toBeInstanceOf(Blob);
    expect(new Uint8Array(await (data as Blob).arrayBuffer())).toEqual(new Uint8Array([2, 3]));
  });

  it("are ArrayBuffers of just their bytes where binaryType says so", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    expect(socket.binaryType).toBe("blob");
    socket.binaryType = "arraybuffer";
    for (const data of [new ArrayBuffer(3), new DataView(new ArrayBuffer(3)), new Blob(["abc"])]) {
      socket.send(data);
      const event = await next(socket, "message");
      expect(event.data).toBeInstanceOf(ArrayBuffer);
      expect((event.data as ArrayBuffer).byteLength).toBe(3);
    }
  });

  it("are sent as they are at the time of the call", async () => {
    const { url } = await echo();
    // Where compression was agreed upon, long messages wait for the thread pool.
    for (const compression of [true, false]) {
      const socket = await openTo(url, [], { compression });
      socket.binaryType = "arraybuffer";
      for (const length of [10, 200_000]) {
        const bytes = new Uint8Array(length).fill(1);
        socket.send(bytes);
        bytes.fill(2);
        const { data } = await next(socket, "message");
        expect(new Uint8Array(data as ArrayBuffer).every((byte) => byte === 1)).toBe(true);
      }
    }
  });

  it("keep their order behind a Blob, which takes time to read", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    const texts: unknown[] = [];
    socket.onmessage = ({ data }) => texts.push(data instanceof Blob ? "blob" : data);
    socket.send(new Blob(["x".repeat(100_000)]));
    socket.send("second");
    await until(() => texts.length === 2);
    expect(texts).toEqual(["blob", "second"]);
  });

  it("are converted as Web IDL says: what is no buffer and no Blob becomes text", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    for (const [given, text] of [
      [undefined, "undefined"],
      [null, "null"],
      [5, "5"],
      ["\ud800", "\ufffd"],
    ]) {
      socket.send(given as string);
      expect((await next(socket, "message")).data).toBe(text);
    }
    expect(() => (socket.send as () => void)()).toThrow(TypeError);
    expect(() => socket.send(new SharedArrayBuffer(1) as never)).toThrow(TypeError);
  });

  it("cannot be sent while the connection is being made", async () => {
    const { url } = await echo();
    const socket = socketTo(url);
    expect(() => socket.send("early")).toThrow(
      expect.objectContaining({ name: "InvalidStateError" }),
    );
    await next(socket, "open");
  });

  it("are each told in a task of its own: who listens for one after an await misses none", async () => {
    const { url } = await echo({
      open(ws) {
        for (const text of ["1", "2", "3"]) ws.send(text);
      },
    });
    const socket = await openTo(url);
    const texts: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      texts.push((await next(socket, "message")).data);
      await Promise.resolve();
    }
    expect(texts).toEqual(["1", "2", "3"]);
  });
});

describe("binaryType", () => {
  it("ignores what it cannot be", async () => {
    const socket = socketTo("ws://127.0.0.1:1/");
    socket.binaryType = "nodebuffer" as never;
    expect(socket.binaryType).toBe("blob");
    socket.binaryType = "arraybuffer";
    expect(socket.binaryType).toBe("arraybuffer");
    await next(socket, "close");
  });
});

describe("bufferedAmount", () => {
  it("counts bytes of payload, without framing, and shrinks only between tasks", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    socket.send("ä");
    socket.send(new Uint8Array(70_000));
    socket.send(new Blob(["123"]));
    socket.send("");
    expect(socket.bufferedAmount).toBe(2 + 70_000 + 3);
    await Promise.resolve();
    expect(socket.bufferedAmount).toBe(2 + 70_000 + 3);
    await until(() => socket.bufferedAmount === 0);
  });

  it("keeps what a peer does not take", async () => {
    const { url, server } = await echo();
    let ws: Connection | undefined;
    server.handle("/mute", (request) => {
      ws = request.upgrade();
      ws.pause();
    });
    const socket = await openTo(`${url}mute`, [], {
      compression: false,
      maxSendBuffer: Number.POSITIVE_INFINITY,
    });
    const bytes = new Uint8Array(1 << 20);
    for (let i = 0; i < 40; i++) socket.send(bytes);
    expect(socket.bufferedAmount).toBe(40 << 20);
    ws?.terminate();
    await next(socket, "close");
    expect(socket.bufferedAmount).toBeGreaterThan(0);
  });

  it("grows by what is sent after close(), and does not reset", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    socket.close();
    socket.send("lost");
    await next(socket, "close");
    socket.send("too");
    expect(socket.bufferedAmount).toBe(7);
  });
});

describe("close()", () => {
  it.each<[string, [(number | undefined)?, string?], number, string]>([
    ["1000 and a reason", [1000, "done"], 1000, "done"],
    ["an application's code", [4321], 4321, ""],
    ["nothing", [], 1005, ""],
    ["undefined and a reason", [undefined, "why"], 1000, "why"],
  ])("sends %s", async (_, args, code, reason) => {
    const closed = deferred<unknown[]>();
    const { url } = await echo({ close: (...told) => closed.resolve(told.slice(1)) });
    const socket = await openTo(url);
    socket.close(...(args as [number, string]));
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    // The server answers with the code alone.
    expect(await next(socket, "close")).toMatchObject({ code, reason: "", wasClean: true });
    expect(await closed.promise).toEqual([code, reason]);
  });

  it.each([0, 999, 1001, 1005, 2999, 5000, "text", null])(
    "throws an InvalidAccessError for the code %s",
    async (code) => {
      const socket = socketTo("ws://127.0.0.1:1/");
      expect(() => socket.close(code as number)).toThrow(
        expect.objectContaining({ name: "InvalidAccessError" }),
      );
      expect(socket.readyState).toBe(WebSocket.CONNECTING);
      await next(socket, "close");
    },
  );

  it("throws a SyntaxError for a reason of more than 123 bytes", async () => {
    const closed = deferred<string>();
    const { url } = await echo({ close: (_, __, reason) => closed.resolve(reason) });
    const socket = await openTo(url);
    expect(() => socket.close(1000, "ä".repeat(62))).toThrow(
      expect.objectContaining({ name: "SyntaxError" }),
    );
    socket.close(1000, `${"ä".repeat(61)}a`);
    expect(await closed.promise).toHaveLength(62);
  });

  it("sends first what was given to send()", async () => {
    const received: unknown[] = [];
    const closed = deferred();
    const { url } = await echo({
      message: (_, data) => void received.push(data),
      close: () => closed.resolve(),
    });
    const socket = await openTo(url);
    socket.send(new Blob(["slow"]));
    socket.send("last");
    socket.close();
    await closed.promise;
    expect(received).toEqual([Buffer.from("slow"), "last"]);
  });

  it("gives up a connection that is being made: error, close, and no open", async () => {
    const { url } = await echo();
    const socket = socketTo(url);
    const events = eventsOf(socket);
    socket.close();
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(await next(socket, "close")).toMatchObject({ code: 1006, wasClean: false });
    expect(events).toEqual(["error 3", "close 3"]);
  });

  it("is of no effect the second time", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    socket.close(4000);
    socket.close(4001);
    expect((await next(socket, "close")).code).toBe(4000);
    socket.close(4002);
  });
});

describe("events", () => {
  it("come in the order open, message, close, each in its state", async () => {
    const { url } = await echo({
      open(ws) {
        ws.send("hello");
        ws.close(4000, "enough");
      },
    });
    const socket = socketTo(url);
    const events = eventsOf(socket);
    const end = await next(socket, "close");
    expect(events).toEqual(["open 1", "message 1", "close 3"]);
    expect(end).toMatchObject({ code: 4000, reason: "enough", wasClean: true });
  });

  it("tell of a lost connection by error and then close with 1006", async () => {
    const { url, server } = await echo();
    server.handle("/lost", (request) => request.upgrade().terminate());
    const socket = socketTo(`${url}lost`);
    const events = eventsOf(socket);
    const end = await next(socket, "close");
    expect(end).toMatchObject({ code: 1006, reason: "", wasClean: false });
    expect(events.slice(-2)).toEqual(["error 3", "close 3"]);
  });

  it("have no message once close() was called", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    const events = eventsOf(socket);
    socket.send("unheard");
    socket.close();
    await next(socket, "close");
    expect(events).toEqual(["close 3"]);
  });

  it("say why a handshake was refused, which the standard keeps from pages", async () => {
    const { url, server } = await echo();
    server.handle("/no", (request) => request.reject(403));
    const { error, message } = await next(socketTo(`${url}no`), "error");
    expect(error).toMatchObject({ name: "HandshakeError", code: "REFUSED" });
    expect(message).toContain("403");
  });

  it("end with the code of the breach where the server breaks the protocol", async () => {
    const { url, server } = await echo();
    server.handle("/broken", (request) => {
      request.upgrade();
      // A frame with RSV1 set, where no extension was agreed upon.
      request.raw.socket.write(Buffer.from("c100", "hex"));
    });
    const socket = socketTo(`${url}broken`, [], { compression: false });
    const error = next(socket, "error");
    expect(await next(socket, "close")).toMatchObject({ wasClean: false, code: 1006 });
    expect((await error).error).toMatchObject({ code: "RESERVED_BITS" });
  });

  it("do not come when a listener throws: others hear of it all the same", async () => {
    const { url } = await echo();
    const socket = await openTo(url);
    const thrown: unknown[] = [];
    const listeners = process.rawListeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => thrown.push(error));
    try {
      socket.onmessage = () => {
        throw new Error("mine");
      };
      socket.send("x");
      await next(socket, "message");
      await until(() => thrown.length === 1);
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener as never);
    }
    socket.onmessage = null;
    socket.send("y");
    expect((await next(socket, "message")).data).toBe("y");
  });
});

describe("connectionOf", () => {
  it("gives Ping, terminate and the rest of the connection, the same object each time", async () => {
    const { url } = await echo();
    const socket = socketTo(url);
    expect(connectionOf(socket)).toBeUndefined();
    await next(socket, "open");
    const connection = connectionOf(socket);
    expect(connectionOf(socket)).toBe(connection);
    expect(await connection?.ping()).toBeGreaterThanOrEqual(0);
    connection?.terminate();
    expect(await next(socket, "close")).toMatchObject({ code: 1006, wasClean: false });
  });

  it("hears the server's Pings", async () => {
    const { url, server } = await echo();
    const opened = deferred<Connection>();
    server.handle("/pings", (request) => opened.resolve(request.upgrade()));
    const socket = await openTo(`${url}pings`);
    const pings: string[] = [];
    connectionOf(socket)?.onPing((payload) => pings.push(payload.toString()));
    await (await opened.promise).ping(Buffer.from("there?"));
    expect(pings).toEqual(["there?"]);
  });

  it("knows nothing of other objects", () => {
    expect(() => connectionOf({} as WebSocket)).toThrow(TypeError);
  });
});
