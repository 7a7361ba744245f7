import { describe, expect, it } from "vitest";
import { type GateRules, judge } from "../../../src/handshake/gate/gate.ts";
import { checkHostRule } from "../../../src/handshake/gate/hosts.ts";
import { requestHeadFrom } from "../../../src/handshake/request.ts";

const OPEN: GateRules = { accepting: true, faults: [], hasRoute: true, hosts: "*", origin: "*" };
const PLACE = { host: "a.test", secure: false };

const head = requestHeadFrom("GET", "/", "1.1", ["Host", "a.test", "Origin", "http://b.test"]);

describe("the gate", () => {
  it("lets pass what breaks no rule", () => {
    expect(judge(head, PLACE, OPEN)).toBeUndefined();
    expect(judge(head, PLACE, { ...OPEN, origin: ["http://b.test"] })).toBeUndefined();
  });

  it("refuses by the first rule that is broken", () => {
    const asked: string[] = [];
    const all: GateRules = {
      accepting: false,
      faults: [{ status: 400, message: "no key" }],
      hasRoute: false,
      hosts: checkHostRule(() => asked.push("hosts") < 0),
      origin: () => asked.push("origin") < 0,
    };
    expect(judge(head, PLACE, all)).toMatchObject({ code: "SHUTTING_DOWN", status: 503 });
    const accepting = { ...all, accepting: true };
    expect(judge(head, PLACE, accepting)).toMatchObject({ code: "BAD_REQUEST", status: 400 });
    expect(asked).toEqual([]);
    const wellFormed = { ...accepting, faults: [] };
    expect(judge(head, PLACE, wellFormed)).toMatchObject({ code: "HOST_REFUSED", status: 421 });
    const ours: GateRules = { ...wellFormed, hosts: "*" };
    expect(judge(head, PLACE, ours)).toMatchObject({ code: "NO_ROUTE", status: 404 });
    expect(asked).toEqual(["hosts"]);
    const routed = { ...ours, hasRoute: true };
    expect(judge(head, PLACE, routed)).toMatchObject({ code: "ORIGIN_REFUSED", status: 403 });
    expect(asked).toEqual(["hosts", "origin"]);
  });

  it("names all faults, and answers with 426 where the version is the only one", () => {
    const version = { status: 426, message: "version 8" };
    const key = { status: 400, message: "no key" };
    expect(judge(head, PLACE, { ...OPEN, faults: [version] })).toEqual({
      code: "BAD_REQUEST",
      status: 426,
      message: "not a valid WebSocket request: version 8",
      faults: [version],
    });
    expect(judge(head, PLACE, { ...OPEN, faults: [version, key] })).toEqual({
      code: "BAD_REQUEST",
      status: 400,
      message: "not a valid WebSocket request: version 8; no key",
      faults: [version, key],
    });
  });

  it("passes on what a function of the user's throws", () => {
    const failing = () => {
      throw new Error("no database");
    };
    expect(() => judge(head, PLACE, { ...OPEN, origin: failing })).toThrow("no database");
    const promising = (async () => true) as unknown as () => boolean;
    expect(() => judge(head, PLACE, { ...OPEN, origin: promising })).toThrow(/a promise/);
  });
});
