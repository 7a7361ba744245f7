import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { WebSocket } from "../../src/ws/ws.ts";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";
import { couple, coupleRaw, ended, nextMessage } from "./serve.ts";

describe("send()", () => {
  it.each([
    ["text", "é", "é"],
    ["a number, as text", 12.5, "12.5"],
    ["a Buffer", Buffer.from([1, 2]), Buffer.from([1, 2])],
    ["an ArrayBuffer", new Uint8Array([1, 2]).buffer, Buffer.from([1, 2])],
    ["a part of a typed array", new Uint16Array([1, 2, 3]).subarray(1, 2), Buffer.from([2, 0])],
    ["a DataView", new DataView(new ArrayBuffer(2), 1), Buffer.from([0])],
    ["a Blob", new Blob(["ab"]), Buffer.from("ab")],
    ["an array of bytes", [1, 2], Buffer.from([1, 2])],
    ["nothing", undefined, Buffer.alloc(0)],
  ])("takes %s", async (_, sent, received) => {
    const { here, there } = await couple();
    const message = nextMessage(here);
    there.send(sent as string);
    expect(await message).toEqual(received);
  });

  it("sends bytes as text and text as bytes where it is told to", async () => {
    const { here, there } = await couple();
    const first = nextMessage(here);
    there.send(Buffer.from("é"), { binary: false });
    expect(await first).toBe("é");
    const second = nextMessage(here);
    there.send("é", { binary: true });
    expect(await second).toEqual(Buffer.from("é"));
  });

  it("sends a message in fragments, before which and between which control frames may go", async () => {
    const { here, peer } = await coupleRaw();
    here.send("a", { fin: false });
    here.ping("p");
    here.send("b", { fin: true });
    const opcodes = [];
    for (let i = 0; i < 3; i++) opcodes.push((await peer.readFrame()).opcode);
    const ofMessage = opcodes.filter((opcode) => opcode !== OP.ping);
    expect(ofMessage).toEqual([OP.text, OP.continuation]);
  });

  it("keeps the order of a Blob and what is sent behind it", async () => {
    const { here, there } = await couple();
    const got: string[] = [];
    here.on("message", (data) => got.push(String(data)));
    there.send(new Blob(["a"]), { binary: false });
    there.send("b");
    await vi.waitFor(() => expect(got).toEqual(["a", "b"]));
  });

  it("calls back when the message is with the system, in order", async () => {
    const { there } = await couple();
    const done: string[] = [];
    await new Promise<void>((resolve) => {
      there.send("a", (error) => done.push(`a ${error}`));
      there.send("b", {}, (error) => {
        done.push(`b ${error}`);
        resolve();
      });
    });
    expect(done).toEqual(["a undefined", "b undefined"]);
  });

  it("throws before the connection is open, and tells the callback after its end", async () => {
    const { there } = await couple();
    const other = new WebSocket(there.url);
    expect(() => other.send("x")).toThrow("WebSocket is not open: readyState 0 (CONNECTING)");
    other.on("error", () => {}).terminate();
    there.terminate();
    await once(there, "close");
    const error = await new Promise<unknown>((resolve) => there.send("four", resolve));
    expect(String(error)).toBe("Error: WebSocket is not open: readyState 3 (CLOSED)");
    expect(there.bufferedAmount).toBe(4);
  });
});

describe("what comes", () => {
  it("is a Buffer for text too, and says which it was", async () => {
    const { here, there } = await couple();
    const first = once(here, "message");
    there.send("é");
    expect(await first).toEqual([Buffer.from("é"), false]);
    const second = once(here, "message");
    there.send(Buffer.from([1]));
    expect(await second).toEqual([Buffer.from([1]), true]);
  });

  it.each([
    ["arraybuffer", new Uint8Array([1, 2]).buffer],
    ["fragments", [Buffer.from([1, 2])]],
  ] as const)("has binaryType %s", async (type, expected) => {
    const { here, there } = await couple();
    here.binaryType = type;
    const message = nextMessage(here);
    there.send(Buffer.from([1, 2]));
    expect(await message).toEqual(expected);
  });

  it("has binaryType blob, and takes no other name", async () => {
    const { here, there } = await couple();
    here.binaryType = "blob" as "nodebuffer";
    here.binaryType = "nonsense" as "nodebuffer";
    expect(here.binaryType).toBe("blob");
    const message = nextMessage(here);
    there.send(Buffer.from("ab"));
    expect(await ((await message) as Blob).text()).toBe("ab");
  });

  it("waits while it is paused", async () => {
    const { here, there } = await couple();
    const got: string[] = [];
    here.on("message", (data) => got.push(String(data)));
    here.pause();
    expect(here.isPaused).toBe(true);
    await new Promise((resolve) => there.send("a", resolve));
    there.ping();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(got).toEqual([]);
    here.resume();
    await vi.waitFor(() => expect(got).toEqual(["a"]));
  });

  it("comes one event a turn with allowSynchronousEvents: false", async () => {
    const { here, peer } = await coupleRaw({ allowSynchronousEvents: false });
    const turns: number[] = [];
    let turn = 0;
    const count = () => {
      turn++;
      if (turns.length < 3) setImmediate(count);
    };
    setImmediate(count);
    here.on("message", () => turns.push(turn));
    peer.write(textFrame("a"), textFrame("b"), textFrame("c"));
    await vi.waitFor(() => expect(turns).toHaveLength(3));
    expect(new Set(turns).size).toBe(3);
  });
});

