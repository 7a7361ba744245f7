import { describe, expect, it } from "vitest";
import { WebSocketError } from "../../src/web/web.ts";

const thrownFor = (init: unknown): unknown => {
  try {
    return new WebSocketError("", init as never);
  } catch (error) {
    return error;
  }
};

describe("WebSocketError", () => {
  it("is a DOMException of its own name", () => {
    const error = new WebSocketError("gone");
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "WebSocketError", message: "gone", code: 0 });
    expect(Object.prototype.toString.call(error)).toBe("[object WebSocketError]");
  });

  it("has no code and no reason by default", () => {
    expect(new WebSocketError()).toMatchObject({ message: "", closeCode: null, reason: "" });
  });

  it("has 1000 where there is a reason alone", () => {
    const { closeCode, reason } = new WebSocketError("", { reason: "why" });
    expect([closeCode, reason]).toEqual([1000, "why"]);
    expect(new WebSocketError("", { closeCode: 3456, reason: "why" }).closeCode).toBe(3456);
  });

  it.each([999, 1001, 2999, 5000])("throws an InvalidAccessError for the code %d", (closeCode) => {
    expect(thrownFor({ closeCode })).toMatchObject({ name: "InvalidAccessError" });
  });

  it("throws a SyntaxError for a reason of more than 123 bytes", () => {
    expect(thrownFor({ reason: "ä".repeat(62) })).toMatchObject({ name: "SyntaxError" });
    expect(thrownFor({ reason: "ä".repeat(61) })).toBeInstanceOf(WebSocketError);
  });

  it.each([[5], ["text"], [{ closeCode: -1 }], [{ closeCode: 65_536 }], [{ closeCode: NaN }]])(
    "throws a TypeError for %j",
    (init) => {
      expect(thrownFor(init)).toBeInstanceOf(TypeError);
    },
  );
});
