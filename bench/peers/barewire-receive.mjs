// One message after the other by receive(), which rejects when the connection has ended.
import { serve } from "./barewire-server.mjs";

await serve((server) =>
  server.handle("/", async (request) => {
    const ws = request.upgrade();
    while (ws.state === "open") await ws.send(await ws.receive());
  }),
);
