import { RSV1 } from "../protocol/frame-header.ts";
import type { KeySource } from "../protocol/frame-writer.ts";
import type { BufferBudget } from "./buffer-budget.ts";
import { Heartbeat } from "./control/heartbeat.ts";
import type { ConnectionSettings } from "./options.ts";
import { ParserPool } from "./receiving/parser-pool.ts";
import { randomKey } from "./sending/random.ts";
import { SendWatch } from "./sending/send-watch.ts";

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

  /** @param clientKey where the keys come from that mask what a client sends (RFC 6455 §5.3) */
  constructor(
    settings: ConnectionSettings,
    budget?: BufferBudget,
    clientKey: KeySource = randomKey,
  ) {
    const { role, maxMessageSize, maxFragments, heartbeatInterval, heartbeatTimeout } = settings;
    const rules = { masked: role === "server", reservedBits: 0, maxMessageSize, maxFragments };
    this.settings = settings;
    this.budget = budget;
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
