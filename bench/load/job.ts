import type { MessageSpec } from "./frames.ts";
import type { JsonContent } from "./json-messages.ts";

/** What the runner asks of the load generator: one line of JSON each on its standard input. */
export type Job =
  | EchoJob
  | CompressedJob
  | StormJob
  | BroadcastJob
  | HoldJob
  | ExchangeJob
  | ReleaseJob;

interface Server {
  /** Port of the server on 127.0.0.1. */
  readonly port: number;
  readonly tls: boolean;
  /** True for raw `net`: a fixed answer to the handshake, and the bytes themselves come back. */
  readonly mirror: boolean;
}

interface Measured extends Server {
  /** Process whose processor time is measured. */
  readonly pid: number;
  /** Time before the measurement starts, in ms. */
  readonly warmUp: number;
  /** Time measured, in ms. */
  readonly duration: number;
}

/** Messages that come back, so many under way on each connection. */
export interface EchoJob extends Measured {
  readonly kind: "echo";
  readonly connections: number;
  /** Messages under way on each connection. */
  readonly depth: number;
  readonly message: MessageSpec;
  /** True: we listen and the measured process connects to us; false: the other way round. */
  readonly listen: boolean;
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

/** Connections opened, answered and dropped, so many at a time. */
export interface StormJob extends Measured {
  readonly kind: "storm";
  /** Connections under way at any moment. */
  readonly inFlight: number;
}

/** One client sends a message, all get it; then the next. */
export interface BroadcastJob extends Measured {
  readonly kind: "broadcast";
  readonly connections: number;
  readonly message: MessageSpec;
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
export interface LoadResult {
  /** Messages, handshakes or deliveries in the measured time. */
  readonly count: number;
  /** The measured time, in seconds. */
  readonly seconds: number;
  /** Payload bytes one way, per count. */
  readonly bytesPerCount: number;
  /** Processor time of the measured process, all threads, in seconds. */
  readonly serverCpu: number;
  /** Processor time of the load generator, in seconds. */
  readonly loadCpu: number;
  /** Processor time of everything else on the machine, in seconds. */
  readonly otherCpu: number;
  /** Times from sending to the complete reply, in µs; only where one message is under way. */
  readonly latency?: { readonly p50: number; readonly p99: number };
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
