// A handler object, shared by all connections of the route: the form that its guide calls the fastest.
import { serve } from "./barewire-server.mjs";
import { options } from "./control.mjs";
import { groups, join, leave } from "./groups.mjs";

const handlers = {
  echo: () => ({
    message(ws, data) {
      ws.send(data);
    },
  }),
  length: () => ({
    message(ws, data) {
      ws.send(String(data.length));
    },
  }),
  broadcast: (server) => ({
    message(_ws, data) {
      server.broadcast(data);
    },
  }),
  groups: (server) => ({
    open: join,
    close: leave,
    message(_ws, data) {
      for (const members of groups) {
        for (let i = 0; i < options.groups.copies; i++) server.broadcast(data, members);
      }
    },
  }),
};

await serve((server) => server.handle("/", handlers[options.mode](server)));
