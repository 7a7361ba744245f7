import { channel } from "node:diagnostics_channel";
import { expect, it, onTestFinished } from "vitest";
import { type Connection, type ConnectionHandler, connect } from "../../src/index.ts";
import { serve, until } from "../served.ts";

// Whether a closed connection knew its addresses depended on who had asked for them while it was open.

const REMOTE = { remoteAddress: "127.0.0.1", localAddress: "127.0.0.1" };

function addressesOf({ remoteAddress, remotePort, localAddress, localPort }: Connection): object {
  return { remoteAddress, localAddress, ports: [typeof remotePort, typeof localPort] };
}

async function seenAfterReset(handler: (seen: object[]) => ConnectionHandler): Promise<object[]> {
  const seen: object[] = [];
  const { address } = await serve(handler(seen));
  const ws = await connect(address.url);
  ws.terminate();
  await until(() => seen.length > 0);
  return seen;
}

it("a close handler sees them", async () => {
  const seen = await seenAfterReset((list) => ({
    close: (ws) => void list.push(addressesOf(ws)),
  }));
  expect(seen).toEqual([{ ...REMOTE, ports: ["number", "number"] }]);
});

it("a subscriber to the channel of closed connections sees them", async () => {
  const closed = channel("barewire:connection:closed");
  const seen = await seenAfterReset((list) => {
    const listener = (event: unknown): void => {
      const { connection } = event as { readonly connection: Connection };
      if (connection.request !== undefined) list.push(addressesOf(connection));
    };
    closed.subscribe(listener);
    onTestFinished(() => void closed.unsubscribe(listener));
    return { message() {} };
  });
  expect(seen).toEqual([{ ...REMOTE, ports: ["number", "number"] }]);
});

it("who waits for `closed`, or has iterated, sees them on both sides", async () => {
  const served: Connection[] = [];
  const { address } = await serve(async (request) => {
    const ws = request.upgrade();
    for await (const message of ws) await ws.send(message);
    served.push(ws);
  });
  const ws = await connect(address.url);
  const { closed } = ws;
  await ws.close(1000);
  await closed;
  await until(() => served.length > 0);
  for (const one of [ws, served[0]!]) expect(addressesOf(one)).toMatchObject(REMOTE);
  expect(served[0]!.remotePort).toBe(ws.localPort);
});
