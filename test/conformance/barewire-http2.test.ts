import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conform } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { Server } from "../../src/index.ts";

/**
 * Malformed fields (RFC 9113 §8.2.1): a blank in a name, no name, NUL or a line break in a value. `node:http2` drops
 * them before anybody can see them, where the stream should be reset.
 */
const DROPPED_BY_NODE = ["26.2.14", "26.2.15", "26.2.16", "26.2.17"];

describe("barewire conform --http2 against a server of this library", () => {
  const server = new Server({ origin: "*", compression: true, maxMessageSize: 2 ** 25 });
  let url: string;

  beforeAll(async () => {
    server.handle("/", { message: (ws, data) => ws.send(data) });
    url = (await server.listen({ port: 0, host: "127.0.0.1", http2: true })).url;
  });

  afterAll(() => server.shutdown({ timeout: 100 }));

  // The other sections take minutes: `barewire conform --http2` runs them.
  it.each([
    ["HTTP/2 itself", ["26.*"], DROPPED_BY_NODE],
    ["frames, fragments, closing", ["1.*", "2.*", "3.*", "4.*", "5.*", "7.1.*", "22.1.*"], []],
    ["compression", ["12.1.1", "13.1.1", "24.1.*"], []],
  ])("finds nothing but what node:http2 hides in %s", async (_, cases, known) => {
    const complaints: string[] = [];
    for await (const result of conform(url, { http2: true, cases })) {
      if (!["ok", "informational"].includes(severity(result))) complaints.push(result.id);
    }
    expect(complaints).toEqual(known);
  });
});
