/** Interoperation over HTTP/2 with Python: a client of h2 and wsproto, and Hypercorn as the server. */

import { fileURLToPath } from "node:url";
import { beforeAll, describe } from "vitest";
import { testOurHttp2Client } from "./http2-client.ts";
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

// Where we have closed, Hypercorn 0.18 answers with a Close frame and never ends the stream. DATA that comes for
// the stream then, be it empty, is an error that it does not catch, and it drops the session. So our client resets
// the stream at `closeTimeout`, with nothing before the RST_STREAM.
describe("Hypercorn", () => {
  const peculiarities = { compresses: true, endsStreams: false };
  testOurHttp2Client(() => [python, `${FOLDER}hypercorn_server.py`], peculiarities);
});
