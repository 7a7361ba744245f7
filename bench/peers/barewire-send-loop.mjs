// A chat room as one writes it without knowing of broadcast(): send() for each member.
import { serve } from "./barewire-server.mjs";

const members = new Set();

await serve((server) =>
  server.handle("/", {
    open(ws) {
      members.add(ws);
    },
    message(_ws, data) {
      for (const member of members) member.send(data);
    },
    close(ws) {
      members.delete(ws);
    },
  }),
);
