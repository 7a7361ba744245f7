/** Interoperation with Go: GoFrame as the server, gorilla/websocket as the client, and both over HTTP/2. */

import { afterAll, beforeAll, describe } from "vitest";
import { buildGoPrograms, type GoPrograms } from "./go-programs.ts";
import { testOurHttp2Client } from "./http2-client.ts";
import { testOurClient } from "./our-client.ts";
import { testOurServer } from "./our-server.ts";

let programs: GoPrograms;

beforeAll(async () => {
  programs = await buildGoPrograms();
});
afterAll(async () => {
  await programs?.remove();
});

describe("GoFrame", () => {
  // The WebSocket that GoFrame's requests offer chooses no subprotocol.
  testOurClient(() => [programs.goframeServer], "");
});

describe("gorilla/websocket", () => {
  testOurServer(() => [programs.gorillaClient]);
});

describe("golang.org/x/net/http2 and gobwas/ws", () => {
  testOurServer(() => [programs.http2Client], 2);
  // Its server has extended CONNECT only where it is asked for.
  const server = () => ["env", "GODEBUG=http2xconnect=1", programs.http2Server] as const;
  testOurHttp2Client(server, { compresses: false, endsStreams: true });
});
