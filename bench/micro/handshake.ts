import { bench, do_not_optimize, group } from "mitata";
import { isSameOrigin } from "../../src/handshake/gate/origin.ts";
import { HeadReader } from "../../src/handshake/head-reader.ts";
import { checkUpgradeRequest, parseRequestHead } from "../../src/handshake/request.ts";
import { acceptHead } from "../../src/handshake/response.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const limits = { maxBytes: 16_384, maxFields: 100 };
const head = Buffer.from(
  [
    "GET /chat?room=1 HTTP/1.1",
    "Host: example.com",
    "Connection: Upgrade",
    "Pragma: no-cache",
    "Cache-Control: no-cache",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0",
    "Upgrade: websocket",
    "Origin: https://example.com",
    "Sec-WebSocket-Version: 13",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    "",
    "",
  ].join("\r\n"),
);

/** The steps of an opening handshake on a server, for a request as a browser sends it. */
export function handshakeBenchmarks(): void {
  group("opening handshake", () => {
    bench("find the end of the head", () => new HeadReader(limits).push(head));
    bench("parse and check the request", () =>
      do_not_optimize(checkUpgradeRequest(parseRequestHead(head, limits.maxFields))),
    );
    bench("compare the origin", () =>
      do_not_optimize(isSameOrigin("https://example.com", "example.com", true)),
    );
    bench("make the answer", () => do_not_optimize(acceptHead({ key: KEY })));
  });
}
