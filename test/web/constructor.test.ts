import { describe, expect, it } from "vitest";
import { WebSocket } from "../../src/web/web.ts";
import { until } from "../served.ts";
import { echo, next, openTo, socketTo } from "./sockets.ts";

/** Calls the constructor with arguments that its types do not allow. */
function construct(...args: unknown[]): WebSocket {
  return Reflect.construct(WebSocket, args) as WebSocket;
}

function failureOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("new WebSocket(url)", () => {
  it.each(["http", "https"])("takes %s: for ws: or wss:", (scheme) => {
    const socket = socketTo(`${scheme}://localhost:1/a?b`);
    expect(socket.url).toBe(`${scheme.replace("http", "ws")}://localhost:1/a?b`);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
  });

  it("takes a URL object, and gives back what it resolves to", () => {
    expect(socketTo(new URL("ws://LOCALHOST:1")).url).toBe("ws://localhost:1/");
    expect(socketTo("wss://localhost:443/ä").url).toBe("wss://localhost/%C3%A4");
  });

  it.each([
    ["nothing of a URL", "/path"],
    ["another scheme", "ftp://localhost/"],
    ["a fragment", "ws://localhost/#here"],
    ["an empty fragment", "ws://localhost/#"],
    ["an impossible port", "ws://localhost:65536/"],
    ["undefined", undefined],
  ])("throws a SyntaxError for %s", (_, url) => {
    const error = failureOf(() => construct(url));
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: "SyntaxError" });
  });

  it("does not repeat the URL in an error, which may have a password in it", () => {
    const error = failureOf(() => construct("ws://user:secret@local host/"));
    expect(String(error)).not.toContain("secret");
  });

  it("throws a TypeError without arguments, and without new", () => {
    expect(() => construct()).toThrow(TypeError);
    expect(() => (WebSocket as unknown as () => void)()).toThrow(TypeError);
    expect(WebSocket).toHaveLength(1);
  });

  it("resolves by the address of the page where the program pretends to be one", async () => {
    const { url } = await echo();
    const { host } = new URL(url);
    Object.assign(globalThis, { location: new URL(`http://${host}/page/`) });
    try {
      const socket = socketTo("../other");
      expect(socket.url).toBe(`ws://${host}/other`);
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  });

  it("does not connect to the ports of other protocols, as the Fetch Standard has it", async () => {
    const socket = socketTo("ws://127.0.0.1:25/");
    const { error } = await next(socket, "error");
    expect(error).toMatchObject({ code: "CONNECT_FAILED", message: expect.stringContaining("25") });
  });
});

describe("subprotocols", () => {
  it.each([
    ["one as a string", "chat"],
    ["a list", ["chat", "superchat"]],
    ["anything that iterates", new Set(["chat", "superchat"])],
  ])("are offered from %s, and the server's choice is told", async (_, protocols) => {
    const { url } = await echo({}, { protocols: ["chat"] });
    const socket = await openTo(url, protocols);
    expect(socket.protocol).toBe("chat");
  });

  it.each([
    ["empty", ""],
    ["with a space", "a b"],
    ["not of ASCII", "ä"],
    ["there twice", ["a", "a"]],
    ["there twice but for the case", ["a", "A"]],
  ])("that are %s throw a SyntaxError", (_, protocols) => {
    const error = failureOf(() => construct("ws://localhost:1/", protocols));
    expect(error).toMatchObject({ name: "SyntaxError" });
  });

  it("that no server has chosen fail the connection", async () => {
    const { url } = await echo();
    const socket = socketTo(url, "chat");
    expect((await next(socket, "error")).error).toMatchObject({ code: "BAD_RESPONSE" });
    expect(socket.protocol).toBe("");
  });
});

describe("the third argument", () => {
  it("has the options of connect()", async () => {
    const { url, server } = await echo();
    const asked: (string | undefined)[] = [];
    server.handle("/fields", (request) => {
      asked.push(request.headers.get("authorization"));
      request.upgrade();
    });
    await openTo(`${url}fields`, [], { headers: { Authorization: "Bearer x" } });
    expect(asked).toEqual(["Bearer x"]);
  });

  it("throws for an option that is wrong, and says what was expected", () => {
    expect(() => construct("ws://localhost:1/", [], { maxMessageSize: "many" })).toThrow(
      /maxMessageSize/,
    );
    expect(() => construct("ws://localhost:1/", [], { header: {} })).toThrow(/header/);
  });

  it("is ignored where it is no object, as the standard has any argument too many", async () => {
    const { url } = await echo();
    const socket = construct(url, [], "stray");
    await next(socket, "open");
    socket.close();
    await next(socket, "close");
  });

  it("gives up an opening handshake by its signal", async () => {
    const { server, url } = await echo();
    let asked = false;
    server.handle("/never", () => {
      asked = true;
      return new Promise(() => {});
    });
    const giveUp = new AbortController();
    const socket = socketTo(`${url}never`, [], { signal: giveUp.signal });
    await until(() => asked);
    giveUp.abort(new Error("enough"));
    expect((await next(socket, "error")).error).toMatchObject({ message: "enough" });
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});
