import { expect, it } from "vitest";
import { serve } from "../served.ts";

// `new URL("//", base)` throws, and it did so within an event of node:http: one request ended the
// process.
it.each(["//", "//a:b:c/", "/\\", "*", "http://", "/%"])(
  "a request for %s does not end the process",
  async (target) => {
    const { connect } = await serve({}, { root: "public" });
    const peer = await connect();
    peer.write(`OPTIONS ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect((await peer.readResponse()).status).toBeGreaterThanOrEqual(400);
    const next = await connect();
    next.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect((await next.readResponse()).status).toBeGreaterThanOrEqual(200);
  },
);
