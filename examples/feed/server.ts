// A market data feed. Prices change all the time; a browser gets those that it has asked for, and one that is slow
// gets the latest price and not all that came before.

import { fileURLToPath } from "node:url";
import { type Connection, Server } from "barewire";

const prices = new Map<string, number>(
  ["ALFA", "BRVO", "CHRL", "DLTA", "ECHO", "FXTR"].map((symbol, i) => [symbol, 100 + 10 * i]),
);

interface Subscriber {
  /** What it has asked for. */
  readonly symbols: Set<string>;
  /** What has changed since it was last sent something. */
  readonly changed: Set<string>;
  /** Whether more waits to be sent than it takes. */
  slow: boolean;
}

const server = new Server({
  root: fileURLToPath(new URL("public", import.meta.url)),
  hosts: ["localhost", "ip-address"],
  // Little waits in front of a slow subscriber, so that what arrives is new.
  highWaterMark: 4096,
  compression: true,
});

server.handle<Subscriber>("/feed", {
  upgrade: () => ({ data: { symbols: new Set(), changed: new Set(), slow: false } }),
  open: (ws) => ws.send(JSON.stringify({ symbols: [...prices.keys()] })),
  message(ws, data) {
    const { subscribe, unsubscribe } = parsed(data);
    if (prices.has(subscribe ?? "")) {
      ws.data.symbols.add(subscribe!);
      ws.data.changed.add(subscribe!);
      sendChanges(ws);
    } else if (unsubscribe !== undefined) {
      ws.data.symbols.delete(unsubscribe);
      ws.data.changed.delete(unsubscribe);
    } else {
      ws.close(1008, "expected subscribe or unsubscribe");
    }
  },
  drain(ws) {
    ws.data.slow = false;
    sendChanges(ws);
  },
});

/** What a subscriber asks for; nothing for what makes no sense. */
function parsed(data: string | Buffer): { subscribe?: string; unsubscribe?: string } {
  try {
    return Object(JSON.parse(String(data)));
  } catch {
    return {};
  }
}

function sendChanges(ws: Connection<Subscriber>): void {
  const { changed, slow } = ws.data;
  if (slow || changed.size === 0 || ws.state !== "open") return;
  const quotes = Object.fromEntries([...changed].map((symbol) => [symbol, prices.get(symbol)]));
  changed.clear();
  // A promise says that the peer does not keep up. `drain` is called when it has caught up.
  ws.data.slow = ws.send(JSON.stringify({ quotes })) !== undefined;
}

/** Moves some prices, and tells those who want to know. */
function tick(): void {
  for (const [symbol, price] of prices) {
    if (Math.random() < 0.5) continue;
    prices.set(symbol, Math.round(price * (0.995 + Math.random() / 100) * 100) / 100);
    for (const connection of server.connections) {
      const { symbols, changed } = connection.data as Subscriber;
      if (symbols.has(symbol)) changed.add(symbol);
    }
  }
  for (const connection of server.connections) sendChanges(connection as Connection<Subscriber>);
}

setInterval(tick, 100);
const { port } = await server.listen({
  port: Number(process.env["PORT"] ?? 8199),
  host: "localhost",
});
console.log(`http://localhost:${port}/`);
