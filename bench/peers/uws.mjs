// As the README of uWebSockets.js has it; a message stays bytes, text included. `maxBackpressure`
// is raised, since a message over it would be dropped. `publish` sends to many.
import { createRequire } from "node:module";
import { HOST, MAX_MESSAGE, options, ready } from "./control.mjs";
import { nextTopics, topics } from "./groups.mjs";

const uws = createRequire(import.meta.url)("@trufflesuite/uws-js-unofficial");
// Without a binary for this Node the package falls back to a server in JavaScript.
const loaded = process.report.getReport().sharedObjects.some((file) => file.includes("uws_"));
if (!loaded) throw new Error(`no binary of uWebSockets.js for Node ${process.version}`);

const { tls, mode, groups } = options;
const app = tls ? uws.SSLApp({ key_file_name: tls.key, cert_file_name: tls.cert }) : uws.App();
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
  echo: (ws, data, isBinary) => ws.send(data, isBinary),
  length: (ws, data) => ws.send(String(data.byteLength)),
  broadcast: (_ws, data, isBinary) => app.publish("all", data, isBinary),
  groups: (_ws, data, isBinary) => {
    for (const topic of topics) {
      for (let i = 0; i < groups.copies; i++) app.publish(topic, data, isBinary);
    }
  },
  subscriptions: () => {},
};

const behavior = {
  compression: uws.DISABLED,
  maxPayloadLength: MAX_MESSAGE,
  maxBackpressure: 4 * MAX_MESSAGE,
  idleTimeout: 120,
  message: message[mode],
};
if (mode in open) behavior.open = open[mode];
app.ws("/*", behavior).listen(HOST, 0, (listening) => {
  if (!listening) throw new Error("uWebSockets.js could not listen");
  ready(uws.us_socket_local_port(listening), {
    subscribe() {
      for (const ws of waiting) subscribe(ws);
      return topics.reduce((sum, topic) => sum + app.numSubscribers(topic), 0);
    },
  });
});
