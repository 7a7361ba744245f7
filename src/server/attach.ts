import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ArgumentError } from "../errors.ts";
import { surviveErrors } from "../socket/survive-errors.ts";

type UpgradeListener = (request: IncomingMessage, stream: Duplex, rest: Buffer) => void;

/** Listeners of all servers that are attached to somebody's HTTP server, to tell them from others. */
const attached = new WeakSet<object>();

/** Requests that one of those servers has answered or will answer: the others must not. */
const taken = new WeakSet<IncomingMessage>();

/** What is done with upgrade requests of somebody's HTTP server. */
export interface Attachment {
  /** Whether the request is for a route of this server. */
  isOurs(request: IncomingMessage): boolean;
  /**
   * Answers a request that is ours or nobody's.
   *
   * @param stream what `node:http` gives with the request: its socket, mostly
   * @param rest what was read behind the request's head
   */
  onUpgrade(request: IncomingMessage, stream: Duplex, rest: Buffer): void;
}

/**
 * Listens for upgrade requests of somebody's HTTP server. Those that are not ours are left to its other
 * listeners; where all listeners are attached like this, the last answers what none has taken.
 *
 * @returns a function that ends it
 * @throws ArgumentError for what is no server
 */
export function attachTo(httpServer: HttpServer, attachment: Attachment): () => void {
  if (typeof httpServer !== "object" || typeof httpServer?.on !== "function") {
    throw new ArgumentError(
      "attach takes a server of node:http or node:https, such as app.listen() of Express returns",
    );
  }
  const listener: UpgradeListener = (request, stream, rest) => {
    if (taken.has(request)) return;
    if (attachment.isOurs(request) || isLastResort(httpServer, listener)) {
      taken.add(request);
      attachment.onUpgrade(request, stream, rest);
    } else {
      // node:http has taken its own listener away, and whoever gets the request may have none.
      surviveErrors(request.socket);
      surviveErrors(stream);
    }
  };
  attached.add(listener);
  httpServer.on("upgrade", listener);
  return () => void httpServer.off("upgrade", listener);
}

function isLastResort(httpServer: HttpServer, listener: UpgradeListener): boolean {
  const all = httpServer.listeners("upgrade");
  return all.at(-1) === listener && all.every((each) => attached.has(each));
}
