import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { HandshakeFault } from "../../errors.ts";
import type { RequestHead } from "../../handshake/request.ts";
import type { Acceptance, Refusal } from "../../handshake/response.ts";

/** Where a request to open a WebSocket has come from: it knows how to judge its form and how to answer it. */
export interface RequestSource {
  /** What the frames come and go over once it is accepted. */
  readonly stream: Duplex;
  /** As `node:http` has read it, where it has. */
  readonly raw: IncomingMessage | undefined;
  /** Whether somebody else can be given the stream, to answer as HTTP/1.1 has it. */
  readonly canHandOver: boolean;
  /** All that keeps it from being an opening handshake. */
  faults(head: RequestHead): readonly HandshakeFault[];
  /** What has come of a head that is not complete, undefined for nothing. */
  partialHead(): RequestHead | undefined;
  /** Reads nothing until there is an answer: what comes now belongs to the connection that may open. */
  hold(): void;
  /** @throws ArgumentError for what cannot be sent; nothing has been sent then */
  accept(acceptance: Acceptance): void;
  /** @throws ArgumentError for what cannot be sent; nothing has been sent then */
  refuse(refusal: Refusal): void;
  /** Gives the stream, paused, to somebody else, who answers. */
  release(): void;
  /** Ends it without an answer. */
  destroy(): void;
}
