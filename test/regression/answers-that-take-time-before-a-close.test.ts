import { expect, test } from "vitest";
import type { Connection, UpgradeRequest } from "../../src/index.ts";
import { closeFrame, OP, textFrame } from "../raw-peer.ts";
import { openPair, serve } from "../served.ts";

// A peer that asked and closed at once was answered, but not where the answer took time:
// the Close overtook a Blob, a message in fragments, and one that the thread pool compressed.
test.each<[string, (ws: Connection) => unknown]>([
  ["a Blob", (ws) => ws.send(new Blob(["answer"]))],
  ["fragments", (ws) => ws.sendFragments(["ans", "wer"])],
])("the peer's Close is answered behind %s", async (_, answer) => {
  const iterate = async (request: UpgradeRequest) => {
    const ws = request.upgrade();
    for await (const _ of ws) answer(ws);
  };
  for (const handler of [{ message: answer }, iterate]) {
    const { open } = await serve(handler, { closeTimeout: 60_000 });
    const peer = await open();
    peer.write(textFrame("question"), closeFrame(1000));
    let received = "";
    for (let frame = await peer.readFrame(); frame.opcode !== OP.close; ) {
      received += frame.payload;
      frame = await peer.readFrame();
    }
    expect(received).toBe("answer");
  }
});

test("a message without end does not keep the peer's Close from being answered", async () => {
  const { ws, peer } = await openPair({ closeTimeout: 400 }, { message() {} });
  const sent = ws.sendFragments(
    (async function* () {
      yield "begun";
      await new Promise(() => {});
    })(),
  );
  expect((await peer.readFrame()).payload.toString()).toBe("begun");
  peer.write(closeFrame(1000));
  expect(await peer.readClose()).toEqual({ code: 1000, reason: "" });
  peer.socket.end();
  expect(await ws.closed).toMatchObject({ code: 1000, clean: true, error: undefined });
  await expect(sent).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
});
