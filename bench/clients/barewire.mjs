// The built library's client, reading as its guide recommends.
import { connect } from "../.cache/dist/index.js";
import { HOST, MAX_MESSAGE, ready } from "../peers/control.mjs";

async function echo(ws) {
  for await (const message of ws) {
    // send() returns a promise only when the peer does not keep up.
    const pressure = ws.send(message);
    if (pressure !== undefined) await pressure;
  }
}

async function open(port) {
  echo(await connect(`ws://${HOST}:${port}/`, { maxMessageSize: MAX_MESSAGE })).catch(() => {});
}

ready(0, async (port, count) => {
  await Promise.all(Array.from({ length: count }, () => open(port)));
});
