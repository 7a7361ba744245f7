// The forms of a program that the gates measure. Each calls `done` once for each message it has dealt with.

const GROUPS = 10;
const COPIES = 10;

/** Handler objects, by the name of the form; they may ask for the server. */
export const handlers = {
  handler: (done) => ({
    message(ws, data) {
      ws.send(data);
      done();
    },
  }),
  broadcast: (done, server) => ({
    message(_ws, data) {
      server.broadcast(data);
      done();
    },
  }),
  sendLoop(done) {
    const members = new Set();
    return {
      open(ws) {
        members.add(ws);
      },
      message(_ws, data) {
        for (const member of members) member.send(data);
        done();
      },
    };
  },
  groups(done, server) {
    const groups = Array.from({ length: GROUPS }, () => new Set());
    let joined = 0;
    return {
      open(ws) {
        groups[joined++ % GROUPS].add(ws);
      },
      message(_ws, data) {
        for (const members of groups) {
          for (let i = 0; i < COPIES; i++) server.broadcast(data, members);
        }
        done();
      },
    };
  },
};

/** Functions for a connection. */
export const functions = {
  async forAwait(ws, done) {
    for await (const message of ws) {
      await ws.send(message);
      done();
    }
  },
  async receive(ws, done) {
    while (ws.state === "open") {
      await ws.send(await ws.receive());
      done();
    }
  },
  async parts(ws, done) {
    for await (const message of ws.messages) {
      let bytes = 0;
      for await (const part of message) bytes += part.length;
      await ws.send(String(bytes).padStart(8, "0"));
      done();
    }
  },
};

/** What a route is given: a handler object, or a function of the request. */
export function routeOf(form, done, server) {
  if (form in handlers) return handlers[form](done, server);
  if (form === "awaitFirst") {
    return async (request) => {
      await new Promise((resolve) => setImmediate(resolve));
      await functions.forAwait(request.upgrade(), done);
    };
  }
  return (request) => functions[form](request.upgrade(), done);
}
