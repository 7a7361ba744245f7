// As Bun's documentation has it: `Bun.serve` with a `websocket` handler, `publish` to send to many.
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";
import { nextTopics, topics } from "./groups.mjs";

const { mode, groups } = options;
const waiting = [];

function subscribe(ws) {
  for (const topic of nextTopics()) ws.subscribe(topic);
}

const open = {
  broadcast: (ws) => ws.subscribe("all"),
  groups: subscribe,
  subscriptions: (ws) => waiting.push(ws),
};
const message = {
  echo: (ws, data) => ws.send(data),
  length: (ws, data) => ws.send(String(data.length)),
  broadcast: (_ws, data) => server.publish("all", data),
  groups: (_ws, data) => {
    for (const topic of topics) {
      for (let i = 0; i < groups.copies; i++) server.publish(topic, data);
    }
  },
  subscriptions: () => {},
};

const server = Bun.serve({
  hostname: HOST,
  port: 0,
  tls: readTls(),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("Upgrade failed", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    maxPayloadLength: MAX_MESSAGE,
    backpressureLimit: 4 * MAX_MESSAGE,
    open: open[mode],
    message: message[mode],
  },
});
ready(server.port, {
  subscribe() {
    for (const ws of waiting) subscribe(ws);
    return topics.reduce((sum, topic) => sum + server.subscriberCount(topic), 0);
  },
});
