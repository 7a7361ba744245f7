import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, it } from "vitest";
import { WebSocket } from "../../src/web/web.ts";
import { until } from "../served.ts";
import { echo, next, socketTo } from "./sockets.ts";

/** A server that answers opening handshakes only when it is told to. */
async function reluctant() {
  const { server, url } = await echo();
  const waiting: (() => void)[] = [];
  server.handle("/slow", async (request) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (request.signal.aborted) return;
    await request.upgrade().closed;
  });
  return { url: `${url}slow`, waiting };
}

describe("one connection in CONNECTING per host and port (RFC 6455 §4.1)", () => {
  it("lets the next one begin when the one before is open", async () => {
    const { url, waiting } = await reluctant();
    const first = socketTo(url);
    const second = socketTo(url);
    await until(() => waiting.length === 1);
    const opened = next(first, "open");
    waiting[0]?.();
    await opened;
    await until(() => waiting.length === 2);
    waiting[1]?.();
    await next(second, "open");
  });

  it("lets the next one begin when the one before is given up", async () => {
    const { url, waiting } = await reluctant();
    const first = socketTo(url);
    const second = socketTo(url);
    const third = socketTo(url);
    await until(() => waiting.length === 1);
    // One that waits may go, too.
    second.close();
    await next(second, "close");
    first.close();
    await until(() => waiting.length === 2);
    waiting[1]?.();
    await next(third, "open");
  });

  it("does not hold up connections to other ports", async () => {
    const [one, other] = [await reluctant(), await echo()];
    socketTo(one.url);
    await until(() => one.waiting.length === 1);
    await next(socketTo(other.url), "open");
  });

  it("can be turned off", async () => {
    const { url, waiting } = await reluctant();
    socketTo(url, [], { oneAtATime: false });
    socketTo(url, [], { oneAtATime: false });
    await until(() => waiting.length === 2);
  });
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;

  /** Opens a socket, ends it, and leaves nothing but a weak reference. */
  async function closedSocket(url: string, end: (socket: WebSocket) => void) {
    const socket = new WebSocket(url);
    socket.onmessage = () => socket.send("never");
    await next(socket, "open");
    end(socket);
    await next(socket, "close");
    return new WeakRef(socket);
  }

  it.each<[string, (socket: WebSocket) => void]>([
    ["closed", (socket) => socket.close()],
    ["closed with something sent", (socket) => socket.send("end")],
  ])("of a socket that is %s is given back", async (_, end) => {
    const { url } = await echo({
      message: (ws) => ws.close(),
    });
    const socket = await closedSocket(url, end);
    // What was used last may be remembered, so that the next may use it.
    await closedSocket(url, end);
    await until(() => {
      collect();
      return socket.deref() === undefined;
    });
  });

  it("of an open socket that listens stays, whoever has forgotten it", async () => {
    const { url, server } = await echo();
    let texts = 0;
    let send: (() => void) | undefined;
    server.handle("/later", (request) => {
      const ws = request.upgrade();
      send = () => ws.send("x");
    });
    (() => {
      socketTo(`${url}later`).onmessage = () => texts++;
    })();
    await until(() => send !== undefined);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    send?.();
    await until(() => texts === 1);
  });
});
