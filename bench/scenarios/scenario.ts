import type { MessageSpec } from "../load/frames.ts";
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
    }
  | { readonly kind: "storm"; readonly inFlight: number }
  | { readonly kind: "broadcast"; readonly connections: number; readonly message: MessageSpec }
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
      readonly kind: "memory";
      readonly connections: number;
      /** What happens on each connection before it is idle: so many messages, compressed or not. */
      readonly exchange?: {
        readonly messages: number;
        readonly deflate: DeflateSetting | undefined;
      };
    };

/** How both sides compress: a window and effort for all peers, or each peer's own defaults. */
export type DeflateSetting =
  | "defaults"
  | { readonly windowBits: number; readonly level: number; readonly memLevel: number };

/** One thing that is measured for every peer. */
export interface Scenario {
  /** Name for `--scenario`. */
  readonly id: string;
  /** Heading in the report, shape included. */
  readonly title: string;
  /** What is counted per second, or what is weighed. */
  readonly unit: "messages" | "handshakes" | "deliveries" | "bytes per connection";
  /** Which side is measured; the load generator plays the other. */
  readonly side: "server" | "client";
  /** Whether the slow peers take part unless `--peers` names them. */
  readonly slowPeers: boolean;
  /** The only peers that can take part, undefined for all. */
  readonly peers?: readonly string[];
  readonly work: Work;
  /**
   * Whether the measured process may run on every core, which is what threads of a pool are for; the
   * others have one to themselves.
   */
  readonly allCores?: boolean;
  /** The chart it is a point of, and the point's place on the x axis. */
  readonly point?: { readonly chart: "connections" | "size"; readonly x: number };
}

/** A message of `size` bytes in one frame. */
export function message(size: number, content: MessageSpec["content"] = "binary"): MessageSpec {
  return { size, content, fragments: 1 };
}

/** Whether what is sent in a scenario is text. */
export function isText({ work }: Scenario): boolean {
  switch (work.kind) {
    case "echo":
    case "broadcast":
      return work.message.content !== "binary";
    case "compressed":
      return true;
    default:
      return false;
  }
}
