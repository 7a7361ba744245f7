import type { Elapsed, Timing } from "./clock.ts";
import type { Dialect } from "./dialect.ts";
import type { MessageSpec } from "./frames.ts";
import type { Percentiles } from "./histogram.ts";
import type { JsonContent } from "./json-messages.ts";

/** What the runner asks of the load generator: one line of JSON each on its standard input. */
export type Job =
  | EchoJob
  | OpenLoopJob
  | CompressedJob
  | ShortLivedJob
  | FanOutJob
  | CompressedBroadcastJob
  | HoldJob
  | ExchangeJob
  | ReleaseJob;

interface Server {
  /** Port of the server on 127.0.0.1. */
  readonly port: number;
  readonly tls: boolean;
  /** Whether the connections are streams of one session of HTTP/2. Default false. */
  readonly http2?: boolean;
  /** True for raw `net`: a fixed answer to the handshake, and the bytes themselves come back. */
  readonly mirror: boolean;
}

interface Measured extends Server, Timing {}

/** Messages that come back, so many under way on each connection. */
export interface EchoJob extends Measured {
  readonly kind: "echo";
  readonly connections: number;
  /** Messages under way on each connection. */
  readonly depth: number;
  readonly message: MessageSpec;
  /** What answers a message; the message in one frame by default. */
  readonly reply?: Reply | undefined;
  /** True: we listen and the measured process connects to us; false: the other way round. */
  readonly listen: boolean;
}

/** What answers a message: itself, in frames of any size, or its length in decimal digits as text. */
export type Reply = "any frames" | "length";

/** Messages that come back, sent by the clock, whether those before have come back or not. */
export interface OpenLoopJob extends Measured {
  readonly kind: "open-loop";
  readonly connections: number;
  readonly message: MessageSpec;
  /** Messages a second, over all connections. */
  readonly rate: number;
}

/** JSON messages that come back, compressed with context takeover on both sides, or as they are. */
export interface CompressedJob extends Measured {
  readonly kind: "compressed";
  readonly connections: number;
  /** Messages under way on each connection. */
  readonly depth: number;
  readonly content: JsonContent;
  /** Whether they are compressed. */
  readonly compressed: boolean;
  /** How many are sent on each connection in a second; undefined for one as each comes back. */
  readonly rate?: number;
}

/** Connections opened, used for some messages one after the other, and closed; so many at a time. */
export interface ShortLivedJob extends Measured {
  readonly kind: "short-lived";
  /** Connections under way at any moment. */
  readonly inFlight: number;
  /** Messages on each; 0 for connections that are closed as soon as they are open. */
  readonly messages: number;
  readonly message: MessageSpec;
}

/** Messages of which each goes to many, in rounds: the next begins when all of one have come. */
export interface FanOutJob extends Measured {
  readonly kind: "fan-out";
  readonly connections: number;
  /** How many of the connections send in a round, and how many messages each of them. */
  readonly senders: number;
  readonly depth: number;
  /** How often each message goes to each connection. */
  readonly copies: number;
  readonly message: MessageSpec;
  /** The ports of several servers, which share the connections; by default there is one server. */
  readonly ports?: readonly number[] | undefined;
  /** What the servers speak; by default nothing but the messages. */
  readonly dialect?: Dialect;
  /** Whether to tell how long each delivery has taken from the sending of its message. */
  readonly timed?: boolean;
}

/** One client sends a compressed message, all get it; then the next. */
export interface CompressedBroadcastJob extends Measured {
  readonly kind: "compressed-broadcast";
  readonly connections: number;
  readonly content: JsonContent;
}

/** Opens connections and keeps them, idle. */
export interface HoldJob extends Server {
  readonly kind: "hold";
  readonly connections: number;
}

/** Opens connections, exchanges messages of about 130 bytes on each, and keeps them, idle. */
export interface ExchangeJob extends Server {
  readonly kind: "exchange";
  readonly connections: number;
  readonly messages: number;
  /** Whether they are compressed. */
  readonly compressed: boolean;
}

/** Closes what {@link HoldJob} or {@link ExchangeJob} opened. */
export interface ReleaseJob {
  readonly kind: "release";
}

/** What one measurement found. */
export interface LoadResult extends Elapsed {
  /** Messages, connections or deliveries in the measured time. */
  readonly count: number;
  /** Payload bytes one way, per count. */
  readonly bytesPerCount: number;
  /**
   * Times to the complete reply or delivery, in µs, from the sending of the message or, where messages are sent by
   * the clock, from the time at which they were due; only where one message is under way, or that is asked for.
   */
  readonly latency?: Percentiles;
  /** How late messages were sent that were due by the clock, in µs. */
  readonly late?: Percentiles;
  /** Bytes of frames that came back, per byte of message; only where messages are compressed. */
  readonly deflated?: number;
  /** How late the server's event loop was, warm-up included; only where it was watched. */
  readonly loopDelay?: LoopDelay;
  /** Bytes whose content was compared, and bytes received. */
  readonly verified: { readonly compared: number; readonly received: number };
}

/** What an event loop did. */
export interface LoopDelay {
  /** How late it was, in ms, with 1 ms for the timer that tells. */
  readonly p99: number;
  readonly longest: number;
  /** Share of the time in which it was not idle. */
  readonly busy: number;
  /** Share of the time in which it was held up by the garbage collector. */
  readonly collecting: number;
  /** In ms. */
  readonly longestCollection: number;
  /**
   * Processor time of the loop's thread in a turn, in ms, turns with a pause of the collector left out;
   * only at a fixed rate and on Linux.
   */
  readonly turnP99?: number;
  readonly longestTurn?: number;
}

/** A line that the load generator answers with. */
export type Answer =
  | { readonly event: "ready"; readonly transport: string }
  | { readonly event: "listening"; readonly port: number }
  | { readonly event: "result"; readonly result: LoadResult }
  | { readonly event: "held"; readonly connections: number }
  | { readonly event: "released" }
  | { readonly event: "failed"; readonly reason: string };
