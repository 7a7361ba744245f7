import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExtensions } from "../../src/extensions/header.ts";
import {
  acceptDeflate,
  checkDeflateAnswer,
  type DeflateWishes,
  offerDeflate,
} from "../../src/extensions/permessage-deflate.ts";

const WISHES: DeflateWishes = {
  windowBits: 12,
  sendContextTakeover: true,
  receiveContextTakeover: true,
};
const NAME = "permessage-deflate";

function accept(offer: string, wishes: Partial<DeflateWishes> = {}) {
  return acceptDeflate(parseExtensions(offer)!, { ...WISHES, ...wishes });
}

function answer(value: string, wishes: Partial<DeflateWishes> = {}) {
  return checkDeflateAnswer(parseExtensions(value)!, { ...WISHES, ...wishes });
}

describe("a server", () => {
  test.each([
    // Offer, the server's bits, answer.
    [NAME, 15, NAME],
    [NAME, 12, `${NAME}; server_max_window_bits=12`],
    [`${NAME}; client_max_window_bits`, 15, NAME],
    [
      `${NAME}; client_max_window_bits`,
      12,
      `${NAME}; server_max_window_bits=12; client_max_window_bits=12`,
    ],
    [
      `${NAME}; client_max_window_bits=10`,
      12,
      `${NAME}; server_max_window_bits=12; client_max_window_bits=10`,
    ],
    [`${NAME}; client_max_window_bits=15`, 15, NAME],
    [`${NAME}; server_max_window_bits=8`, 12, `${NAME}; server_max_window_bits=8`],
    [`${NAME}; server_max_window_bits=15`, 15, `${NAME}; server_max_window_bits=15`],
    [`${NAME}; server_max_window_bits="10"`, 15, `${NAME}; server_max_window_bits=10`],
    [`${NAME}; server_no_context_takeover`, 15, `${NAME}; server_no_context_takeover`],
    [`${NAME}; client_no_context_takeover`, 15, `${NAME}; client_no_context_takeover`],
    [`foo, , ${NAME}, bar`, 15, NAME],
  ])("answers %s (%i bits)", (offer, windowBits, extensions) => {
    expect(accept(offer, { windowBits })?.extensions).toBe(extensions);
  });

  test("restricts itself and the client as it wishes", () => {
    expect(
      accept(NAME, { windowBits: 15, sendContextTakeover: false, receiveContextTakeover: false }),
    ).toEqual({
      send: { windowBits: 15, contextTakeover: false },
      receive: { windowBits: 15, contextTakeover: false },
      extensions: `${NAME}; server_no_context_takeover; client_no_context_takeover`,
    });
  });

  test("must keep a whole window for a client that cannot limit its own", () => {
    expect(accept(NAME)).toMatchObject({ send: { windowBits: 12 }, receive: { windowBits: 15 } });
  });

  test.each([
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=1e1",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=x",
    "server_no_context_takeover=true",
    'client_no_context_takeover="1"',
    "client_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits=10; server_max_window_bits=10",
    "SERVER_NO_CONTEXT_TAKEOVER",
    "foo",
    "foo=1",
  ])("declines %s, and takes the next offer", (params) => {
    expect(accept(`${NAME}; ${params}`)).toBeUndefined();
    expect(accept(`${NAME}; ${params}, ${NAME}; server_no_context_takeover`)?.send).toEqual({
      windowBits: 12,
      contextTakeover: false,
    });
  });

  test("takes the first offer that it can", () => {
    const offers = `x-deflate, ${NAME}; server_max_window_bits=9, ${NAME}`;
    expect(accept(offers)?.send.windowBits).toBe(9);
    expect(accept("x-webkit-deflate-frame")).toBeUndefined();
  });
});

describe("a client", () => {
  test("offers what it wishes, and second what any server can do", () => {
    expect(offerDeflate(WISHES)).toBe(
      `${NAME}; client_max_window_bits=12; server_max_window_bits=12, ${NAME}; client_max_window_bits`,
    );
    expect(offerDeflate({ ...WISHES, windowBits: 15 })).toBe(`${NAME}; client_max_window_bits`);
    expect(
      offerDeflate({ windowBits: 15, sendContextTakeover: false, receiveContextTakeover: false }),
    ).toBe(
      `${NAME}; server_no_context_takeover; client_no_context_takeover; client_max_window_bits`,
    );
  });

  test.each([
    [NAME, { windowBits: 12, contextTakeover: true }, { windowBits: 15, contextTakeover: true }],
    [
      `${NAME}; server_max_window_bits=9; client_max_window_bits=8`,
      { windowBits: 8, contextTakeover: true },
      { windowBits: 9, contextTakeover: true },
    ],
    [
      `${NAME}; client_max_window_bits=15`,
      { windowBits: 12, contextTakeover: true },
      { windowBits: 15, contextTakeover: true },
    ],
    [
      `${NAME}; server_no_context_takeover; client_no_context_takeover`,
      { windowBits: 12, contextTakeover: false },
      { windowBits: 15, contextTakeover: false },
    ],
  ])("takes %s", (value, send, receive) => {
    expect(answer(value)).toEqual({ send, receive });
  });

  test("goes without where the server has accepted nothing", () => {
    expect(checkDeflateAnswer([], WISHES)).toBeUndefined();
  });

  test.each([
    ["foo", "was not offered"],
    [`${NAME}, foo`, "was not offered"],
    [`${NAME}, ${NAME}`, "more than once"],
    [`${NAME}; foo`, "foo"],
    [`${NAME}; server_max_window_bits`, "server_max_window_bits"],
    [`${NAME}; server_max_window_bits=16`, "server_max_window_bits"],
    [`${NAME}; client_max_window_bits`, "without a value"],
    [`${NAME}; client_max_window_bits=7`, "client_max_window_bits"],
    [`${NAME}; server_no_context_takeover=1`, "server_no_context_takeover"],
    [`${NAME}; server_no_context_takeover; server_no_context_takeover`, "twice"],
  ])("fails the connection for %s", (value, message) => {
    expect(answer(value)).toEqual(expect.stringContaining(message));
  });

  test("fails the connection where the server has kept the takeover that was asked off", () => {
    expect(answer(NAME, { receiveContextTakeover: false })).toEqual(
      expect.stringContaining("lacks server_no_context_takeover"),
    );
  });
});

test("both sides always agree", () => {
  const wishes = fc.record({
    windowBits: fc.integer({ min: 8, max: 15 }),
    sendContextTakeover: fc.boolean(),
    receiveContextTakeover: fc.boolean(),
  });
  fc.assert(
    fc.property(wishes, wishes, (client, server) => {
      const accepted = acceptDeflate(parseExtensions(offerDeflate(client))!, server)!;
      const agreed = checkDeflateAnswer(parseExtensions(accepted.extensions)!, client);
      if (typeof agreed !== "object") throw new Error(agreed);
      expect(agreed.receive).toEqual(accepted.send);
      expect(agreed.send).toEqual(accepted.receive);
      expect(agreed.send.windowBits).toBeLessThanOrEqual(
        Math.min(client.windowBits, server.windowBits),
      );
    }),
  );
});
