import { Centrifuge } from "centrifuge";
import { expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../../src/index.ts";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

/** A command of Centrifugo's protocol in JSON, of which there may be several in a message, one a line. */
interface Command {
  readonly id?: number;
  readonly connect?: object;
  readonly subscribe?: { readonly channel: string };
  readonly publish?: { readonly channel: string; readonly data: unknown };
}

function answer(ws: Connection, command: Command): void {
  const { id, publish } = command;
  const reply = (what: object) => void ws.send(JSON.stringify({ id, ...what }));
  if (command.connect) reply({ connect: { client: "one", version: "1", ping: 25, pong: true } });
  else if (command.subscribe) reply({ subscribe: {} });
  else if (publish) {
    reply({ publish: {} });
    const { channel, data } = publish;
    ws.send(JSON.stringify({ push: { channel, pub: { data } } }));
  }
}

it("centrifuge subscribes to a channel, publishes and hears it", async () => {
  const { address } = await serve({
    message(ws, data) {
      for (const line of String(data).split("\n")) answer(ws, JSON.parse(line) as Command);
    },
  });
  const client = new Centrifuge(`${address.url}/`, { websocket: WebSocket });
  onTestFinished(() => client.disconnect());
  const subscription = client.newSubscription("news");
  const heard = new Promise((resolve) =>
    subscription.on("publication", ({ data }) => resolve(data)),
  );
  subscription.subscribe();
  client.connect();
  await subscription.ready();
  await subscription.publish({ text: "hello" });
  expect(await heard).toEqual({ text: "hello" });
});
