import { checkLimit } from "../options/checks.ts";
import type { HeadLimits } from "./head-reader.ts";

/**
 * The limits of HTTP heads, a server's of requests and a client's of responses, with their defaults.
 * Throws an ArgumentError for one that no head can keep.
 */
export function checkHeadLimits(options: {
  readonly maxHeadSize?: number;
  readonly maxHeadFields?: number;
}): HeadLimits {
  return {
    maxBytes: checkLimit("maxHeadSize", options.maxHeadSize ?? 16_384, 16, "bytes"),
    maxFields: checkLimit("maxHeadFields", options.maxHeadFields ?? 100, 1, "fields"),
  };
}
