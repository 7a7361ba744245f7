import { expect, it } from "vitest";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";
import { deferred, openPair, until } from "../served.ts";

it("a handler object is told of Pings and Pongs, with payloads of its own", async () => {
  const seen: [string, Buffer][] = [];
  const { peer } = await openPair(
    {},
    {
      ping: (_, payload) => void seen.push(["ping", payload]),
      pong: (_, payload) => void seen.push(["pong", payload]),
    },
  );
  peer.write(rawFrame(OP.ping, "1"), rawFrame(OP.pong, "2"));
  // Answered as ever.
  expect((await peer.readFrame()).opcode).toBe(OP.pong);
  await until(() => seen.length === 2);
  peer.write(rawFrame(OP.ping, "another"));
  await until(() => seen.length === 3);
  expect(seen.map(([what, payload]) => `${what} ${payload}`)).toEqual([
    "ping 1",
    "pong 2",
    "ping another",
  ]);
});

it("without one there are listeners, which can be taken away", async () => {
  const { ws, peer } = await openPair();
  const seen: string[] = [];
  const stop = ws.onPing((payload) => seen.push(`ping ${payload}`));
  ws.onPing((payload) => seen.push(`again ${payload}`));
  ws.onPong((payload) => seen.push(`pong ${payload}`));
  peer.write(rawFrame(OP.ping, "1"));
  await until(() => seen.length === 2);
  stop();
  peer.write(rawFrame(OP.ping, "2"), rawFrame(OP.pong, "3"));
  await until(() => seen.length === 4);
  expect(seen).toEqual(["ping 1", "again 1", "again 2", "pong 3"]);
  expect(() => ws.onPing("no function" as never)).toThrow("a listener is a function");
});

it("what a listener throws closes its connection with 1011", async () => {
  const { ws, peer, errors } = await openPair();
  ws.onPong(() => Promise.reject(new Error("a bug")));
  peer.write(rawFrame(OP.pong));
  expect((await peer.readClose()).code).toBe(1011);
  expect(errors).toMatchObject([{ message: "a bug" }]);
});

// Whoever authenticated in an async `open` was open to the world before.
it("no message is delivered before an async open has ended", async () => {
  const opened = deferred();
  const seen: string[] = [];
  const { peer } = await openPair(
    {},
    {
      async open() {
        await opened.promise;
        seen.push("open");
      },
      message: (_, data) => void seen.push(data as string),
      ping: () => void seen.push("ping"),
    },
  );
  peer.write(textFrame("a"), rawFrame(OP.ping), textFrame("b"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toEqual([]);
  opened.resolve();
  await until(() => seen.length === 4);
  expect(seen).toEqual(["open", "a", "ping", "b"]);
});

it("an async open that rejects closes with 1011, and no message is delivered", async () => {
  const seen: unknown[] = [];
  const { peer, errors } = await openPair(
    {},
    {
      open: () => Promise.reject(new Error("who are you?")),
      message: (_, data) => void seen.push(data),
    },
  );
  peer.write(textFrame("a"));
  expect((await peer.readClose()).code).toBe(1011);
  expect([seen, errors.length]).toEqual([[], 1]);
});
