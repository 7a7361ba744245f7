/** The header fields that the echo page is served with. */

import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

/** As in the page itself, and that no other page may have it in a frame, which only a header can say. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What the page is kept from, and is kept from others. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": POLICY,
  // A page of its own process may read the clock to 5 µs in place of 100: it measures round trips.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
};

/** A request, as Node publishes it before anybody answers it. */
interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** From now on every answer on this port has these fields. `root` of a server knows none. */
export function sendPageHeaders(port: number): void {
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as RequestStart;
    if (request.socket.localPort !== port) return;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
  });
}
