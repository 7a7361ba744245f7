import { createServer } from "node:http";
import { Aedes } from "aedes";
import mqtt, { type MqttClient } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWebSocketStream, WebSocketServer } from "ws";
import { listen } from "../processes.ts";

async function serve(): Promise<string> {
  const broker = await Aedes.createBroker();
  const http = createServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: (offered) => offered.has("mqtt") && "mqtt",
  });
  server.on("connection", (ws, request) => {
    broker.handle(createWebSocketStream(ws) as Parameters<typeof broker.handle>[0], request);
  });
  onTestFinished(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  });
  return `ws://127.0.0.1:${await listen(http)}`;
}

async function connect(url: string, protocolVersion: 4 | 5): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync());
  return client;
}

/** Topic and payload of what a client hears next. */
function nextMessage(client: MqttClient): Promise<[string, Buffer]> {
  return new Promise((resolve) => {
    client.once("message", (topic, payload) => resolve([topic, payload]));
  });
}

describe("mqtt.js, with aedes behind createWebSocketStream()", () => {
  it("publishes and subscribes", async () => {
    const url = await serve();
    const [ann, bob] = [await connect(url, 4), await connect(url, 4)];
    await bob.subscribeAsync("rooms/+", { qos: 1 });
    const heard = nextMessage(bob);
    await ann.publishAsync("rooms/blue", "hello", { qos: 1 });
    const [topic, payload] = await heard;
    expect([topic, String(payload)]).toEqual(["rooms/blue", "hello"]);
  });

  it("carries a payload of a megabyte, and a retained one to who comes later", async () => {
    const url = await serve();
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7) % 256));
    const ann = await connect(url, 4);
    await ann.publishAsync("file", bytes, { qos: 2, retain: true });
    const bob = await connect(url, 4);
    const heard = nextMessage(bob);
    await bob.subscribeAsync("file");
    const [, payload] = await heard;
    expect(bytes.equals(payload)).toBe(true);
  });

  it("sends the will of a client that was lost", async () => {
    const url = await serve();
    const bob = await connect(url, 4);
    await bob.subscribeAsync("gone");
    const heard = nextMessage(bob);
    const ann = await mqtt.connectAsync(url, {
      reconnectPeriod: 0,
      will: { topic: "gone", payload: Buffer.from("ann"), qos: 0, retain: false },
    });
    ann.stream.destroy();
    const [, payload] = await heard;
    expect(String(payload)).toBe("ann");
  });
});
