import { type ChannelListener, subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import type { ConnectEvent } from "../../src/client/diagnostics.ts";
import { accepting, answering, failure, Opened } from "./raw-server.ts";

const CHANNELS = ["start", "end", "error"].map((name) => `barewire:connect:${name}`);

let opened: Opened;
/** What was published, with a copy of the object as it was then. */
let published: { channel: string; event: ConnectEvent; copy: ConnectEvent }[];
const listener: ChannelListener = (message, name) => {
  const event = message as ConnectEvent;
  published.push({ channel: String(name), event, copy: { ...event } });
};
beforeEach(() => {
  opened = new Opened();
  published = [];
  for (const channel of CHANNELS) subscribe(channel, listener);
});
afterEach(async () => {
  for (const channel of CHANNELS) unsubscribe(channel, listener);
  await opened.close();
});

describe("the diagnostics channels of connect()", () => {
  it("say when an attempt begins and which connection it has led to, by one object", async () => {
    const port = await opened.tcp(answering(accepting));
    const ws = await connect(`ws://me:secret@127.0.0.1:${port}/a?token=secret`);
    const url = `ws://127.0.0.1:${port}/a`;
    expect(published.map(({ channel, copy }) => [channel, copy])).toEqual([
      ["barewire:connect:start", { url }],
      ["barewire:connect:end", { url, connection: ws }],
    ]);
    expect(published[0]?.event).toBe(published[1]?.event);
    ws.terminate();
  });

  it("say with which error an attempt has failed", async () => {
    const port = await opened.tcp(answering(() => "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"));
    const error = await failure(`ws://127.0.0.1:${port}/`);
    const url = `ws://127.0.0.1:${port}/`;
    expect(published.map(({ channel, copy }) => [channel, copy])).toEqual([
      ["barewire:connect:start", { url }],
      ["barewire:connect:error", { url, error }],
    ]);
  });

  it("say nothing of arguments that are wrong", async () => {
    await expect(connect("ws://a/#b")).rejects.toThrow("fragment");
    expect(published).toEqual([]);
  });

  it("work for who listens to one of them alone", async () => {
    unsubscribe(CHANNELS[0]!, listener);
    unsubscribe(CHANNELS[2]!, listener);
    const port = await opened.tcp(answering(accepting));
    (await connect(new URL(`ws://127.0.0.1:${port}/`))).terminate();
    expect(published.map(({ channel }) => channel)).toEqual(["barewire:connect:end"]);
  });
});
