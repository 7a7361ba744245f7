import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ArgumentError } from "../../src/index.ts";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// Who asked for the next message while somebody still read this one shared its parts with that reader, and
// one of the two took the beginning of the next message for the rest of this one.
test("a message that is left while it is read fails its reader and keeps the next whole", async () => {
  const { ws, peer } = await openPair();
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const message of ws.messages) {
      message.text().then(
        (text) => seen.push(text),
        (error: unknown) => seen.push((error as Error).constructor),
      );
    }
  })();
  peer.write(textFrame("A", { fin: false }));
  for (const part of ["B", "C"]) {
    await sleep(10);
    peer.write(rawFrame(OP.continuation, part, { fin: false }));
  }
  await sleep(10);
  peer.write(rawFrame(OP.continuation));
  await sleep(10);
  peer.write(textFrame("next"));
  await sleep(10);
  expect(seen).toEqual([ArgumentError, "next"]);
  await Promise.all([
    ws.close(),
    peer.readClose().then(() => peer.destroy()),
    reading.catch(() => {}),
  ]);
});

test("two readers of a message do not take from the next", async () => {
  const { ws, peer } = await openPair();
  const { messages } = ws;
  peer.write(textFrame("A", { fin: false }));
  const message = (await messages.next()).value!;
  const texts = Promise.all([message.text(), message.text()]);
  await sleep(10);
  peer.write(rawFrame(OP.continuation, "B", { fin: false }));
  await sleep(10);
  peer.write(rawFrame(OP.continuation), textFrame("next"));
  expect((await texts).join("").length).toBe(2);
  expect(await (await messages.next()).value!.text()).toBe("next");
});

// It resolved with the mark that stands before the parts of a message.
test("messages in parts are not begun while a whole one is waited for", async () => {
  const { ws, peer } = await openPair();
  const message = ws.receive();
  expect(() => ws.messages).toThrow(ArgumentError);
  peer.write(textFrame("wh", { fin: false }), rawFrame(OP.continuation, "ole"));
  expect(await message).toBe("whole");
});
