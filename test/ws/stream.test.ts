import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, expect, it, vi } from "vitest";
import { createWebSocketStream, WebSocket } from "../../src/ws/ws.ts";
import { couple, dial, ended, nextMessage, serve } from "./serve.ts";

describe("createWebSocketStream()", () => {
  it("carries bytes both ways, and ends with the connection", async () => {
    const { here, there } = await couple();
    const [server, client] = [createWebSocketStream(here), createWebSocketStream(there)];
    const echo = pipeline(server, server);
    const content = Array.from({ length: 100 }, (_, i) => String(i).repeat(5000));
    const received = text(client);
    for (const part of content) client.write(part);
    client.end();
    expect((await received) === content.join("")).toBe(true);
    await echo;
    expect([here.readyState, there.readyState]).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
  });

  it("takes what is written before the connection is open", async () => {
    const server = await serve();
    const accepted = once(server, "connection");
    const stream = createWebSocketStream(dial(server));
    stream.write("early");
    const [ws] = await accepted;
    expect(await nextMessage(ws)).toEqual(Buffer.from("early"));
    stream.destroy();
  });

  it("gives a string for each text with readableObjectMode", async () => {
    const { here, there } = await couple();
    const stream = createWebSocketStream(there, { readableObjectMode: true });
    here.send("a");
    here.send(Buffer.from([1]));
    const got: unknown[] = [];
    stream.on("data", (chunk) => got.push(chunk));
    await vi.waitFor(() => expect(got).toEqual(["a", Buffer.from([1])]));
    stream.destroy();
  });

  it("pauses the connection while nobody reads, and loses nothing", async () => {
    const { here, there } = await couple();
    const stream = createWebSocketStream(there);
    for (let i = 0; i < 64; i++) here.send(Buffer.alloc(64 * 1024, i));
    await vi.waitFor(() => expect(there.isPaused).toBe(true));
    here.close();
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.length;
    expect(bytes).toBe(64 * 64 * 1024);
    expect(there.isPaused).toBe(false);
  });

  it("terminates the connection when it is destroyed", async () => {
    const { here, there } = await couple();
    const end = ended(here);
    createWebSocketStream(there).destroy();
    expect(await end).toEqual([1006, ""]);
  });

  it("errors for a write when the connection is on its way out", async () => {
    const { there } = await couple();
    const stream = createWebSocketStream(there);
    there.close();
    const error = once(stream, "error");
    stream.write("late");
    expect(String(await error)).toBe("Error: WebSocket is not open: readyState 2 (CLOSING)");
  });

  it("errors where the connection does", async () => {
    const server = await serve({ maxPayload: 10 });
    const accepted = once(server, "connection");
    const ws = dial(server);
    const opened = once(ws, "open");
    const [here] = await accepted;
    const stream = createWebSocketStream(here);
    const error = once(stream, "error");
    await opened;
    ws.send("a".repeat(11));
    expect((await error)[0]).toMatchObject({ code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" });
  });
});
