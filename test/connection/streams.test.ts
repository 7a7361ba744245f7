import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { closeFrame, OP, rawFrame, textFrame } from "../raw-peer.ts";
import { openPair, serve, until } from "../served.ts";

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

describe("toDuplex", () => {
  it("pipes bytes both ways, byte for byte, with back-pressure", async () => {
    const { address } = await serve(async (request) => {
      const stream = request.upgrade().toDuplex();
      await pipeline(stream, new PassThrough(), stream).catch(() => {});
    });
    const ws = await connect(address.url);
    const stream = ws.toDuplex();
    const sent = Buffer.concat(Array.from({ length: 300 }, (_, i) => Buffer.alloc(10_000, i)));
    const source = Readable.from(chunksOf(sent));
    source.pipe(stream, { end: false });
    const received: Buffer[] = [];
    for (let length = 0; length < sent.length; ) {
      const [chunk] = (await once(stream, "data")) as [Buffer];
      received.push(chunk);
      length += chunk.length;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    stream.end();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true });
  });

  it("keeps the borders and types of messages in object mode", async () => {
    const { ws, peer } = await openPair();
    const stream = ws.toDuplex({ readableObjectMode: true, decodeStrings: false });
    peer.write(textFrame("text"), textFrame(""), rawFrame(OP.binary, Buffer.from([1, 2])));
    const messages: unknown[] = [];
    for await (const message of stream) {
      messages.push(message);
      if (messages.length === 3) break;
    }
    expect(messages).toEqual(["text", "", Buffer.from([1, 2])]);
  });

  it("passes empty messages over where there are bytes only", async () => {
    const { ws, peer } = await openPair();
    const stream = ws.toDuplex();
    peer.write(textFrame(""), rawFrame(OP.binary), textFrame("a"), closeFrame(1000));
    peer.socket.end();
    const chunks: unknown[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([Buffer.from("a")]);
  });

  it("closes with 1000 when it is ended, behind what was written", async () => {
    const { ws, peer } = await openPair();
    const stream = ws.toDuplex({ decodeStrings: false });
    stream.end("last");
    expect(await peer.readText()).toBe("last");
    expect(await peer.readClose()).toEqual({ code: 1000, reason: "" });
    peer.write(closeFrame(1000));
    peer.socket.end();
    stream.resume();
    await once(stream, "close");
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true });
  });

  it("ends with the connection, and fails where that fails", async () => {
    const { ws, peer } = await openPair();
    const stream = ws.toDuplex();
    stream.resume();
    peer.write(closeFrame(3001, "no more"));
    peer.socket.end();
    const [error] = await once(stream, "error");
    expect(error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 3001 });
    await ws.closed;
  });

  it("terminates the connection when it is destroyed", async () => {
    const { ws, peer } = await openPair();
    ws.toDuplex().destroy();
    expect((await peer.readToEnd()).length).toBe(0);
    expect(await ws.closed).toMatchObject({ code: 1006 });
  });

  it("holds up who writes, and the peer that writes to who does not read", async () => {
    const { ws, peer } = await openPair();
    const stream = ws.toDuplex();
    peer.socket.pause();
    let written = 0;
    while (stream.write(Buffer.alloc(100_000)) && ++written < 1000);
    await until(() => stream.writableNeedDrain);
    peer.socket.resume();
    await once(stream, "drain");
    stream.destroy();
  });

  it("is not had where a handler object gets the messages", async () => {
    const { ws } = await openPair({}, { message() {} });
    expect(() => ws.toDuplex()).toThrow("handler object");
  });
});

describe("readable and writable", () => {
  it("echo through web streams", async () => {
    const { address } = await serve(async (request) => {
      const ws = request.upgrade();
      await ws.readable.pipeTo(ws.writable);
    });
    const ws = await connect(address.url);
    expect(ws.readable).toBe(ws.readable);
    expect(ws.writable).toBe(ws.writable);
    const writer = ws.writable.getWriter();
    await writer.write("a");
    await writer.write(Buffer.from("b"));
    const reader = ws.readable.getReader();
    expect((await reader.read()).value).toBe("a");
    expect((await reader.read()).value).toEqual(Buffer.from("b"));
    await writer.close();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true });
    expect((await reader.read()).done).toBe(true);
  });

  it("close when they are cancelled, terminate when they are aborted, fail with the connection", async () => {
    const cancelled = await openPair();
    const done = cancelled.ws.readable.cancel();
    expect((await cancelled.peer.readClose()).code).toBe(1000);
    cancelled.peer.write(closeFrame(1000));
    cancelled.peer.socket.end();
    await done;
    const aborted = await openPair();
    await aborted.ws.writable.abort();
    expect(await aborted.ws.closed).toMatchObject({ code: 1006 });
    const failed = await openPair();
    failed.peer.write(closeFrame(3001));
    failed.peer.socket.end();
    await expect(failed.ws.readable.getReader().read()).rejects.toMatchObject({ closeCode: 3001 });
  });
});
