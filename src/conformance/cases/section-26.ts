/** Section 26: WebSockets over HTTP/2 (RFC 8441). */
import type { Http2ProbeCase } from "../case.ts";
import { numbered } from "./http2-cases.ts";
import { DATA, ENDS } from "./http2-data.ts";
import { COMPRESSED, FLOW } from "./http2-flow.ts";
import { MALFORMED, REQUESTS } from "./http2-requests.ts";

/** Cases 26.1.1 to 26.6.3. */
export const SECTION_26: readonly Http2ProbeCase[] = [
  ...numbered(1, REQUESTS),
  ...numbered(2, MALFORMED),
  ...numbered(3, DATA),
  ...numbered(4, ENDS),
  ...numbered(5, FLOW),
  ...numbered(6, COMPRESSED),
];
