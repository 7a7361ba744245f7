/** Options of both testees, where the suite needs other than the defaults. */
import type { ConnectionOptions } from "../src/index.ts";

/**
 * Limits wide enough for section 9: messages of 16 MiB, and of 4 MiB in fragments of 64 bytes.
 * The timers that could close a connection while the suite computes are off.
 */
export const LIMITS = {
  maxMessageSize: 64 * 1024 * 1024,
  maxFragments: Number.POSITIVE_INFINITY,
  maxSendBuffer: 256 * 1024 * 1024,
  messageTimeout: Number.POSITIVE_INFINITY,
  heartbeatInterval: Number.POSITIVE_INFINITY,
  // For sections 12 and 13; in the others the suite neither offers nor accepts it.
  compression: { threshold: 0 },
} satisfies ConnectionOptions;
