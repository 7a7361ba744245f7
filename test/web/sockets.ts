/** WebSockets of `barewire/web` for the tests, and what happens to them. */

import { onTestFinished } from "vitest";
import type { RouteHandler, ServerOptions } from "../../src/index.ts";
import { connectionOf, WebSocket } from "../../src/web/web.ts";
import { type Served, serve } from "../served.ts";

/** What every socket is told. */
const TYPES = ["open", "message", "error", "close"] as const;

/** A running server that sends back what it gets, with the URL of it. */
export async function echo(
  handler: RouteHandler = {},
  options: ServerOptions = {},
): Promise<Served & { readonly url: string }> {
  const served = await serve({ message: (ws, data) => ws.send(data), ...handler }, options);
  return { ...served, url: `${served.address.url}/` };
}

/** Opens a WebSocket, which is gone when the test has finished. */
export function socketTo(...args: ConstructorParameters<typeof WebSocket>): WebSocket {
  const socket = new WebSocket(...args);
  onTestFinished(() => {
    const connection = connectionOf(socket);
    if (connection === undefined) socket.close();
    else connection.terminate();
  });
  return socket;
}

/** The next event of a type. */
export function next<Type extends (typeof TYPES)[number]>(socket: WebSocket, type: Type) {
  return new Promise<Parameters<NonNullable<WebSocket[`on${Type}`]>>[0]>((resolve) => {
    socket.addEventListener(type, (event) => resolve(event as never), { once: true });
  });
}

/** Opens a WebSocket and waits for that. */
export async function openTo(...args: ConstructorParameters<typeof WebSocket>): Promise<WebSocket> {
  const socket = socketTo(...args);
  await next(socket, "open");
  return socket;
}

/** The types of all events of a socket from now on, with the state at each. */
export function eventsOf(socket: WebSocket): string[] {
  const events: string[] = [];
  for (const type of TYPES) {
    socket.addEventListener(type, () => events.push(`${type} ${socket.readyState}`));
  }
  return events;
}
