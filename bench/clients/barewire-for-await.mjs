// The built library's client, which iterates over the messages.
import { HOST, MAX_MESSAGE, options, ready } from "../peers/control.mjs";

const { connect, ConnectionClosedError } = await import(options.library);

async function echo(ws) {
  for await (const message of ws) await ws.send(message);
}

ready(0, {
  async connect(port, count) {
    const url = `ws://${HOST}:${port}/`;
    const connections = await Promise.all(
      Array.from({ length: count }, () => connect(url, { maxMessageSize: MAX_MESSAGE })),
    );
    for (const ws of connections) {
      echo(ws).catch((error) => {
        // The load drops its connections at the end of a round.
        if (!(error instanceof ConnectionClosedError)) throw error;
      });
    }
  },
});
