import { PartySocket } from "partysocket";
import reconnecting from "reconnecting-websocket";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

/** What it exports is the class itself, which its declarations have as the default of a module. */
const ReconnectingWebSocket = reconnecting as unknown as typeof reconnecting.default;

/** A server that hangs up on the first connection, and echoes on the next. */
async function serveAtSecond(path: string) {
  const { server, address } = await serve(undefined);
  let connections = 0;
  server.handle(path, {
    open(ws) {
      connections++;
      if (connections === 1) ws.terminate();
    },
    message: (ws, data) => ws.send(data),
  });
  return { address, connections: () => connections };
}

const OPTIONS = { minReconnectionDelay: 1, maxReconnectionDelay: 10, minUptime: 0 };

function nextMessage(socket: {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}): Promise<unknown> {
  return new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
}

describe("reconnecting-websocket", () => {
  it("comes back, and sends what was given to it meanwhile", async () => {
    const { address, connections } = await serveAtSecond("/");
    const socket = new ReconnectingWebSocket(address.url, [], { WebSocket, ...OPTIONS });
    onTestFinished(() => socket.close());
    let errors = 0;
    socket.addEventListener("error", () => void errors++);
    await new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.send("hello");
    expect(await nextMessage(socket)).toBe("hello");
    expect([connections(), errors]).toEqual([2, 1]);
  });
});

describe("partysocket", () => {
  it("comes back to its room, and gets binary messages as it wants them", async () => {
    const { address, connections } = await serveAtSecond("/parties/main/lobby");
    const socket = new PartySocket({
      host: `127.0.0.1:${address.port}`,
      protocol: "ws",
      room: "lobby",
      WebSocket,
      ...OPTIONS,
    });
    onTestFinished(() => socket.close());
    socket.binaryType = "arraybuffer";
    await new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.send(new Uint8Array([1, 2, 3]));
    expect(await nextMessage(socket as never)).toEqual(new Uint8Array([1, 2, 3]).buffer);
    expect(connections()).toBe(2);
  });
});
