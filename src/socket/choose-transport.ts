import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { isHttp2Stream } from "./http2/stream.ts";
import { http2Transport } from "./http2/transport.ts";
import { netTransport } from "./net-transport.ts";
import { duplexTransport, tlsTransport } from "./stream-transport.ts";
import { handleOf } from "./system-handle.ts";
import type { Transport } from "./transport.ts";

/**
 * The transport for an open stream.
 *
 * @param options `directWrites` and `shareReads` of a connection
 */
export function transportFor(
  stream: Duplex,
  options: { readonly directWrites: boolean; readonly shareReads: boolean },
): Transport {
  if (stream instanceof TLSSocket) return tlsTransport(stream, options.shareReads);
  // A socket without a handle of its own is a stream of somebody's in disguise.
  if (stream instanceof Socket && handleOf(stream) !== undefined) {
    return netTransport(stream, options.directWrites, options.shareReads);
  }
  return isHttp2Stream(stream) ? http2Transport() : duplexTransport();
}
