import { describe, expect, it } from "vitest";
import { CloseEvent, ErrorEvent } from "../../../src/web/web.ts";

describe("CloseEvent", () => {
  it("has the values that it is made with, converted as Web IDL says", () => {
    const init = { code: 65_536 + 4000, reason: "\ud800", wasClean: 1, cancelable: true };
    const event = new CloseEvent("close", init as never);
    expect(event).toBeInstanceOf(Event);
    expect([event.type, event.code, event.reason, event.wasClean, event.cancelable]).toEqual([
      ...["close", 4000, "\ufffd", true, true],
    ]);
  });

  it("has values without any", () => {
    const { code, reason, wasClean } = new CloseEvent("close");
    expect([code, reason, wasClean]).toEqual([0, "", false]);
  });

  it("throws a TypeError for what cannot be one", () => {
    expect(() => Reflect.construct(CloseEvent, [])).toThrow(TypeError);
    expect(() => new CloseEvent("close", 5 as never)).toThrow(TypeError);
    expect(() => new CloseEvent("close", { reason: Symbol() as never })).toThrow(TypeError);
  });
});

describe("ErrorEvent", () => {
  it("has the values that it is made with", () => {
    const error = new Error("why");
    const event = new ErrorEvent("error", { error, message: "why", lineno: -1, colno: 2.9 });
    expect([event.error, event.message, event.filename, event.lineno, event.colno]).toEqual([
      ...[error, "why", "", 2 ** 32 - 1, 2],
    ]);
  });

  it("has values without any", () => {
    const { error, message, filename, lineno, colno } = new ErrorEvent("error");
    expect([error, message, filename, lineno, colno]).toEqual([undefined, "", "", 0, 0]);
  });

  it("throws when it is made, not when a value is read", () => {
    expect(() => new ErrorEvent("error", { message: Symbol() as never })).toThrow(TypeError);
  });
});

describe("both", () => {
  it.each([CloseEvent, ErrorEvent])("look like interfaces of Web IDL", (of) => {
    expect(of).toHaveLength(1);
    expect(Object.prototype.toString.call(new of("x"))).toBe(`[object ${of.name}]`);
    for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(of.prototype))) {
      if (name !== "constructor") expect(member.enumerable, name).toBe(true);
    }
  });
});
