/** WebSockets over HTTP/2 (RFC 8441), numbered. */
import type { Http2Case } from "../../case.ts";
import { numbered } from "./http2-cases.ts";
import { DATA } from "./http2-data.ts";
import { ENDS } from "./http2-ends.ts";
import { COMPRESSED, FLOW } from "./http2-flow.ts";
import { HTTP2_REQUESTS, MALFORMED } from "./http2-requests.ts";

/** Cases 26.1.1 to 26.6.3. */
export const HTTP2: readonly Http2Case[] = [
  ...numbered(1, HTTP2_REQUESTS),
  ...numbered(2, MALFORMED),
  ...numbered(3, DATA),
  ...numbered(4, ENDS),
  ...numbered(5, FLOW),
  ...numbered(6, COMPRESSED),
];
