import { once } from "node:events";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC, tracked } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

const t = initTRPC.create();

/** How many subscriptions the server has open. */
let running = 0;

const router = t.router({
  double: t.procedure.input(Number).query(({ input }) => input * 2),
  count: t.procedure.input(Number).subscription(async function* ({ input, signal }) {
    running++;
    try {
      for (let i = 1; i <= input; i++) yield tracked(String(i), i);
      // Until it is left.
      await once(signal!, "abort");
    } finally {
      running--;
    }
  }),
});

async function connect() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const handler = applyWSSHandler({ wss: server, router, keepAlive: { enabled: true } });
  const { port } = server.address() as { port: number };
  const client = createWSClient({
    url: `ws://127.0.0.1:${port}`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 10,
  });
  onTestFinished(async () => {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const trpc = createTRPCClient<typeof router>({ links: [wsLink({ client })] });
  return { trpc, server, handler };
}

describe("tRPC over WebSocket", () => {
  it("answers queries", async () => {
    const { trpc } = await connect();
    expect(await Promise.all([trpc.double.query(2), trpc.double.query(21)])).toEqual([4, 42]);
  });

  it("delivers a subscription, and ends it at the server when it is left", async () => {
    const { trpc } = await connect();
    const values: number[] = [];
    const subscription = trpc.count.subscribe(3, { onData: ({ data }) => values.push(data) });
    await vi.waitFor(() => expect(values).toEqual([1, 2, 3]));
    expect(running).toBe(1);
    subscription.unsubscribe();
    await vi.waitFor(() => expect(running).toBe(0));
  });

  it("takes a subscription up again when the connection was lost", async () => {
    const { trpc, server } = await connect();
    const values: number[] = [];
    const subscription = trpc.count.subscribe(2, { onData: ({ data }) => values.push(data) });
    await vi.waitFor(() => expect(values).toEqual([1, 2]));
    for (const client of server.clients) client.terminate();
    await vi.waitFor(() => expect(values).toEqual([1, 2, 1, 2]), { timeout: 10_000 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(running).toBe(0));
  });
});
