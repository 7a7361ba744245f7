/** Interoperation with Go: a server with GoFrame, a client with gorilla/websocket, and both over HTTP/2. */

import { afterAll, beforeAll, describe } from "vitest";
import { buildGoPrograms, type GoPrograms } from "./go-programs.ts";
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

describe("golang.org/x/net/http2", () => {
  testOurClient(() => [programs.http2Server], "chat.v2", 2);
  testOurServer(() => [programs.http2Client], 2);
});
