// As Bun's documentation has it: `Bun.serve` with a `websocket` handler, `publish` to send to many.
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const { mode, groups } = options;
let joined = 0;

const open = {
  broadcast: (ws) => ws.subscribe("all"),
  groups: (ws) => ws.subscribe(`group-${joined++ % groups.count}`),
};
const message = {
  echo: (ws, data) => ws.send(data),
  length: (ws, data) => ws.send(String(data.length)),
  broadcast: (_ws, data) => server.publish("all", data),
  groups: (_ws, data) => {
    for (let group = 0; group < groups.count; group++) {
      for (let i = 0; i < groups.copies; i++) server.publish(`group-${group}`, data);
    }
  },
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
ready(server.port);
