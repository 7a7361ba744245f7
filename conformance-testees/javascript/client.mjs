// A client by the standard interface that echoes: client.mjs URL AGENT. It runs on Deno
// (deno run --allow-net client.mjs), and on Node, whose own WebSocket is that of undici
// (node --import ./undici.mjs client.mjs).
const [url, agent] = globalThis.Deno?.args ?? process.argv.slice(2);

/** Most time for one case, in milliseconds: some ends of connections are never reported. */
const MOST = 10_000;

/** Texts go to the reader, or back where there is none. Resolves when the connection has ended. */
function visit(path, reader) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MOST);
    const socket = new WebSocket(`${url}${path}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => (reader === undefined ? socket.send(data) : reader(data));
    socket.onerror = () => {};
    socket.onclose = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

let count = 0;
await visit("/getCaseCount", (text) => {
  count = Number(text);
});
for (let i = 1; i <= count; i++) await visit(`/runCase?case=${i}&agent=${agent}`);
await visit(`/updateReports?agent=${agent}`);
(globalThis.Deno?.exit ?? process.exit)(0);
