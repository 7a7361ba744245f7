import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import { isUpgradeAttempt, type RequestHead, requestHeadFrom } from "../../handshake/request.ts";
import { mayLackFields, serveWithoutUpgrade, waitsForAnswer } from "../plain/plain-http.ts";
import { Http1Source } from "./http1-source.ts";
import { Opening, type OpeningOwner } from "./opening.ts";
import type { Openings } from "./openings.ts";

/** A request of the `upgrade` event of `node:http`. */
export interface NodeUpgrade {
  readonly request: IncomingMessage;
  /** What it is to be answered on. */
  readonly stream: Duplex;
  /** What was read behind the request's head. */
  readonly rest: Buffer;
  /** Whose event it was, where that is known. */
  readonly httpServer: HttpServer | undefined;
  /** Whether the connection was accepted by a listener of the WebSocket server itself. */
  readonly accepted: boolean;
}

/** Opening handshakes whose request `node:http` has read. */
export class NodeUpgrades {
  readonly #openings: Openings;
  readonly #owner: OpeningOwner;
  readonly #limits: HeadLimits;

  constructor(openings: Openings, owner: OpeningOwner, limits: HeadLimits) {
    this.#openings = openings;
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Answers a request, once those before it on its connection are answered. */
  receive(upgrade: NodeUpgrade): void {
    const { request, stream } = upgrade;
    const head = headOf(request);
    const opening = new Opening(this.#owner, this.#openings.deadline, upgrade.accepted);
    this.#openings.add(opening);
    // A request that somebody has made has none.
    const socket = request.socket ?? stream;
    const giveUp = () => opening.onGone(undefined);
    const takeTurn = () => {
      if (!waitsForAnswer(socket, takeTurn, giveUp)) this.#begin(upgrade, head, opening);
    };
    opening.queue(stream, head);
    takeTurn();
  }

  #begin(upgrade: NodeUpgrade, head: RequestHead, opening: Opening): void {
    if (opening.settled) return;
    const { request, stream, rest, httpServer } = upgrade;
    const whole = !mayLackFields(httpServer, request);
    if (whole && httpServer !== undefined && !isUpgradeAttempt(head)) {
      opening.handOver();
      serveWithoutUpgrade(httpServer, request, rest);
      return;
    }
    // node:http takes any stream for a connection, not sockets only.
    const socket = stream as Socket;
    socket.setTimeout?.(0);
    socket.setNoDelay?.(true);
    opening.begin(new Http1Source(socket, opening, this.#limits, request));
    // Before it is served: a handler that takes its time has it paused again.
    socket.resume();
    if (whole) opening.onHead(head, rest);
    else opening.refuse({ code: "HEAD_TOO_LARGE", status: 431, message: "too many header fields" });
  }
}

/** The head of a request that `node:http` has read. */
export function headOf(request: IncomingMessage): RequestHead {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  return requestHeadFrom(method, url, httpVersion, rawHeaders);
}
