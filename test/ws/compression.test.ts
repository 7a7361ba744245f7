import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { PerMessageDeflateOptions } from "../../src/ws/ws.ts";
import { couple, ended, nextMessage } from "./serve.ts";

describe("perMessageDeflate", () => {
  it("is off by default on a server, and on on a client", async () => {
    const off = await couple();
    expect([off.here.extensions, off.there.extensions]).toEqual(["", ""]);
    expect(off.request.headers["sec-websocket-extensions"]).toContain("permessage-deflate");
    const on = await couple({ perMessageDeflate: true });
    expect([on.here.extensions, on.there.extensions]).toEqual([
      "permessage-deflate",
      "permessage-deflate",
    ]);
  });

  it.each([
    ["its defaults", true],
    [
      "no context takeover",
      { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
    ],
    ["small windows", { serverMaxWindowBits: 9, clientMaxWindowBits: 10 }],
    ["other effort", { zlibDeflateOptions: { level: 1, memLevel: 9 } }],
  ] satisfies [string, boolean | PerMessageDeflateOptions][])(
    "carries messages with %s",
    async (_, perMessageDeflate) => {
      const { here, there } = await couple({ perMessageDeflate }, { perMessageDeflate });
      here.on("message", (data, isBinary) => here.send(data, { binary: isBinary }));
      const texts = [
        "",
        "a",
        "é".repeat(1000),
        JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i)),
      ];
      for (const text of [...texts, ...texts]) {
        const answer = nextMessage(there);
        there.send(text);
        expect((await answer) === text).toBe(true);
      }
    },
  );

  it("sends fewer bytes, but for those that are not to be compressed", async () => {
    const { here, there } = await couple({ perMessageDeflate: true });
    const socket = (there as unknown as { _socket: { bytesRead: number } })._socket;
    const bytesFor = async (options: object) => {
      const before = socket.bytesRead;
      const message = once(there, "message");
      here.send("a".repeat(10_000), options);
      await message;
      return socket.bytesRead - before;
    };
    expect(await bytesFor({})).toBeLessThan(200);
    expect(await bytesFor({ compress: false })).toBeGreaterThan(10_000);
  });

  it("is refused by the server where it cannot be as the client wants it", async () => {
    await expect(
      couple(
        { perMessageDeflate: { serverMaxWindowBits: 8, serverNoContextTakeover: false } },
        {
          perMessageDeflate: { serverNoContextTakeover: true },
        },
      ),
    ).rejects.toThrow("Unexpected server response: 400");
  });

  it("holds inflated messages to maxPayload", async () => {
    const { here, there } = await couple({ perMessageDeflate: true, maxPayload: 1000 });
    const [error, end] = [once(here, "error"), ended(there)];
    there.send("a".repeat(100_000));
    expect((await error)[0]).toMatchObject({ code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" });
    expect(await end).toEqual([1009, ""]);
  });
});
