// The built library's client, through a handler object, the form that its guide calls the fastest.
import { HOST, MAX_MESSAGE, options, ready } from "../peers/control.mjs";

const { connect } = await import(options.library);

const handler = {
  message(ws, data) {
    ws.send(data);
  },
};

ready(0, {
  async connect(port, count) {
    const url = `ws://${HOST}:${port}/`;
    const settings = { maxMessageSize: MAX_MESSAGE, handler };
    await Promise.all(Array.from({ length: count }, () => connect(url, settings)));
  },
});
