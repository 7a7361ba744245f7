import { describe, expect, it } from "vitest";
import { PROTOCOL_FAILURE_CODES, ProtocolError } from "../../src/errors.ts";
import { CASES, CONSEQUENCES, RAISED_ELSEWHERE } from "./failure-cases.ts";
import { bytes, failureByteByByte, protocolError, Receiver } from "./receiver.ts";

describe("each way to break the protocol", () => {
  it.each(CASES)("$code: $name, at byte $at", ({ code, role, hex, at, rules, before }) => {
    const input = bytes(hex);
    const [closeCode, section] = CONSEQUENCES[code];

    const slow = new Receiver(role, rules);
    const failure = failureByteByByte(slow, input);
    expect(failure?.error).toMatchObject({ name: "ProtocolError", code, closeCode, section });
    expect(failure?.error.message).toContain(`[RFC 6455 §${section}]`);
    expect(failure?.at).toBe(at);
    expect(slow.received).toEqual(before ?? []);

    const quick = new Receiver(role, rules);
    expect(protocolError(() => quick.push(input))?.code).toBe(code);
    expect(quick.received).toEqual(before ?? []);

    const inParts = new Receiver(role, rules, true);
    // Nothing need be held in parts, so what a Buffer or a string can hold is no limit.
    if (rules?.maxMessageSize !== Number.POSITIVE_INFINITY) {
      expect(failureByteByByte(inParts, input)).toMatchObject({ at, error: { code } });
    }
  });

  it("has a case here, but for what other folders raise", () => {
    const tested = new Set(CASES.map(({ code }) => code));
    const missing = PROTOCOL_FAILURE_CODES.filter((code) => !tested.has(code));
    expect(missing).toEqual(RAISED_ELSEWHERE);
  });
});

describe("what is just within the rules", () => {
  it.each([
    ["the largest frame", "82 0a 00000000000000000000"],
    ["fragments as large together", "02 09 000000000000000000 80 01 00"],
    ["as many fragments as allowed", "02 0a 00000000000000000000 00 00 80 00"],
  ])("%s is taken", (_, hex) => {
    const receiver = new Receiver("client", { maxMessageSize: 10, maxFragments: 3 });
    receiver.push(bytes(hex));
    expect(receiver.received).toEqual([["binary", "00".repeat(10)]]);
  });

  it("an empty message is taken where nothing else is", () => {
    const receiver = new Receiver("client", { maxMessageSize: 0 });
    receiver.push(bytes("81 00 02 00 80 00"));
    expect(receiver.received).toEqual([
      ["text", ""],
      ["binary", ""],
    ]);
    expect(protocolError(() => receiver.push(bytes("82 01")))?.code).toBe("MESSAGE_TOO_BIG");
  });

  it("a control frame carries 125 bytes beside any limit", () => {
    const receiver = new Receiver("client", { maxMessageSize: 0 });
    receiver.push(bytes(`89 7d ${"61".repeat(125)}`));
    expect(receiver.received).toEqual([["ping", "61".repeat(125)]]);
  });

  it("every close code is taken or refused by its class, 0 to 65535 (§7.4)", () => {
    for (let code = 0; code <= 0xffff; code++) {
      const receiver = new Receiver("client");
      const input = Buffer.from([0x88, 2, code >> 8, code & 0xff]);
      const error = protocolError(() => receiver.push(input));
      const registered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
      const valid = registered || (code >= 3000 && code <= 4999);
      const outcome = error?.code ?? receiver.received[0]?.join(" ");
      const wanted = valid ? `close ${code} ` : "CLOSE_CODE_INVALID";
      if (outcome !== wanted) expect.fail(`${code} gives ${outcome}`);
    }
  });
});

describe("a protocol error", () => {
  it("has no stack trace, and leaves those of others alone", () => {
    const { stackTraceLimit } = Error;
    const error = new ProtocolError("RESERVED_BITS", "0x40");
    expect(error.stack?.split("\n")).toHaveLength(1);
    expect(error.stack).toContain(error.message);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(new Error("another").stack?.split("\n").length).toBeGreaterThan(1);
  });
});
