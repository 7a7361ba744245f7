/** Cases 24.6 to 24.9, where more than one behavior of a testee is right, or it wants no part. */
import { afterEach, describe, expect, it } from "vitest";
import { conform } from "../../src/conformance/conform.ts";
import type { Faults } from "./reference/faults.ts";
import { startHttp2Server } from "./reference/http2-server.ts";
import { startReferenceServer } from "./reference/reference-server.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function verdicts(cases: readonly string[], faults: Faults, http2 = false) {
  const server = http2
    ? await startHttp2Server({ websocket: faults })
    : await startReferenceServer(faults);
  servers.push(server);
  const found = new Set<string>();
  for await (const result of conform(server.url, { cases, http2 })) {
    found.add(`${result.behavior} / ${result.behaviorClose}: ${result.result}`);
  }
  return [...found];
}

const MISUSE = ["24.6.1", "24.6.2", "24.6.3", "24.7.*"];
const NOTHING_THERE = ["24.6.4", "24.6.5", "24.6.6", "24.6.7"];

describe("a reference to what a testee need not keep", () => {
  it.each([false, true])("may be resolved, by HTTP/2: %s", async (http2) => {
    expect(await verdicts(MISUSE, { keepsMore: true }, http2)).toEqual([
      "OK / OK: The testee has kept what it need not keep, and got it right (§7.2.2).",
    ]);
  });

  it("may fail the connection, with a Close or without", async () => {
    const right = ["OK / OK: Actual events match at least one expected."];
    expect(await verdicts(MISUSE, {})).toEqual(right);
    expect(await verdicts(MISUSE, { dropsTcp: true })).toEqual(right);
  });

  // Messages that refer to nothing are right: those of 20 bytes.
  const refers = ({ length }: Buffer) => length !== 20;

  it("must not come back as other bytes", async () => {
    const zeros = (payload: Buffer) => Buffer.concat([payload.subarray(0, -9), Buffer.alloc(9)]);
    const alters = (payload: Buffer) => (refers(payload) ? zeros(payload) : payload);
    const found = await verdicts(MISUSE.slice(0, 3), { keepsMore: true, alters });
    expect(found).toEqual([
      expect.stringMatching(/^FAILED \/ FAILED: Got 2 messages, then Close 100\d;/),
    ]);
  });

  it("is not to be met with silence", async () => {
    const found = await verdicts(MISUSE.slice(0, 3), { keepsMore: true, loses: refers });
    expect(found).toEqual(["NON-STRICT / OK: The message was lost in silence."]);
  });
});

describe("a reference to nothing", () => {
  it("fails the connection of a testee that keeps all it can, too", async () => {
    expect(await verdicts(NOTHING_THERE, { keepsMore: true })).toEqual([
      "OK / OK: Actual events match at least one expected.",
    ]);
  });
});

describe("a testee that does not agree", () => {
  it("is not judged", async () => {
    const cases = ["24.6.*", "24.7.*", "24.8.*", "24.9.*"];
    expect(await verdicts(cases, { noDeflate: true })).toEqual([
      "UNIMPLEMENTED / OK: permessage-deflate was not negotiated.",
    ]);
  });

  it("is not judged by what it did not agree to", async () => {
    const faults = { answersExtension: "permessage-deflate" };
    expect(await verdicts(["24.6.1", "24.7.*", "24.8.*", "24.9.9"], faults)).toEqual([
      "UNIMPLEMENTED / OK: permessage-deflate was negotiated without the parameters that the case is about.",
    ]);
  });
});
