// The first example of its README: a function for each connection, which iterates over the messages.
import { serve } from "./barewire-server.mjs";

await serve((server) =>
  server.handle("/", async (request) => {
    const ws = request.upgrade();
    for await (const message of ws) await ws.send(message);
  }),
);
