/** Interoperation over HTTP/2 with Python: a client of h2 and wsproto. */

import { fileURLToPath } from "node:url";
import { beforeAll, describe } from "vitest";
import { testOurServer } from "./our-server.ts";
import { pythonWithPackages } from "./python-environment.ts";

const FOLDER = fileURLToPath(new URL("python/", import.meta.url));

let python: string;

beforeAll(async () => {
  python = await pythonWithPackages();
});

describe("h2 and wsproto for Python", () => {
  testOurServer(() => [python, `${FOLDER}http2_client.py`], 2);
});
