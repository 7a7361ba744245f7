/** Interoperation with Python's `websockets`, both directions. */

import { fileURLToPath } from "node:url";
import { beforeAll, describe } from "vitest";
import { testOurClient } from "./our-client.ts";
import { testOurServer } from "./our-server.ts";
import { pythonWithPackages } from "./python-environment.ts";

const FOLDER = fileURLToPath(new URL("python/", import.meta.url));

describe("websockets for Python", () => {
  let python: string;

  beforeAll(async () => {
    python = await pythonWithPackages();
  });

  testOurClient(() => [python, `${FOLDER}echo_server.py`], "chat.v2");
  testOurServer(() => [python, `${FOLDER}client.py`]);
});
