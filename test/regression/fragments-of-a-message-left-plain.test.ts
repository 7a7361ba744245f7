import { expect, it } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";

// Where shouldCompress had refused the first fragment it was asked again for each one behind it, and
// the first that it accepted went out with RSV1 on a continuation: the peer closed with 1002.
it.each([
  ["refuses", "b", [0x01, 0x00, 0x00, 0x80]],
  ["accepts", "a", [0x41, 0x00, 0x00, 0x80]],
])(
  "shouldCompress is asked once for a message whose first fragment it %s",
  async (_, wanted, sent) => {
    const asked: unknown[] = [];
    const { ws, peer } = await compressedPair({
      compression: {
        shouldCompress: (data) => {
          asked.push(data);
          return data.includes(wanted as never);
        },
      },
    });
    await ws.sendFragments(["aaaa", "bbbb", "cccc"]);
    const first: (number | undefined)[] = [];
    for (let i = 0; i < sent.length; i++) first.push((await peer.receive())?.first);
    expect(first).toEqual(sent);
    expect(asked).toEqual(["aaaa"]);
  },
);

it("shouldCompress is asked again for the next message", async () => {
  const asked: unknown[] = [];
  const { ws } = await compressedPair({
    compression: {
      shouldCompress: (data) => {
        asked.push(data);
        return asked.length > 1;
      },
    },
  });
  await ws.sendFragments(["aaaa", "bbbb"]);
  await ws.sendFragments(["cccc", "dddd"]);
  expect(asked).toEqual(["aaaa", "cccc"]);
});