describe("events of the web", () => {
  it("are given to listeners and attributes, with what ws has in them", async () => {
    const { here, there } = await couple();
    const got: unknown[] = [];
    there.onmessage = ({ type, data, target }) => got.push([type, data, target === there]);
    there.addEventListener("message", {
      handleEvent: ({ data }: { data: unknown }) => got.push(data),
    } as never);
    there.addEventListener(
      "close",
      ({ code, reason, wasClean }) => got.push([code, reason, wasClean]),
      {
        once: true,
      },
    );
    here.send("text");
    here.send(Buffer.from([1]));
    here.close(4000, "bye");
    await once(there, "close");
    expect(got).toEqual([
      ["message", "text", true],
      "text",
      ["message", Buffer.from([1]), true],
      Buffer.from([1]),
      [4000, "bye", true],
    ]);
  });

  it("do not go to a listener that was removed", async () => {
    const { here, there } = await couple();
    const listener = vi.fn();
    there.addEventListener("message", listener);
    there.removeEventListener("message", listener);
    there.onmessage = listener;
    there.onmessage = null;
    expect(there.onmessage).toBeNull();
    const message = nextMessage(there);
    here.send("x");
    await message;
    expect(listener).not.toHaveBeenCalled();
  });
});

describe("ping() and pong()", () => {
  it("are told with their payload, and a Ping is answered", async () => {
    const { here, there } = await couple();
    const [ping, pong] = [once(here, "ping"), once(there, "pong")];
    there.ping("é");
    expect(await ping).toEqual([Buffer.from("é")]);
    expect(await pong).toEqual([Buffer.from("é")]);
  });

  it("leave the answer to the program with autoPong: false", async () => {
    const { here, peer } = await coupleRaw({ autoPong: false });
    const pinged = once(here, "ping");
    peer.write(rawFrame(OP.ping, "a"));
    await pinged;
    here.pong("mine");
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.pong, payload: Buffer.from("mine") });
  });

  it("take 125 bytes", async () => {
    const { there } = await couple();
    there.ping("a".repeat(125));
    expect(() => there.ping("a".repeat(126))).toThrow(RangeError);
  });
});

describe("a mistake of the peer", () => {
  it.each([
    ["an unmasked frame", rawFrame(OP.text, "a", { masked: false }), "WS_ERR_EXPECTED_MASK", 1002],
    ["a reserved bit", rawFrame(OP.text, "a", { reserved: 2 }), "WS_ERR_UNEXPECTED_RSV_2_3", 1002],
    [
      "compression that was not agreed upon",
      rawFrame(OP.text, "a", { reserved: 4 }),
      "WS_ERR_UNEXPECTED_RSV_1",
      1002,
    ],
    ["an unknown opcode", rawFrame(3), "WS_ERR_INVALID_OPCODE", 1002],
    ["a fragmented Ping", rawFrame(OP.ping, "", { fin: false }), "WS_ERR_EXPECTED_FIN", 1002],
    [
      "a long Ping",
      rawFrame(OP.ping, "a".repeat(126)),
      "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
      1002,
    ],
    [
      "a close code that is none",
      rawFrame(OP.close, Buffer.from([3, 237])),
      "WS_ERR_INVALID_CLOSE_CODE",
      1002,
    ],
    ["text that is not UTF-8", rawFrame(OP.text, Buffer.from([0xff])), "WS_ERR_INVALID_UTF8", 1007],
    [
      "a message that is too long",
      textFrame("a".repeat(11)),
      "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
      1009,
    ],
  ] as const)("is told with the code of ws and closes: %s", async (_, bytes, code, closeCode) => {
    const { here, peer } = await coupleRaw({ maxPayload: 10 });
    const [error, end] = [once(here, "error"), ended(here)];
    peer.write(bytes);
    expect(await error).toEqual([expect.objectContaining({ code })]);
    expect(await peer.readClose()).toMatchObject({ code: closeCode });
    peer.destroy();
    expect(await end).toEqual([1006, ""]);
    expect(here.readyState).toBe(WebSocket.CLOSED);
  });

  it("does not end the process where nobody listens for errors", async () => {
    const { here, peer } = await coupleRaw();
    const end = ended(here);
    peer.write(rawFrame(3));
    peer.socket.end();
    expect(await end).toEqual([1006, ""]);
  });

  it("is let pass by skipUTF8Validation where it is one of text", async () => {
    const { here, peer } = await coupleRaw({ skipUTF8Validation: true });
    const message = once(here, "message");
    peer.write(rawFrame(OP.text, Buffer.from([0xff])));
    expect(await message).toEqual([Buffer.from([0xff]), false]);
  });
});
