import { expect, it } from "vitest";
import { ArgumentError, Server } from "../../src/index.ts";
import { compressedPair } from "../compression/compressed-peer.ts";
import { textFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

/** An Express app is a function with `on`, whose `upgrade` nobody emits. */
const app = Object.assign(() => {}, { on: () => {} });

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

// These were TypeErrors of V8, did nothing (`new Server(5)`, an Express app), or came late:
// `tls: true` was a server with which no TLS handshake could succeed.
it.each<[string, () => unknown, RegExp]>([
  [
    "new Server(null)",
    () => new Server(null as never),
    /Server takes an object of options .*; got null/,
  ],
  ["new Server(5)", () => new Server(5 as never), /Server takes an object of options .*; got 5/],
  ["shutdown(5)", () => new Server().shutdown(5 as never), /shutdown takes .*; got 5/],
  ["attach({})", () => new Server().attach({} as never), /attach takes a server of node:http/],
  ["attach(app)", () => new Server().attach(app as never), /attach takes .*app\.listen\(\)/],
  ["broadcast(Blob)", () => new Server().broadcast(new Blob([]) as never), /got a Blob/],
  ["broadcast to one", () => new Server().broadcast("", {} as never), /iterable of connections/],
  ["a limit of text", () => new Server({ maxFragments: "5" as never }), /got a string/],
])("%s is an ArgumentError", (_name, call, why) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(why);
});

it.each<[unknown, RegExp]>([
  ["8199", /port as a number; got a string/],
  [{ port: 0, tls: true }, /tls is an object/],
])("listen(%j) rejects with an ArgumentError", async (target, why) => {
  const listening = new Server().listen(target as never);
  await expect(listening).rejects.toThrow(ArgumentError);
  await expect(listening).rejects.toThrow(why);
});

it.each([{ signal: 5 }, { sigal: undefined }])("receive(%j) is an ArgumentError", async (wrong) => {
  const { ws, peer } = await openPair();
  await expect(ws.receive(wrong as never)).rejects.toThrow(ArgumentError);
  peer.write(textFrame("next"));
  expect(await ws.receive()).toBe("next");
});

// These rejected with a TypeError of V8 about Symbol(Symbol.asyncIterator).
it.each([undefined, null, 5, {}])("sendFragments(%s) is an ArgumentError", async (fragments) => {
  const { ws, peer } = await openPair();
  expect(() => void ws.sendFragments(fragments as never)).toThrow(ArgumentError);
  ws.send("next");
  expect(await peer.readText()).toBe("next");
});
