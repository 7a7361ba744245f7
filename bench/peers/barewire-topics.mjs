// Topics: the server knows who is subscribed, and publish() sends to all of them.
import { serve } from "./barewire-server.mjs";
import { options } from "./control.mjs";
import { nextTopics, topics } from "./groups.mjs";

const { mode, groups } = options;
const waiting = [];

function subscribe(ws) {
  for (const topic of nextTopics()) ws.subscribe(topic);
}

const open = {
  broadcast: (ws) => {
    ws.subscribe("all");
  },
  groups: subscribe,
  subscriptions: (ws) => waiting.push(ws),
};

const message = (server) => ({
  broadcast: (_ws, data) => server.publish("all", data),
  groups: (_ws, data) => {
    for (const topic of topics) {
      for (let i = 0; i < groups.copies; i++) server.publish(topic, data);
    }
  },
  subscriptions: () => {},
});

await serve(
  (server) => server.handle("/", { open: open[mode], message: message(server)[mode] }),
  (server) => {
    for (const ws of waiting) subscribe(ws);
    return topics.reduce((sum, topic) => sum + server.subscribers(topic).size, 0);
  },
);
