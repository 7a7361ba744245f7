// A function that awaits something before it upgrades, as one that looks up who is asking.
import { serve } from "./barewire-server.mjs";

/** It takes until the next turn of the event loop, as an answer from elsewhere does at least. */
function lookUp() {
  return new Promise((resolve) => setImmediate(resolve));
}

await serve((server) =>
  server.handle("/", async (request) => {
    await lookUp();
    const ws = request.upgrade();
    for await (const message of ws) await ws.send(message);
  }),
);
