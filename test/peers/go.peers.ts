/** Interoperation with Go: a server with GoFrame, a client with gorilla/websocket. */

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
