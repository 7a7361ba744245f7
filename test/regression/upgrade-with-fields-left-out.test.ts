import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import { serveAttached } from "../served.ts";

// node:http leaves out header fields beyond a thousand, or `maxHeadersCount`, without a word. A request
// for an upgrade to something else was put back without them, its Content-Length among them: its body
// was served as another request.
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const LENGTH = `Content-Length: ${SMUGGLED.length}\r\n`;

async function attached(maxHeadersCount: number | null) {
  const targets: (string | undefined)[] = [];
  const http = createServer((request, response) => {
    targets.push(request.url);
    request.resume().on("end", () => response.end("page"));
  });
  http.maxHeadersCount = maxHeadersCount;
  const { connect } = await serveAttached(http);
  return { peer: await connect(), targets };
}

const h2c = "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n";

describe.each([
  [null, 1100],
  [10, 70],
] as const)("a server with maxHeadersCount %j and a request of %i more fields", (limit, count) => {
  const fields = "a: b\r\n".repeat(count);

  it("refuses an upgrade to something else, and serves nothing of its body", async () => {
    const { peer, targets } = await attached(limit);
    peer.write(`${h2c}${fields}${LENGTH}\r\n${SMUGGLED}`);
    expect((await peer.readWholeResponse()).status).toBe(431);
    await peer.untilEnded();
    expect(targets).toEqual([]);
  });

  it("refuses an upgrade to a WebSocket", async () => {
    const { peer } = await attached(limit);
    peer.write(upgradeHead("/ws").replace(/\r\n$/, `${fields}${LENGTH}\r\n`) + SMUGGLED);
    expect((await peer.readWholeResponse()).status).toBe(431);
  });
});

it("a server that keeps all fields serves a request with as many as it likes", async () => {
  const { peer, targets } = await attached(0);
  peer.write(`${h2c}${"a: b\r\n".repeat(1100)}${LENGTH}\r\n${SMUGGLED}`);
  expect((await peer.readWholeResponse()).body).toContain("page");
  expect(targets).toEqual(["/"]);
});
