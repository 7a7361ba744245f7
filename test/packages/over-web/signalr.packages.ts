import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../../src/index.ts";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

/** What ends each record of SignalR's protocol in JSON. */
const END = "\u001e";

interface HubMessage {
  readonly type?: number;
  readonly protocol?: string;
  readonly invocationId?: string;
  readonly target?: string;
  readonly arguments?: number[];
}

function answer(ws: Connection, { protocol, type, ...call }: HubMessage): void {
  const say = (message: object) => void ws.send(JSON.stringify(message) + END);
  if (protocol !== undefined) say({});
  // An invocation: the hub calls the client back, and then completes.
  if (type !== 1) return;
  const [a = 0, b = 0] = call.arguments ?? [];
  say({ type: 1, target: "added", arguments: [a, b] });
  say({ type: 3, invocationId: call.invocationId, result: a + b });
}

it("@microsoft/signalr invokes a method of a hub, and is called back", async () => {
  const { address, server } = await serve(undefined);
  let token: string | undefined;
  server.handle("/hub", {
    upgrade(request) {
      token = request.headers.get("authorization");
      return {};
    },
    message(ws, data) {
      for (const text of String(data).split(END).slice(0, -1)) answer(ws, JSON.parse(text));
    },
  });
  const hub = new HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${address.port}/hub`, {
      transport: HttpTransportType.WebSockets,
      skipNegotiation: true,
      accessTokenFactory: () => "secret",
      WebSocket,
    } as Parameters<HubConnectionBuilder["withUrl"]>[1] & object)
    .configureLogging(LogLevel.None)
    .build();
  onTestFinished(() => hub.stop());
  const calls: number[][] = [];
  hub.on("added", (...args: number[]) => calls.push(args));
  await hub.start();
  // Outside of browsers SignalR gives headers in a third argument, as barewire has them.
  expect(token).toBe("Bearer secret");
  expect(await hub.invoke("Add", 2, 3)).toBe(5);
  expect(calls).toEqual([[2, 3]]);
});
