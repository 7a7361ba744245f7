/**
 * An adapter for crossws, on which Nitro, Nuxt and H3 build. `docs/crossws.md` says what differs from crossws' own
 * adapters.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";
import { ArgumentError } from "../errors.ts";
import { Adapter, type CrosswsAdapter } from "./adapter.ts";
import { type CrosswsOptions, crosswsSettings } from "./options.ts";
import { ServerPeer } from "./peer.ts";
import type { Peer } from "./types.ts";

/**
 * Serves a path of a barewire server with the hooks of crossws.
 *
 * ```ts
 * import { Server } from "barewire";
 * import { crosswsAdapter } from "barewire/crossws";
 *
 * const server = new Server();
 * crosswsAdapter({ server, hooks: { message: (peer, message) => peer.send(message.text()) } });
 * await server.listen(3000);
 * ```
 *
 * @throws ArgumentError for an option that is unknown or wrong, and where the path is served already
 */
export function crosswsAdapter(options: CrosswsOptions): CrosswsAdapter {
  return new Adapter(crosswsSettings(options));
}

/**
 * The connection behind a peer as the rest of the library has it: for TLS, cookies, `pause()`, streams.
 *
 * @throws ArgumentError for what is no peer of this adapter
 */
export function connectionOf(peer: Peer): Connection {
  if (peer instanceof ServerPeer) return peer.connection;
  throw new ArgumentError("expected a peer of barewire/crossws");
}

export type { AdapterPublishOptions, CrosswsAdapter } from "./adapter.ts";
export type { AppAnswer, AppFetch } from "./app-hooks.ts";
export type {
  OnSyncError,
  SyncAdapter,
  SyncDriver,
  SyncErrorContext,
  SyncMessage,
} from "./backplane.ts";
export type { CrosswsOptions, ResolveHooks } from "./options.ts";
export type {
  HeadersInit,
  HookRequest,
  Hooks,
  MaybePromise,
  Message,
  Peer,
  PeerSocket,
  PerMessageDeflateOptions,
  SendOptions,
  UpgradeResult,
} from "./types.ts";
