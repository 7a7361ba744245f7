/** The probes of the matrix: none blames a right peer, and each reading is of the bytes that came. */
import { afterEach, describe, expect, it } from "vitest";
import { askServer } from "../../../autobahn/matrix/confirm/ask-server.ts";
import { PROBES, probesFor } from "../../../autobahn/matrix/confirm/confirm.ts";
import {
  type Came,
  cameWords,
  framesOf,
  hex,
  type Probe,
  standsFor,
} from "../../../autobahn/matrix/confirm/probe.ts";
import { serveProbes } from "../../../autobahn/matrix/confirm/serve-client.ts";
import type { Faults } from "../../conformance/reference/faults.ts";
import { echoClient } from "../../conformance/reference/reference-client.ts";
import { startReferenceServer } from "../../conformance/reference/reference-server.ts";
import { resultWith } from "../../conformance/reference/results.ts";

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** The cases whose probes blame a server with these faults. */
async function blamedServer(faults: Faults): Promise<string[]> {
  const server = await startReferenceServer(faults);
  closings.push(() => server.close());
  const came = await Promise.all(PROBES.server.map((probe) => askServer(server.port, probe)));
  return blamed(PROBES.server, came);
}

async function blamedClient(faults: Faults): Promise<string[]> {
  const server = await serveProbes(PROBES.client);
  closings.push(() => server.close());
  const paths = PROBES.client.map((_, i) => `/runCase?case=${i + 1}&agent=mine`);
  await Promise.all(paths.map((path) => echoClient(server.port, path, faults)));
  await expect.poll(() => server.came.size).toBe(PROBES.client.length);
  return blamed(
    PROBES.client,
    PROBES.client.map((_, i) => server.came.get(i)!),
  );
}

const blamed = (probes: readonly Probe[], came: readonly Came[]) =>
  probes.filter((probe, i) => probe.breaks(came[i]!)).flatMap(({ cases }) => cases);

describe("probes", () => {
  it("blame no right server", async () => {
    expect(await blamedServer({})).toEqual([]);
  });

  it("blame a server that opens for anything", async () => {
    const cases = await blamedServer({ opensAlways: true });
    expect(cases).toEqual(expect.arrayContaining(["20.1.1", "20.2.1", "20.4.3", "20.6.3"]));
    expect(cases).not.toContain("20.3.5");
  });

  it("blame a server for the frames that it takes, and for no others", async () => {
    const cases = await blamedServer({ ignoresMask: true });
    expect(cases).toEqual(["22.3.1", "22.3.2", "22.3.3", "22.3.4", "22.3.9", "22.3.11", "22.3.15"]);
    expect(await blamedServer({ utf8: "never" })).toContain("6.*");
  });

  it("blame no right client", async () => {
    expect(await blamedClient({})).toEqual([]);
  });

  it("blame a client for the answers that it takes", async () => {
    const cases = await blamedClient({ opensAlways: true });
    expect(cases).toEqual(expect.arrayContaining(["21.2.1", "21.2.7", "21.2.8", "21.2.15"]));
    expect(await blamedClient({ opensNever: true })).toEqual(expect.arrayContaining(["21.4.9"]));
  });

  it("are sent for what has failed only", () => {
    const results = [resultWith("20.1.1", "FAILED / OK"), resultWith("6.3.1", "NON-STRICT / OK")];
    expect(probesFor("server", results).flatMap(({ cases }) => cases)).toEqual(["20.1.1"]);
  });

  it("stand for a case, or for all that begin so", () => {
    expect(standsFor({ cases: ["6.*"] }, "6.3.1")).toBe(true);
    expect(standsFor({ cases: ["20.1.1"] }, "20.1.10")).toBe(false);
  });
});

describe("what came", () => {
  it("is read as frames, with masks taken off, as far as they are whole", () => {
    const bytes = hex("8182 01020304 6968 887e 007e");
    expect(framesOf(bytes)).toEqual([{ first: 0x81, payload: Buffer.from("hj") }]);
    const long = Buffer.concat([hex("82 7f 0000000000000003"), Buffer.from("abc")]);
    expect(framesOf(long)).toEqual([{ first: 0x82, payload: Buffer.from("abc") }]);
  });

  it("is shown as bytes", () => {
    const head = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate";
    const frames = [{ first: 0x81, payload: Buffer.from("x") }];
    expect(cameWords({ head, frames, ended: true, gone: false })).toBe(
      "`HTTP/1.1 101 Switching Protocols`, then `Sec-WebSocket-Extensions: permessage-deflate`, then `81 01 78`, then the end of TCP",
    );
    expect(cameWords({ head: "", frames: [], ended: false, gone: false })).toBe("nothing");
  });
});
