// The echo page: one WebSocket to the server that the page came from, its state, a form, a list.

const MEANINGS = new Map([
  [1000, "normal closure"],
  [1001, "the server is going away"],
  [1002, "protocol error"],
  [1003, "this kind of data is not accepted"],
  [1005, "no code given"],
  [1006, "the connection was lost"],
  [1007, "invalid data"],
  [1008, "against the server's policy"],
  [1009, "the message was too big"],
  [1011, "error in the server"],
  [1012, "the server restarts"],
  [1013, "try again later"],
]);

/** The list keeps this many messages, so that a page left open does not grow for ever. */
const MESSAGES_KEPT = 500;

const element = (id) => document.getElementById(id);
const state = element("state");
const details = element("details");
const disconnect = element("disconnect");
const reconnect = element("reconnect");
const scroller = element("scroller");
const messages = element("messages");
const form = element("form");
const text = element("text");
const notice = element("notice");

const isSecure = location.protocol === "https:";
const url = `${isSecure ? "wss" : "ws"}://${location.host}/${isSecure ? "wss" : "ws"}`;

let socket;

function connect() {
  const current = new WebSocket(url);
  let wasOpen = false;
  socket = current;
  current.binaryType = "arraybuffer";
  showState("connecting", "Connecting", url);

  current.addEventListener("open", () => {
    wasOpen = true;
    say("");
    showState("open", "Open", url);
  });
  current.addEventListener("message", ({ data }) => {
    addMessage("received", typeof data === "string" ? data : `(${data.byteLength} bytes)`);
  });
  current.addEventListener("close", ({ code, reason }) => {
    const meaning = wasOpen || code !== 1006 ? MEANINGS.get(code) : "no connection could be made";
    const codeText = meaning === undefined ? `Code ${code}` : `Code ${code}: ${meaning}`;
    showState("closed", "Closed", reason === "" ? codeText : `${codeText} (${reason})`);
  });
}

function showState(name, label, detail) {
  state.dataset.state = name;
  state.textContent = label;
  details.textContent = detail;
  const isClosed = name === "closed";
  const focused = document.activeElement;
  reconnect.hidden = !isClosed;
  disconnect.hidden = isClosed;
  // A button that goes away takes the focus with it: hand it to the one in its place.
  if (focused === disconnect && isClosed) reconnect.focus();
  if (focused === reconnect && !isClosed) text.focus();
  // Longer details leave less room for the messages.
  showLatest();
}

function addMessage(direction, content) {
  const meta = document.createElement("p");
  meta.className = "meta";
  meta.textContent = `${direction === "sent" ? "Sent" : "Received"} ${new Date().toLocaleTimeString()}`;
  const body = document.createElement("p");
  body.className = "text";
  body.textContent = content;
  const item = document.createElement("li");
  item.dataset.direction = direction;
  item.append(meta, body);
  messages.append(item);
  if (messages.childElementCount > MESSAGES_KEPT) messages.firstElementChild.remove();
  element("no-messages").hidden = true;
  showLatest();
}

function showLatest() {
  scroller.scrollTop = scroller.scrollHeight;
}

/** Says under the field what is wrong with it or with the connection; "" for nothing. */
function say(message) {
  notice.textContent = message;
  text.setAttribute("aria-invalid", String(message !== ""));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value.trim();
  text.focus();
  if (content === "") {
    say("There is nothing to send: type a message first.");
  } else if (socket.readyState !== WebSocket.OPEN) {
    say("Not sent: there is no open connection.");
  } else {
    socket.send(content);
    addMessage("sent", content);
    text.value = "";
    say("");
  }
});

text.addEventListener("input", () => say(""));

reconnect.addEventListener("click", connect);

disconnect.addEventListener("click", () => {
  socket.close(1000, "the user disconnected");
  showState("closing", "Closing", url);
});

connect();
