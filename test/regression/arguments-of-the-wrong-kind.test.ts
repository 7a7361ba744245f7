import { expect, it } from "vitest";
import { ArgumentError } from "../../src/index.ts";
import { compressedPair } from "../node/compressed-peer.ts";
import { openPair } from "../node/served.ts";

// Where compression was agreed upon the size of the data was asked for before its kind was checked:
// a TypeError of V8 about 'byteLength'.
it.each([null, undefined])("send(%s) with compression is an ArgumentError", async (data) => {
  const { ws, peer } = await compressedPair();
  expect(() => ws.send(data as never)).toThrow(ArgumentError);
  ws.send("next");
  expect(String((await peer.receive())?.payload)).toBe("next");
});

// These reached Buffer.byteLength and a template string, which throw errors of Node and V8.
it.each([
  [1000, 5, /reason is a string; got number/],
  [1000, null, /reason is a string; got object/],
  [1000, Buffer.from("bye"), /reason is a string; got object/],
  [Symbol("code"), "", /close code is .* got symbol/],
  [Object.create(null), "", /close code is .* got object/],
])(
  "close() with what is no code or no reason is an ArgumentError (%#)",
  async (code, reason, why) => {
    const { ws, peer } = await openPair();
    const close = () => void ws.close(code as never, reason as never);
    expect(close).toThrow(ArgumentError);
    expect(close).toThrow(why);
    ws.send("next");
    expect(await peer.readText()).toBe("next");
  },
);

// These rejected with a TypeError of V8 about Symbol(Symbol.asyncIterator).
it.each([undefined, null, 5, {}])("sendFragments(%s) is an ArgumentError", async (fragments) => {
  const { ws, peer } = await openPair();
  expect(() => void ws.sendFragments(fragments as never)).toThrow(ArgumentError);
  ws.send("next");
  expect(await peer.readText()).toBe("next");
});
