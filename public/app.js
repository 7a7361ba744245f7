// The echo page: a workbench for one WebSocket at a time, by default to the server that the page came from.

import { count, parseHex, sizeText } from "./bytes.js";
import { Connection, completeUrl, ownUrl, splitProtocols } from "./connection.js";
import { MessageList } from "./message-list.js";
import { Pending, RoundTrips, timeText } from "./round-trips.js";

const element = (id) => document.getElementById(id);
const [state, details] = [element("state"), element("details")];
const [disconnect, reconnect] = [element("disconnect"), element("reconnect")];
const [server, url, protocols] = [element("server"), element("url"), element("protocols")];
const [form, text, notice] = [element("form"), element("text"), element("notice")];
const [clear, repeat, workbench] = [element("clear"), element("repeat"), element("workbench")];

const connection = new Connection();
const pending = new Pending();
const messages = new MessageList(element("messages"), element("scroller"), element("no-messages"));
const trips = new RoundTrips(element("graph"), element("scale"), {
  last: element("trip-last"),
  median: element("trip-median"),
  most: element("trip-most"),
  longest: element("trip-longest"),
});

/** What was connected to last. */
let target;
/** What was sent on this connection, and what came: messages and bytes. */
let traffic = { sent: [0, 0], received: [0, 0] };
/** What was typed before, the latest last, and where the arrow keys are in it. */
const typed = [];
let typedAt = 0;
/** What was sent last, for repeating. */
let last;
let repeating;

// ---------------------------------------------------------------- connection

/** Connects to what the fields say. @returns whether they say something that can be tried */
function connectToGiven() {
  try {
    connect(completeUrl(url.value), splitProtocols(protocols.value));
    // What was left out is there for all to see.
    url.value = target.url;
    sayOfServer("");
    return true;
  } catch (error) {
    sayOfServer(error.message, /subprotocol/.test(error.message) ? protocols : url);
    return false;
  }
}

function connect(targetUrl, offered) {
  target = { url: targetUrl, protocols: offered };
  pending.clear();
  trips.clear();
  traffic = { sent: [0, 0], received: [0, 0] };
  connection.connect(targetUrl, offered);
}

/** Says below the fields of the server what is wrong with one of them; "" for nothing. */
function sayOfServer(message, field) {
  element("server-notice").textContent = message;
  for (const each of [url, protocols]) each.setAttribute("aria-invalid", String(each === field));
  if (field === undefined) return;
  workbench.open = true;
  field.focus();
}

connection.addEventListener("change", () => {
  const names = { connecting: "Connecting", open: "Open", closing: "Closing", closed: "Closed" };
  state.dataset.state = connection.state;
  state.textContent = names[connection.state];
  details.textContent = connection.details;
  // What was said of the field was about a moment that has passed.
  say("");
  if (connection.state === "closed") pending.clear();
  showFacts();
  showButtons();
  // Longer details leave less room for the messages.
  messages.showLatest();
});

function showButtons() {
  const isClosed = connection.state === "closed";
  const focused = document.activeElement;
  reconnect.hidden = !isClosed;
  disconnect.hidden = isClosed;
  // A button that goes away takes the focus with it: hand it to the one in its place.
  if (focused === disconnect && isClosed) reconnect.focus();
  if (focused === reconnect && !isClosed) text.focus();
}

function showFacts() {
  const isOpen = connection.state === "open";
  const facts = {
    protocol: isOpen ? connection.protocol || "none" : "–",
    extensions: isOpen ? connection.extensions || "none" : "–",
    handshake: connection.handshake === undefined ? "–" : timeText(connection.handshake),
    since: connection.since === undefined ? "–" : connection.since.toLocaleTimeString(),
    sent: trafficText(traffic.sent),
    received: trafficText(traffic.received),
  };
  for (const [name, value] of Object.entries(facts)) element(`fact-${name}`).textContent = value;
}

function trafficText([number, bytes]) {
  return number === 0 ? "–" : `${count(number)} · ${sizeText(bytes)}`;
}

connection.addEventListener("message", ({ detail: data }) => {
  const took = pending.take(data);
  if (took !== undefined) trips.add(took);
  add("received", data, took);
});

server.addEventListener("submit", (event) => {
  event.preventDefault();
  if (connectToGiven()) text.focus();
});

for (const field of [url, protocols]) field.addEventListener("input", () => sayOfServer(""));

// Whatever has been typed into the fields meanwhile.
reconnect.addEventListener("click", () => connect(target.url, target.protocols));

disconnect.addEventListener("click", () => connection.close());

// ------------------------------------------------------------------ messages

function add(direction, data, took) {
  const size = typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
  messages.add(direction, data, size, took);
  traffic[direction][0] += 1;
  traffic[direction][1] += size;
  clear.disabled = false;
  showFacts();
}

/** Says under the field what is wrong with it or with the connection; "" for nothing. */
function say(message) {
  notice.textContent = message;
  text.setAttribute("aria-invalid", String(message !== ""));
}

function send(data) {
  pending.add(data);
  connection.send(data);
  add("sent", data);
  last = data;
}

const isHex = () => form.elements.kind.value === "hex";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value.trim();
  const data = isHex() ? parseHex(content) : content;
  text.focus();
  if (content === "") {
    say("There is nothing to send: type a message first.");
  } else if (data === undefined) {
    say("Not sent: bytes are two hex digits each, such as 00 ff 7e.");
  } else if (connection.state !== "open") {
    say("Not sent: there is no open connection.");
  } else {
    send(data);
    if (typed.at(-1) !== content) typed.push(content);
    typedAt = typed.length;
    text.value = "";
    say("");
  }
});

text.addEventListener("input", () => say(""));

text.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined || event.isComposing || typed.length === 0) return;
  event.preventDefault();
  typedAt = Math.min(Math.max(typedAt + step, 0), typed.length);
  text.value = typed[typedAt] ?? "";
  say("");
});

form.addEventListener("change", ({ target }) => {
  if (target.name !== "kind") return;
  say("");
  text.classList.toggle("hex", isHex());
  text.placeholder = isHex() ? "00 ff 7e" : "";
  text.spellcheck = !isHex();
});

clear.addEventListener("click", () => {
  messages.clear();
  clear.disabled = true;
  text.focus();
});

repeat.addEventListener("change", () => {
  clearInterval(repeating);
  const interval = Number(repeat.value);
  if (interval === 0) return;
  repeating = setInterval(() => {
    if (connection.state === "open") send(last ?? "ping");
  }, interval);
});

// --------------------------------------------------------------------- layout

// Beside the conversation where there is room for it, else folded away above it.
const wide = matchMedia("(min-width: 60rem)");
const unfold = () => {
  workbench.open = wide.matches;
};
wide.addEventListener("change", unfold);
unfold();

url.value = ownUrl();
connectToGiven();
