import type { Socket } from "node:net";
import type { RequestInfo } from "../../connection/request-info.ts";
import type { HandshakeFault } from "../../errors.ts";
import { type ExtensionOffer, parseExtensions } from "../../extensions/header.ts";
import { judge } from "../../handshake/gate/gate.ts";
import type { RequestPlace } from "../../handshake/gate/origin.ts";
import { isUpgradeAttempt, type RequestHead } from "../../handshake/request.ts";
import { pathOf } from "../../handshake/target.ts";
import { shown } from "../../options/describe.ts";
import { abandonStream } from "../../socket/http2/stream.ts";
import { isEncrypted, peerFacts } from "../../socket/peer-facts.ts";
import { surviveErrors } from "../../socket/survive-errors.ts";
import type { Admission } from "../listening/admission.ts";
import type { ServerSettings } from "../options.ts";
import type { Route } from "./handlers.ts";
import type { Opening } from "./opening.ts";
import type { Router } from "./router.ts";
import { type ErrorReport, serve } from "./serving.ts";
import { forwardedFacts, isTrusted } from "./trusted-proxies.ts";

/** What the reception needs of its server. */
export interface ReceptionOwner {
  readonly settings: ServerSettings;
  readonly router: Router<Route>;
  readonly admission: Admission;
  /** Whether new connections are taken. */
  readonly accepting: boolean;
  /** A request that is none for a WebSocket: the socket, on which it is to be read again, is the HTTP server's. */
  onPlainRequest(socket: Socket): void;
  /** The user's code has thrown. */
  report(error: unknown, subject: RequestInfo): void;
}

/** Decides what becomes of a request whose head is there, and has it served if it may pass. */
export class Reception {
  readonly #owner: ReceptionOwner;
  readonly #report: ErrorReport;

  constructor(owner: ReceptionOwner) {
    this.#owner = owner;
    this.#report = (error, request) => owner.report(error, request);
  }

  onHead(opening: Opening, head: RequestHead): void {
    const isParsed = opening.source?.raw !== undefined || opening.source?.canHandOver === false;
    if (head.method === "") {
      const message = "this is no HTTP request";
      opening.refuse({ code: "NOT_HTTP", status: 400, message, faults: head.faults });
    } else if (!isParsed && !isUpgradeAttempt(head)) {
      this.#owner.onPlainRequest(opening.handOver(readBytes(opening, head)));
    } else {
      this.#receive(opening, head);
      // What comes while a handler thinks belongs to the connection it may open.
      if (!opening.settled) opening.source?.hold();
    }
  }

  #receive(opening: Opening, head: RequestHead): void {
    const { router, settings } = this.#owner;
    const match = router.find(pathOf(head.target));
    const { offers, fault } = offersOf(head);
    if (match !== undefined) opening.assign(match, offers);
    const isForwarded = this.#hearProxies(opening, head);
    try {
      const faults = opening.source?.faults(head) ?? [];
      const refusal = judge(head, placeOf(opening, head), {
        accepting: this.#owner.accepting,
        faults: fault === undefined ? faults : [...faults, fault],
        hasRoute: match !== undefined || this.#passesOn(opening),
        hosts: settings.hosts,
        origin: match?.target.settings.origin ?? "*",
      });
      const reason = refusal ?? (isForwarded ? this.#admit(opening) : undefined);
      if (reason !== undefined) opening.refuse(reason);
      else if (match === undefined) this.#passOn(opening);
      else serve(opening, match.target, this.#report);
    } catch (error) {
      this.#onError(opening, error);
    }
  }

  /** Hears what trusted proxies say. Returns whether one is the peer. */
  #hearProxies(opening: Opening, { fields }: RequestHead): boolean {
    const { trustProxy } = this.#owner.settings;
    if (trustProxy === undefined) return false;
    const peer = opening.forwarded ?? peerFacts(opening.stream);
    if (!isTrusted(trustProxy, peer.remoteAddress)) return false;
    opening.forward(forwardedFacts(trustProxy, fields, opening.stream, peer));
    return true;
  }

  /** The address of the client is known only now. */
  #admit(opening: Opening): ReturnType<Admission["admitAddress"]> {
    if (!opening.accepted) return undefined;
    return this.#owner.admission.admitAddress(opening.stream, opening.forwarded?.remoteAddress);
  }

  #passesOn(opening: Opening): boolean {
    return this.#owner.settings.onUnknownUpgrade !== undefined && !!opening.source?.canHandOver;
  }

  /** A request for a path that is not served here goes to whom the user has named for that. */
  #passOn(opening: Opening): void {
    const { raw } = opening.request;
    const { rest } = opening;
    const stream = opening.handOver();
    // As node:http gives it: nobody reads it yet, and whoever gets it may listen for no errors.
    (stream as { readableFlowing: boolean | null }).readableFlowing = null;
    surviveErrors(stream);
    this.#owner.settings.onUnknownUpgrade?.(raw, stream, rest);
  }

  #onError(opening: Opening, error: unknown): void {
    this.#report(error, opening.request);
    if (opening.settled) abandonStream(opening.stream);
    const message = "a function of the application has failed";
    opening.refuse({ code: "HANDLER_FAILED", status: 500, message, body: "", error });
  }
}

/** What was read of a request, head and all, for somebody else to read it as if nobody had. */
export function readBytes({ rest }: Opening, { text }: RequestHead): Buffer {
  return Buffer.concat([Buffer.from(text, "latin1"), rest]);
}

/** RFC 6455 §9.1: a value that breaks the grammar fails the handshake, whether extensions are spoken or not. */
function offersOf({ fields }: RequestHead): {
  offers?: readonly ExtensionOffer[];
  fault?: HandshakeFault;
} {
  const value = fields.get("sec-websocket-extensions");
  if (value === undefined) return {};
  const offers = parseExtensions(value);
  if (offers !== undefined) return { offers };
  const message = `Sec-WebSocket-Extensions is ${shown(value)}, which breaks its grammar (RFC 6455 §9.1)`;
  return { fault: { status: 400, message } };
}

function placeOf({ forwarded, stream }: Opening, { fields }: RequestHead): RequestPlace {
  return {
    host: forwarded?.host ?? fields.get("host") ?? "",
    secure: forwarded === undefined ? isEncrypted(stream) : forwarded.secure,
  };
}
