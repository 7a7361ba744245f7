import { createServer } from "node:http";
import { defineHooks } from "crossws";
import nodeAdapter from "crossws/adapters/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { connect } from "../../../src/index.ts";
import { listen } from "../processes.ts";

/** Its package has a `ws` of its own inside, so it is given barewire's server. */
async function serve(): Promise<{ url: string; closed: Promise<unknown> }> {
  let onClose: (details: unknown) => void;
  const closed = new Promise((resolve) => {
    onClose = resolve;
  });
  const hooks = defineHooks({
    upgrade(request) {
      if (request.headers.get("authorization") === "wrong") {
        return new Response("who is it?", { status: 401 });
      }
      return { headers: { "X-Greeting": "hello" }, context: { name: "ann" } };
    },
    open(peer) {
      peer.subscribe("chat");
      peer.send({ context: peer.context });
    },
    message(peer, message) {
      const text = message.text();
      if (text === "echo me") peer.send(message.uint8Array());
      else peer.publish("chat", `${peer.context.name}: ${text}`);
    },
    close: (_, details) => onClose(details),
  });
  const wss = new WebSocketServer({ noServer: true });
  const ws = nodeAdapter({
    hooks,
    wss: wss as NonNullable<Parameters<typeof nodeAdapter>[0]>["wss"],
  });
  onTestFinished(() => wss.close());
  const http = createServer().on("upgrade", ws.handleUpgrade);
  return { url: `ws://127.0.0.1:${await listen(http)}/`, closed };
}

describe("crossws on Node", () => {
  it("publishes to the peers of a topic, but not to the one that does", async () => {
    const { url } = await serve();
    const [ann, bob] = [await connect(url), await connect(url)];
    for (const ws of [ann, bob]) {
      expect(JSON.parse(String(await ws.receive()))).toEqual({ context: { name: "ann" } });
    }
    await ann.send("hi");
    expect(await bob.receive()).toBe("ann: hi");
    await ann.send("echo me");
    expect(await ann.receive()).toEqual(Buffer.from("echo me"));
    await Promise.all([ann.close(), bob.close()]);
  });

  it("refuses in its hook, and adds fields to the answer", async () => {
    const { url } = await serve();
    const refused = connect(url, { headers: { Authorization: "wrong" } });
    await expect(refused).rejects.toMatchObject({ status: 401 });
    const ws = await connect(url);
    expect(ws.response?.get("x-greeting")).toBe("hello");
    await ws.close();
  });

  it("tells with which code a peer has closed", async () => {
    const { url, closed } = await serve();
    const ws = await connect(url);
    await ws.close(4001, "bye");
    expect(await closed).toEqual({ code: 4001, reason: "bye" });
  });
});
