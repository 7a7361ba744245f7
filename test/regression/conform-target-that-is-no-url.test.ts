import { expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/conformance/conform.ts";
import { RawPeer, upgradeHead } from "../raw-peer.ts";

// `new URL("//", base)` throws, and it did so within an event of the socket: one request ended the
// judge.
it.each(["//", "//a:b:c/", "http://"])(
  "conform --listen answers 400 to a request for %s",
  async (target) => {
    const tests = await listen({ port: 0, cases: ["1.1.1"] });
    onTestFinished(() => tests.close());
    const peer = await RawPeer.connect({ port: tests.port, host: "127.0.0.1" });
    onTestFinished(() => peer.destroy());
    peer.write(upgradeHead(target));
    const { status, body } = await peer.readWholeResponse();
    expect(status).toBe(400);
    expect(body).toContain(target);
  },
);
