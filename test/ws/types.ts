/**
 * The types of `barewire/ws` against those that `@types/ws` has for the package `ws`: each can be given where the
 * other is expected. `npm run typecheck` compiles this; it never runs.
 */
import type * as theirs from "ws";
import type * as ours from "../../src/ws/types/options.ts";
import type * as oursServer from "../../src/ws/types/server.ts";
import type * as oursSocket from "../../src/ws/types/websocket.ts";

/** Compiles only if each of the two can be assigned to the other. */
function both<A extends B, B extends C, C = A>(): void {
  return undefined as unknown as void & A & B & C;
}

both<oursSocket.WebSocket, theirs.WebSocket>();
both<oursSocket.WebSocketConstructor, typeof theirs.WebSocket>();
both<oursServer.WebSocketServer, theirs.WebSocketServer>();
both<oursServer.WebSocketServerConstructor, typeof theirs.WebSocketServer>();
both<oursServer.ServerOptions, theirs.ServerOptions>();
both<ours.ClientOptions, theirs.ClientOptions>();
