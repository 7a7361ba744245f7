/**
 * The types of `barewire/ws` against those that `@types/ws` has for the package `ws`: each can be given where the
 * other is expected. `npm run typecheck` compiles this; it never runs.
 */
import type * as theirs from "ws";
import type * as ours from "../../src/ws/ws.ts";

/** Compiles only if each of the two can be assigned to the other. */
function both<A extends B, B extends C, C = A>(..._: readonly (A | B | C)[]): void {}

/** Compiles only if the first cannot be assigned to the second, so that the above is known to tell. */
function not<A, B>(_: A extends B ? false : true): void {}

not<Omit<ours.WebSocket, "terminate">, theirs.WebSocket>(true);
not<Omit<theirs.WebSocket, "terminate">, ours.WebSocket>(true);

both<ours.WebSocket, theirs.WebSocket>();
both<typeof ours.WebSocket, typeof theirs.WebSocket>();
both<typeof ours.default, typeof theirs.default>();
both<ours.WebSocketServer, theirs.WebSocketServer>();
both<typeof ours.WebSocketServer, typeof theirs.WebSocketServer>();
both<ours.Server, theirs.Server>();
both<typeof ours.createWebSocketStream, typeof theirs.createWebSocketStream>();
both<ours.ServerOptions, theirs.ServerOptions>();
both<ours.ClientOptions, theirs.ClientOptions>();
both<ours.PerMessageDeflateOptions, theirs.PerMessageDeflateOptions>();
both<ours.RawData, theirs.RawData>();
both<ours.Data, theirs.Data>();
both<ours.CertMeta, theirs.CertMeta>();
both<ours.AddressInfo, theirs.AddressInfo>();
both<ours.Event, theirs.Event>();
both<ours.CloseEvent, theirs.CloseEvent>();
both<ours.ErrorEvent, theirs.ErrorEvent>();
both<ours.MessageEvent, theirs.MessageEvent>();
both<ours.EventListenerOptions, theirs.EventListenerOptions>();
both<ours.FinishRequestCallback, theirs.FinishRequestCallback>();
both<ours.VerifyClientCallbackSync, theirs.VerifyClientCallbackSync>();
both<ours.VerifyClientCallbackAsync, theirs.VerifyClientCallbackAsync>();
