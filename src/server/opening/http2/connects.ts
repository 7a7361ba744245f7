import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { BufferBudget } from "../../../connection/buffer-budget.ts";
import type { ForwardedFacts } from "../../../connection/request-info.ts";
import { HandshakeError } from "../../../errors.ts";
import type { HeadLimits } from "../../../handshake/head-reader.ts";
import { type ConnectRequest, connectRequestFrom } from "../../../http2/connect-request.ts";
import { noteSocketBelow } from "../../../socket/http2/stream.ts";
import type { AdmissionRefusal } from "../../listening/admission.ts";
import { Opening, type OpeningOwner } from "../opening.ts";
import type { Openings } from "../openings.ts";
import { Http2Source } from "./source.ts";

/** A CONNECT of the `stream` event of `node:http2`. */
export interface Http2Connect {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Whether its connection was accepted by a listener of the WebSocket server itself. */
  readonly accepted: boolean;
  /** What a header of the PROXY protocol has said of the connection. */
  readonly forwarded: ForwardedFacts | undefined;
}

const NOTHING = Buffer.alloc(0);

/** Opening handshakes over HTTP/2 (RFC 8441). */
export class Http2Connects {
  readonly #openings: Openings;
  readonly #owner: OpeningOwner;
  readonly #limits: HeadLimits;
  readonly #budget: BufferBudget;
  readonly #admit: (connect: Http2Connect) => AdmissionRefusal | undefined;

  /**
   * @param budget what all may hold
   * @param admit whether there is room for another WebSocket, of that peer
   */
  constructor(
    openings: Openings,
    owner: OpeningOwner,
    limits: HeadLimits,
    budget: BufferBudget,
    admit: (connect: Http2Connect) => AdmissionRefusal | undefined,
  ) {
    this.#openings = openings;
    this.#owner = owner;
    this.#limits = limits;
    this.#budget = budget;
    this.#admit = admit;
  }

  /** Answers a request. */
  receive(connect: Http2Connect): void {
    const { stream, forwarded, accepted } = connect;
    noteSocketBelow(stream);
    const opening = new Opening(this.#owner, this.#openings.deadline, accepted);
    if (forwarded !== undefined) opening.forward(forwarded);
    this.#openings.add(opening);
    let request: ConnectRequest | undefined;
    let failure: HandshakeError | undefined;
    try {
      const { headers, rawHeaders } = connect;
      request = connectRequestFrom(headers, rawHeaders, stream.endAfterHeaders, this.#limits);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      failure = error;
    }
    opening.begin(new Http2Source(stream, opening, request, this.#budget));
    const refusal = this.#admit(connect);
    if (refusal !== undefined) opening.refuse(refusal);
    else if (failure !== undefined) opening.onBadHead(failure);
    else if (request !== undefined) opening.onHead(request.head, NOTHING);
  }
}
