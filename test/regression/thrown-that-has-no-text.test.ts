import { once } from "node:events";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { textFrame } from "../raw-peer.ts";
import { openPair, serve, uncaughtErrors } from "../served.ts";

// What a handler throws becomes the error of its connection. An object that String() does not take, since it
// has no prototype, made another error there, which ended the process where a promise had rejected with it.
const textless: object = Object.create(null);

test("a handler object may reject with an object that has no text", async () => {
  const uncaught = uncaughtErrors();
  const { ws, peer, errors } = await openPair({}, { message: () => Promise.reject(textless) });
  peer.write(textFrame("hello"));
  expect((await peer.readClose()).code).toBe(1011);
  peer.destroy();
  expect((await ws.closed).error).toBeInstanceOf(Error);
  expect(errors).toEqual([textless]);
  expect(uncaught).toEqual([]);
});

test("so may that of a client", async () => {
  const uncaught = uncaughtErrors();
  const warned = once(process, "warning");
  const { address } = await serve({ open: (ws) => ws.send("hello") });
  const handler = { message: () => Promise.reject(textless) };
  const ws = await connect(address.url, { handler });
  expect((await ws.closed).error).toBeInstanceOf(Error);
  expect(await warned).toHaveLength(1);
  expect(uncaught).toEqual([]);
});
