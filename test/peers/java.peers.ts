/** Interoperation over HTTP/2 with Jetty, both directions. */

import { afterAll, beforeAll, describe } from "vitest";
import { buildJavaPrograms, type JavaPrograms } from "./java-programs.ts";
import { testOurClient } from "./our-client.ts";
import { testOurServer } from "./our-server.ts";

let programs: JavaPrograms;

beforeAll(async () => {
  programs = await buildJavaPrograms();
});
afterAll(async () => {
  await programs?.remove();
});

describe("Jetty", () => {
  testOurClient(() => programs.command("JettyServer"), "chat.v2", 2);
  testOurServer(() => programs.command("JettyClient"), 2);
});
