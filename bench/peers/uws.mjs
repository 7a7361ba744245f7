// As the README of uWebSockets.js has it; a message stays bytes, text included. `maxBackpressure`
// is raised, since a message over it would be dropped. Broadcasting is its `publish`.
import { createRequire } from "node:module";
import { HOST, MAX_MESSAGE, options, ready } from "./control.mjs";

const uws = createRequire(import.meta.url)("@trufflesuite/uws-js-unofficial");
// Without a binary for this Node the package falls back to a server in JavaScript.
const loaded = process.report.getReport().sharedObjects.some((file) => file.includes("uws_"));
if (!loaded) throw new Error(`no binary of uWebSockets.js for Node ${process.version}`);

const { tls, mode } = options;
const app = tls ? uws.SSLApp({ key_file_name: tls.key, cert_file_name: tls.cert }) : uws.App();
const behavior = {
  compression: uws.DISABLED,
  maxPayloadLength: MAX_MESSAGE,
  maxBackpressure: 4 * MAX_MESSAGE,
  idleTimeout: 120,
};
if (mode === "broadcast") {
  behavior.open = (ws) => ws.subscribe("all");
  behavior.message = (_ws, message, isBinary) => app.publish("all", message, isBinary);
} else {
  behavior.message = (ws, message, isBinary) => ws.send(message, isBinary);
}
app.ws("/*", behavior).listen(HOST, 0, (listening) => {
  if (!listening) throw new Error("uWebSockets.js could not listen");
  ready(uws.us_socket_local_port(listening));
});
