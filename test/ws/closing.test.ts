import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "../../src/ws/ws.ts";
import { closeFrame, OP } from "../raw-peer.ts";
import { couple, coupleRaw, dial, ended, serve } from "./serve.ts";

describe("close()", () => {
  it("tells both sides the code and the reason, and goes through CLOSING", async () => {
    const { here, there } = await couple();
    const ends = Promise.all([ended(here), ended(there)]);
    there.close(4000, "é");
    expect(there.readyState).toBe(WebSocket.CLOSING);
    expect(await ends).toEqual([
      [4000, "é"],
      [4000, "é"],
    ]);
    expect([here.readyState, there.readyState]).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
  });

  it("without a code is told as 1005", async () => {
    const { here, there } = await couple();
    const end = ended(here);
    there.close();
    expect(await end).toEqual([1005, ""]);
  });

  it("takes what may be on the wire, and nothing else", async () => {
    const { there } = await couple();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 5000, 1000.5, "1000"]) {
      expect(() => there.close(code as number), String(code)).toThrow(TypeError);
    }
    expect(() => there.close(1000, "a".repeat(124))).toThrow(RangeError);
    expect(there.readyState).toBe(WebSocket.OPEN);
    there.close(1000, "a".repeat(123));
  });

  it("comes behind the messages before it", async () => {
    const { here, there } = await couple();
    const got: string[] = [];
    here.on("message", (data) => got.push(String(data)));
    for (let i = 0; i < 100; i++) there.send(String(i));
    there.close();
    await once(here, "close");
    expect(got).toHaveLength(100);
  });

  it("waits for the peer as long as closeTimeout says", async () => {
    const { here, peer } = await coupleRaw({ closeTimeout: 50 });
    const end = ended(here);
    here.close(1000);
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.close });
    // The peer says nothing, and keeps its side open.
    expect(await end).toEqual([1006, ""]);
  });

  it("gives a peer's Close back", async () => {
    const { here, peer } = await coupleRaw();
    const end = ended(here);
    peer.write(closeFrame(3001, "x"));
    const { opcode, payload } = await peer.readFrame();
    expect([opcode, payload.readUInt16BE(0)]).toEqual([OP.close, 3001]);
    await peer.readToEnd();
    peer.socket.end();
    expect(await end).toEqual([3001, "x"]);
  });
});

describe("a connection that never opens", () => {
  it.each(["close", "terminate"] as const)(
    "because of %s() tells an error and 1006",
    async (how) => {
      const server = await serve();
      const ws = dial(server);
      const error = once(ws, "error");
      const end = ended(ws);
      ws[how]();
      expect(ws.readyState).toBe(WebSocket.CLOSING);
      const [{ message }] = await error;
      expect(message).toBe("WebSocket was closed before the connection was established");
      expect(await end).toEqual([1006, ""]);
    },
  );
});

describe("terminate()", () => {
  it("ends at once, after what was sent before", async () => {
    const { here, there } = await couple();
    const got: string[] = [];
    here.on("message", (data) => got.push(String(data)));
    const end = ended(here);
    there.send("last");
    there.terminate();
    expect(await end).toEqual([1006, ""]);
    expect(got).toEqual(["last"]);
  });

  it("is told by close events that are not clean", async () => {
    const { here, there } = await couple();
    const event = new Promise<{ wasClean: boolean }>((resolve) => {
      here.onclose = resolve;
    });
    there.terminate();
    expect((await event).wasClean).toBe(false);
  });
});
