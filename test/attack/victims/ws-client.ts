/** A client of ws under attack. */
import { type ClientOptions, WebSocket } from "ws";
import type { Attempted } from "./barewire-client.ts";
import { block, given, ready } from "./control.ts";
import { feedOne } from "./ws-setups.ts";

let last: WebSocket | undefined;
let messages = 0;

function attempt(port: number, path = "/"): Promise<Attempted> {
  const begun = performance.now();
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, given.options as ClientOptions);
  last = ws;
  ws.on("message", () => messages++);
  return new Promise((resolve) => {
    const settle = (error: string) => resolve({ error, ms: performance.now() - begun });
    ws.on("open", () => settle(""));
    ws.on("error", (error) => settle(error.message));
  });
}

ready(
  { port: 0, tlsPort: 0 },
  {
    connect: (port: number) => attempt(port),
    /** Connects, and stands still from a moment on in which the answer is on its way. */
    connectAndBlock: async (port: number) => {
      const attempted = attempt(port);
      await new Promise((resolve) => setTimeout(resolve, 20));
      block(700);
      return await attempted;
    },
    connects: ({ port, count }: { port: number; count: number }) =>
      Promise.all(Array.from({ length: count }, () => attempt(port))),
    feed: ({ count, size }: { count: number; size: number }) => feedOne(last!, count, size),
    send: ({ count, size }: { count: number; size: number }) => {
      const message = Buffer.alloc(size);
      for (let i = 0; i < count; i++) last!.send(message);
    },
    messages: () => messages,
    ended: () =>
      new Promise((resolve) => {
        if (last!.readyState === WebSocket.CLOSED) resolve({ code: 1006, error: "" });
        else last!.once("close", (code) => resolve({ code, error: "" }));
      }),
  },
);
