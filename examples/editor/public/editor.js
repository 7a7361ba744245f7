import * as Y from "yjs";

const name = location.hash.slice(1) || "notes";
const state = document.getElementById("state");
const area = document.getElementById("text");
const doc = new Y.Doc();
const text = doc.getText();
/** The origin of what came from the server, which need not go back there. */
const SERVER = "server";
let ws;

function connect() {
  ws = new WebSocket(
    new URL(`documents/${encodeURIComponent(name)}`, location.origin.replace(/^http/, "ws")),
  );
  ws.binaryType = "arraybuffer";
  ws.onopen = () => {
    state.textContent = "Connected";
    // What was typed while there was no connection. What the server has already does no harm.
    ws.send(Y.encodeStateAsUpdate(doc));
  };
  ws.onmessage = ({ data }) => Y.applyUpdate(doc, new Uint8Array(data), SERVER);
  ws.onclose = () => {
    state.textContent = "Not connected. What you type is sent later.";
    setTimeout(connect, 1000 + Math.random() * 4000);
  };
}

doc.on("update", (update, origin) => {
  if (origin !== SERVER && ws.readyState === WebSocket.OPEN) ws.send(update);
});

text.observe(({ changes }, { origin }) => {
  if (origin !== SERVER) return;
  let [start, end, at] = [area.selectionStart, area.selectionEnd, 0];
  // The cursor stays between the letters that it is between.
  for (const { retain = 0, insert = "", delete: removed = 0 } of changes.delta) {
    at += retain;
    const moved = (place) => (at < place ? Math.max(at, place + insert.length - removed) : place);
    [start, end] = [moved(start), moved(end)];
    at += insert.length;
  }
  area.value = text.toString();
  area.setSelectionRange(start, end);
});

area.oninput = () => {
  const [before, after] = [text.toString(), area.value];
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - same;
  while (tail < shorter && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  doc.transact(() => {
    text.delete(same, before.length - same - tail);
    text.insert(same, after.slice(same, after.length - tail));
  });
};

connect();
