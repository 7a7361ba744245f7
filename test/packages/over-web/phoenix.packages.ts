import { RealtimeClient } from "@supabase/realtime-js";
import { Socket } from "phoenix";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../../src/index.ts";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

/** A message of Phoenix's channels, as it stands in the JSON of protocol 2. */
type ChannelMessage = [
  join: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: unknown,
];

/** How messages are written: protocol 2 has arrays, protocol 1 objects. */
interface Format {
  parse(text: string): ChannelMessage;
  write(message: ChannelMessage): string;
}

const PROTOCOL_2: Format = { parse: JSON.parse, write: JSON.stringify };

const PROTOCOL_1: Format = {
  parse(text) {
    const { join_ref = null, ref, topic, event, payload } = JSON.parse(text);
    return [join_ref, ref, topic, event, payload];
  },
  write: ([join_ref, ref, topic, event, payload]) =>
    JSON.stringify({ join_ref, ref, topic, event, payload }),
};

/** A server of Phoenix's channels: it takes everybody in, and gives what is pushed to all of the topic. */
async function serveChannels(path: string, { parse, write }: Format): Promise<string> {
  const members = new Map<string, Set<Connection>>();
  const { server, address } = await serve(undefined);
  server.handle(path, {
    message(ws, data) {
      const [join, ref, topic, event, payload] = parse(data as string);
      const reply = { status: "ok", response: { postgres_changes: [] } };
      ws.send(write([join, ref, topic, "phx_reply", reply]));
      if (event === "phx_join") members.set(topic, new Set(members.get(topic)).add(ws));
      else if (!event.startsWith("phx_") && topic !== "phoenix") {
        for (const member of members.get(topic) ?? []) {
          member.send(write([null, null, topic, event, payload]));
        }
      }
    },
  });
  return address.url;
}

describe("phoenix", () => {
  it("joins a channel, and hears what another pushes to it", async () => {
    const url = await serveChannels("/socket/websocket", PROTOCOL_2);
    const sockets = [0, 1].map(
      () => new Socket(`${url}/socket`, { transport: WebSocket as never }),
    );
    const channels = sockets.map((socket) => {
      socket.connect();
      onTestFinished(() => new Promise((resolve) => socket.disconnect(() => resolve())));
      return socket.channel("room:lobby", {});
    });
    const [ann, bob] = channels as [(typeof channels)[0], (typeof channels)[0]];
    await Promise.all(
      channels.map(
        (channel) =>
          new Promise((resolve, reject) =>
            channel.join().receive("ok", resolve).receive("error", reject),
          ),
      ),
    );
    const heard = new Promise((resolve) => bob.on("said", resolve));
    ann.push("said", { text: "hello" });
    expect(await heard).toEqual({ text: "hello" });
  });
});

describe("@supabase/realtime-js", () => {
  it("subscribes to a channel, and hears the broadcast of another", async () => {
    const url = await serveChannels("/realtime/v1/websocket", PROTOCOL_1);
    const join = async () => {
      const client = new RealtimeClient(`${url}/realtime/v1`, {
        transport: WebSocket as never,
        params: { apikey: "key" },
        vsn: "1.0.0",
      });
      onTestFinished(() => void client.disconnect());
      const channel = client.channel("lobby", { config: { broadcast: { self: true } } });
      const heard = new Promise((resolve) => {
        channel.on("broadcast", { event: "said" }, resolve);
      });
      await new Promise<void>((resolve, reject) => {
        channel.subscribe((status, error) => {
          if (status === "SUBSCRIBED") resolve();
          else reject(error ?? new Error(status));
        });
      });
      return { channel, heard };
    };
    const [ann, bob] = [await join(), await join()];
    await ann.channel.send({ type: "broadcast", event: "said", payload: { text: "hello" } });
    expect(await bob.heard).toMatchObject({ event: "said", payload: { text: "hello" } });
  });
});
