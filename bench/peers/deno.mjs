// As Deno's documentation has it: `Deno.serve` and `Deno.upgradeWebSocket`. It has no option for
// the size of a message.
import { checkMode, HOST, options, readTls, ready } from "./control.mjs";

checkMode("echo", "broadcast");

const sockets = new Set();

function serve(request) {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onerror = () => {};
  if (options.mode === "broadcast") {
    socket.onopen = () => sockets.add(socket);
    socket.onclose = () => sockets.delete(socket);
    socket.onmessage = (event) => {
      for (const each of sockets) each.send(event.data);
    };
  } else {
    socket.onmessage = (event) => socket.send(event.data);
  }
  return response;
}

Deno.serve({ hostname: HOST, port: 0, ...readTls(), onListen: ({ port }) => ready(port) }, serve);
