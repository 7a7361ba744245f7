import type { MessageSpec } from "../load/frames.ts";
import type { Reply } from "../load/job.ts";
import type { JsonContent } from "../load/json-messages.ts";

/** What is done in a scenario. */
export type Work =
  | {
      readonly kind: "echo";
      readonly connections: number;
      /** Messages under way on each connection. */
      readonly depth: number;
      readonly message: MessageSpec;
      readonly tls?: boolean;
      /** What answers a message; the message in one frame by default. */
      readonly reply?: Reply;
    }
  | {
      readonly kind: "latency";
      readonly connections: number;
      readonly message: MessageSpec;
      /**
       * Messages under way on each connection where it is measured how many a second are possible: half
       * of that is the rate.
       */
      readonly depth: number;
      /** Half of what the peer itself can do, or half of what this peer can. */
      readonly rateOf: "itself" | "ws";
    }
  | {
      readonly kind: "short-lived";
      /** Connections under way at any moment. */
      readonly inFlight: number;
      /** Messages on each, one after the other. */
      readonly messages: number;
      readonly message: MessageSpec;
      readonly tls?: boolean;
    }
  | {
      /** Each message goes to all, its sender too; the next ones when all are there. */
      readonly kind: "fan-out";
      readonly connections: number;
      /** How many of them send, and how many messages each at a time. */
      readonly senders: number;
      readonly depth: number;
      readonly groups?: Groups;
      /** How many server processes share the connections, with a Redis between them; one without by default. */
      readonly processes?: number;
      readonly message: MessageSpec;
    }
  | {
      readonly kind: "compressed";
      readonly connections: number;
      /** Messages under way on each connection. */
      readonly depth: number;
      readonly content: JsonContent;
      /** Undefined for the same messages as they are. */
      readonly deflate: DeflateSetting | undefined;
      /** How many a second on each connection; undefined for one as each comes back. */
      readonly rate?: number;
    }
  | {
      readonly kind: "compressed-broadcast";
      readonly connections: number;
      readonly content: JsonContent;
      readonly deflate: DeflateSetting;
    }
  | {
      readonly kind: "memory";
      readonly connections: number;
      readonly tls?: boolean;
      /** What happens on each connection before it is idle: so many messages, compressed or not. */
      readonly exchange?: {
        readonly messages: number;
        readonly deflate: DeflateSetting | undefined;
      };
    }
  | {
      /** The memory of subscriptions: `each` of every connection, of `topics` topics in all. */
      readonly kind: "subscriptions";
      readonly connections: number;
      readonly each: number;
      readonly topics: number;
    }
  | {
      /** The memory of the process after so many seconds of this. */
      readonly kind: "worked";
      readonly connections: number;
      readonly depth: number;
      readonly message: MessageSpec;
      readonly seconds: number;
    };

/** Groups of connections: the server sends each message `copies` times to one group after the other. */
export interface Groups {
  readonly count: number;
  readonly copies: number;
  /** How many groups each connection is in; one by default. */
  readonly each?: number;
}

/** How both sides compress: a window and effort for all peers, or each peer's own defaults. */
export type DeflateSetting =
  | "defaults"
  | { readonly windowBits: number; readonly level: number; readonly memLevel: number };

/** The forms in which a program is written with barewire, and that of one over HTTP/2. */
export type Form =
  | "handler"
  | "for-await"
  | "receive"
  | "parts"
  | "send-loop"
  | "topics"
  | "await-first"
  | "http2";

/** One thing that is measured for every peer. */
export interface Scenario {
  /** Name for `--scenario`. */
  readonly id: string;
  /** Heading in the report, shape included. */
  readonly title: string;
  /** What is counted per second, or what is weighed. */
  readonly unit:
    | "messages"
    | "connections"
    | "deliveries"
    | "bytes per connection"
    | "bytes per subscription"
    | "bytes of the process";
  /** Which side is measured; the load generator plays the other. */
  readonly side: "server" | "client";
  /** Whether the slow peers take part unless `--peers` names them. */
  readonly slowPeers: boolean;
  /** The only other peers that can take part, undefined for all. */
  readonly peers?: readonly string[];
  /** The forms in which barewire takes part; by default a handler object only. */
  readonly forms?: readonly Form[];
  readonly work: Work;
  /** Seconds that a round takes at least, where less would not say much. */
  readonly seconds?: number;
  /**
   * Whether the measured process may run on every core, which is what threads of a pool are for; the
   * others have one to themselves.
   */
  readonly allCores?: boolean;
  /** The chart it is a point of, and the point's place on the x axis. */
  readonly point?: { readonly chart: Chart; readonly x: number };
}

/** The charts of growth, by what grows. */
export type Chart = "connections" | "size" | "subscribers" | "topics";

/** A message of `size` bytes in one frame. */
export function message(size: number, content: MessageSpec["content"] = "binary"): MessageSpec {
  return { size, content, fragments: 1 };
}

/** Whether what is sent in a scenario is text. */
export function isText({ work }: Scenario): boolean {
  switch (work.kind) {
    case "echo":
    case "latency":
    case "fan-out":
    case "worked":
    case "short-lived":
      return work.message.content !== "binary";
    case "compressed":
    case "compressed-broadcast":
      return true;
    case "memory":
    case "subscriptions":
      return false;
  }
}

/** Whether several processes with a Redis between them are measured. */
export function isFleet({ work }: Scenario): boolean {
  return work.kind === "fan-out" && work.processes !== undefined;
}

/** Whether memory is weighed in a scenario, and nothing is timed. */
export function isWeighed({ work }: Scenario): boolean {
  return work.kind === "memory" || work.kind === "subscriptions" || work.kind === "worked";
}
