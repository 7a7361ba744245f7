// The built library's client, through the handler object that its guide recommends.
import { connect } from "../.cache/dist/index.cjs";
import { HOST, MAX_MESSAGE, ready } from "../peers/control.mjs";

const options = {
  maxMessageSize: MAX_MESSAGE,
  handler: {
    message(ws, data) {
      ws.send(data);
    },
  },
};

ready(0, async (port, count) => {
  const url = `ws://${HOST}:${port}/`;
  await Promise.all(Array.from({ length: count }, () => connect(url, options)));
});
