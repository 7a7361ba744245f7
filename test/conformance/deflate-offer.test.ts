import { describe, expect, it } from "vitest";
import { chooseAnswer, meets, offerField } from "../../src/conformance/opening/deflate-offer.ts";

const plain = { noTakeover: false, bits: 0 };
const any = { ownNoTakeover: false, ownBits: 15, peerNoTakeover: false, peerBits: 15 };
const offer = (...names: readonly (readonly [string, string?])[]) => ({
  name: "permessage-deflate",
  parameters: names.map(([name, value]) => [name, value] as const),
});

describe("a direction of the judge's own", () => {
  it("is offered as it is, and both parameters where there is none", () => {
    const field = (own: { takeover?: boolean; bits?: number }) => offerField([{ ...plain, own }]);
    expect(offerField([plain])).toBe(
      "permessage-deflate; client_no_context_takeover; client_max_window_bits",
    );
    expect(field({})).toBe("permessage-deflate");
    expect(field({ takeover: true, bits: 15 })).toBe("permessage-deflate");
    expect(field({ takeover: false })).toBe("permessage-deflate; client_no_context_takeover");
    expect(field({ bits: 9 })).toBe("permessage-deflate; client_max_window_bits=9");
  });

  it("is announced to clients, by an offer that allows it", () => {
    const wishes = [{ ...plain, own: { takeover: false, bits: 12 } }];
    const small = offer(["server_max_window_bits", "10"]);
    expect(chooseAnswer(wishes, [small])).toBe(undefined);
    const answer = chooseAnswer(wishes, [small, offer()]);
    expect(answer?.field).toBe(
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
    );
    expect(answer?.parameters).toEqual({ ...any, ownNoTakeover: true, ownBits: 12 });
  });

  it("is met by what was agreed, or not", () => {
    expect(meets([plain], { ...any, ownNoTakeover: true, ownBits: 9 })).toBe(true);
    const takeover = [{ ...plain, own: { takeover: true } }];
    expect(meets(takeover, any)).toBe(true);
    expect(meets(takeover, { ...any, ownNoTakeover: true })).toBe(false);
    const none = [{ ...plain, own: { takeover: false } }];
    expect(meets(none, any)).toBe(false);
    expect(meets(none, { ...any, ownNoTakeover: true })).toBe(true);
    const window = [{ ...plain, own: { bits: 9 } }];
    expect(meets(window, any)).toBe(false);
    expect(meets(window, { ...any, ownBits: 9 })).toBe(true);
  });

  it("comes with what was asked of the peer", () => {
    const wishes = [{ noTakeover: true, bits: 9, own: {} }];
    expect(meets(wishes, any)).toBe(false);
    expect(meets(wishes, { ...any, peerNoTakeover: true })).toBe(false);
    expect(meets(wishes, { ...any, peerNoTakeover: true, peerBits: 8 })).toBe(true);
  });
});
