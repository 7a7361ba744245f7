// Messages that are not held as a whole: their parts are sent on as they come, or counted.
import { serve } from "./barewire-server.mjs";
import { options } from "./control.mjs";

async function echo(request) {
  const ws = request.upgrade();
  for await (const message of ws.messages) await ws.sendFragments(message);
}

async function length(request) {
  const ws = request.upgrade();
  for await (const message of ws.messages) {
    let bytes = 0;
    for await (const part of message) bytes += part.length;
    await ws.send(String(bytes));
  }
}

await serve((server) => server.handle("/", { echo, length }[options.mode]));
