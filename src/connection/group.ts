import { RSV1 } from "../protocol/frame-header.ts";
import type { KeySource } from "../protocol/frame-writer.ts";
import type { BufferBudget } from "./buffer-budget.ts";
import { Heartbeat } from "./control/heartbeat.ts";
import type { ConnectionSettings } from "./options.ts";
import { ParserPool } from "./receiving/parser-pool.ts";
import type { RequestInfo, RequestOrigins } from "./request-info.ts";
import type { Data, SendOptions } from "./sending/data.ts";
import { randomKey } from "./sending/random.ts";
import { SendWatch } from "./sending/send-watch.ts";

/**
 * Which connections of a server are subscribed to what. The server has one for all of them: a connection
 * that is subscribed to nothing costs nothing, and has no field for it.
 */
export interface Memberships {
  /**
   * @returns nothing, or a promise of the moment from which on messages of other processes come too
   * @throws WebSocketError, ArgumentError
   */
  subscribe(face: object, topic: string): Promise<void> | undefined;
  /** @returns whether it was subscribed */
  unsubscribe(face: object, topic: string): boolean;
  /** The names of all topics that it is subscribed to. */
  topicsOf(face: object): string[];
  /**
   * @param except who does not get it
   * @returns how many connections of this server it was sent to
   * @throws WebSocketError, ArgumentError
   */
  publish(
    topic: string,
    data: Exclude<Data, Blob>,
    options: SendOptions | undefined,
    except: object | undefined,
  ): number;
  /** A connection has ended. */
  forget(face: object): void;
}

/**
 * Makes the request of a server's connection from the text of its head, which is what is kept of a request that
 * nobody has looked at. A client is given none, and so need not load what reads requests.
 */
export type RequestMaker = (
  text: string,
  params: RequestInfo["params"],
  origins: RequestOrigins,
) => RequestInfo;

/** What connections with the same options share, so that none of them has it for itself. */
export class ConnectionGroup {
  readonly settings: ConnectionSettings;
  /** Parsers for connections without compression. */
  readonly parsers: ParserPool;
  /** Parsers for those where compression was agreed upon. */
  readonly compressedParsers: ParserPool;
  /** Undefined where `heartbeatInterval` is Infinity. */
  readonly heartbeat: Heartbeat | undefined;
  /** Undefined where `sendTimeout` is Infinity. */
  readonly sendWatch: SendWatch | undefined;
  /** RFC 6455 §5.1: a client masks what it sends. */
  readonly nextKey: KeySource | undefined;
  /** What all connections of a server may hold; undefined for a client. */
  readonly budget: BufferBudget | undefined;
  /** What the connections of a server are subscribed to; undefined for a client. */
  readonly memberships: Memberships | undefined;
  /** Undefined for a client. */
  readonly requestFrom: RequestMaker | undefined;

  /** @param clientKey where the keys come from that mask what a client sends (RFC 6455 §5.3) */
  constructor(
    settings: ConnectionSettings,
    budget?: BufferBudget,
    clientKey: KeySource = randomKey,
    memberships?: Memberships,
    requestFrom?: RequestMaker,
  ) {
    const { role, maxMessageSize, maxFragments, heartbeatInterval, heartbeatTimeout } = settings;
    const rules = { masked: role === "server", reservedBits: 0, maxMessageSize, maxFragments };
    this.settings = settings;
    this.budget = budget;
    this.memberships = memberships;
    this.requestFrom = requestFrom;
    this.parsers = new ParserPool(rules, settings.text);
    // RFC 7692 §6: RSV1 marks the first frame of a compressed message.
    this.compressedParsers = new ParserPool({ ...rules, reservedBits: RSV1 }, settings.text);
    this.heartbeat = unlessInfinite(
      heartbeatInterval,
      () => new Heartbeat(heartbeatInterval, heartbeatTimeout),
    );
    this.sendWatch = unlessInfinite(
      settings.sendTimeout,
      () => new SendWatch(settings.sendTimeout),
    );
    this.nextKey = role === "client" ? clientKey : undefined;
  }
}

function unlessInfinite<T>(milliseconds: number, make: () => T): T | undefined {
  return milliseconds === Number.POSITIVE_INFINITY ? undefined : make();
}
