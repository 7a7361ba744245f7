import { describe, expect, it } from "vitest";
import { CloseHandshake, echoedCode } from "../../src/protocol/close-handshake.ts";

describe("the closing handshake (§7)", () => {
  it("is 1006 and not clean when no Close frame passed (§7.1.5)", () => {
    const closing = new CloseHandshake();
    expect(closing.info).toEqual({
      code: 1006,
      reason: "",
      initiator: "none",
      clean: false,
      error: undefined,
    });
    expect([closing.sent, closing.received, closing.complete]).toEqual([false, false, false]);
  });

  it("begun here: the result has the peer's code", () => {
    const closing = new CloseHandshake();
    closing.onSent();
    expect([closing.sent, closing.received, closing.complete]).toEqual([true, false, false]);
    expect(closing.info).toMatchObject({ code: 1006, initiator: "local", clean: false });
    closing.onReceived(3001, "bye");
    expect(closing.complete).toBe(true);
    expect(closing.info).toMatchObject({
      code: 3001,
      reason: "bye",
      initiator: "local",
      clean: true,
    });
  });

  it("begun by the peer", () => {
    const closing = new CloseHandshake();
    closing.onReceived(1001, "going");
    expect([closing.sent, closing.received, closing.complete]).toEqual([false, true, false]);
    expect(closing.info).toMatchObject({ code: 1001, initiator: "peer", clean: false });
    closing.onSent();
    expect(closing.info).toMatchObject({ code: 1001, initiator: "peer", clean: true });
  });

  it("remembers why this side failed the connection (§7.1.7)", () => {
    const closing = new CloseHandshake();
    closing.error = new Error("broken");
    closing.onSent();
    expect(closing.info).toMatchObject({ code: 1006, clean: false, error: closing.error });
  });

  it("echoes the code, and an empty Close by an empty one (§5.5.1)", () => {
    expect(echoedCode(1000)).toBe(1000);
    expect(echoedCode(4999)).toBe(4999);
    expect(echoedCode(1005)).toBeUndefined();
  });
});
