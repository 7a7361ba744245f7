// One WebSocket at a time, and what happens on it.

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
  [1010, "the server lacks an extension"],
  [1011, "error in the server"],
  [1012, "the server restarts"],
  [1013, "try again later"],
  [1014, "a server behind the server failed"],
]);

/** A token of RFC 9110: what a subprotocol is called. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The URL of the echo that belongs to this page. */
export function ownUrl() {
  const isSecure = location.protocol === "https:";
  return `${isSecure ? "wss" : "ws"}://${location.host}/${isSecure ? "wss" : "ws"}`;
}

/**
 * What somebody means who types a URL: a path is one of this server, a host without scheme is reached
 * as this page is.
 *
 * @throws Error that says what is wrong
 */
export function completeUrl(text) {
  const own = new URL(ownUrl());
  const given = text.trim();
  let url;
  try {
    url = given.startsWith("/")
      ? new URL(given, own)
      : new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `${own.protocol}//${given}`);
  } catch {
    throw new Error("That is no URL. Expected one such as wss://example.com/chat.");
  }
  url.protocol = url.protocol.replace(/^http/, "ws");
  if (!/^wss?:$/.test(url.protocol)) throw new Error("The URL has to begin with ws:// or wss://.");
  if (url.hash !== "") throw new Error("The URL of a WebSocket has no fragment (#).");
  if (own.protocol === "wss:" && url.protocol === "ws:") {
    throw new Error("A page that came over https may connect to wss:// only.");
  }
  return url.href;
}

/**
 * The subprotocols in a text, between commas or blanks.
 *
 * @throws Error that says what is wrong
 */
export function splitProtocols(text) {
  const protocols = text.split(/[\s,]+/).filter((name) => name !== "");
  const wrong = protocols.find((name) => !TOKEN.test(name));
  if (wrong !== undefined) throw new Error(`“${wrong}” cannot be the name of a subprotocol.`);
  if (new Set(protocols).size < protocols.length) throw new Error("A subprotocol is named twice.");
  return protocols;
}

/** A WebSocket with the events `change` (of state, details) and `message` (kind, data, size). */
export class Connection extends EventTarget {
  #socket;
  #began = 0;
  /** "connecting", "open", "closing" or "closed". */
  state = "closed";
  /** What to say besides the state: the URL, or how it was closed. */
  details = "";
  /** Milliseconds that the opening handshake took. */
  handshake;
  /** When it was opened, a Date. */
  since;

  /** Connects, in the place of what was connected before. */
  connect(url, protocols) {
    this.#socket?.close(1000);
    const socket = new WebSocket(url, protocols);
    let wasOpen = false;
    this.#socket = socket;
    this.#began = performance.now();
    this.handshake = undefined;
    this.since = undefined;
    socket.binaryType = "arraybuffer";
    this.#change("connecting", url);

    // A socket that was replaced may still have something to say, which belongs to nobody.
    const on = (name, listener) =>
      socket.addEventListener(name, (event) => {
        if (socket === this.#socket) listener(event);
      });
    on("open", () => {
      wasOpen = true;
      this.handshake = performance.now() - this.#began;
      this.since = new Date();
      this.#change("open", url);
    });
    on("message", ({ data }) => {
      const received = typeof data === "string" ? data : new Uint8Array(data);
      this.dispatchEvent(new CustomEvent("message", { detail: received }));
    });
    on("close", ({ code, reason }) => {
      const meaning = wasOpen || code !== 1006 ? MEANINGS.get(code) : "no connection could be made";
      const text = meaning === undefined ? `Code ${code}` : `Code ${code}: ${meaning}`;
      this.#change("closed", reason === "" ? text : `${text} (${reason})`);
    });
  }

  /** Closes it with 1000. */
  close() {
    this.#socket.close(1000, "the user disconnected");
    this.#change("closing", this.#socket.url);
  }

  /** Sends text or bytes. */
  send(data) {
    this.#socket.send(data);
  }

  /** The subprotocol agreed upon, "" for none. */
  get protocol() {
    return this.#socket.protocol;
  }

  /** The extensions agreed upon, "" for none. */
  get extensions() {
    return this.#socket.extensions;
  }

  #change(state, details) {
    this.state = state;
    this.details = details;
    this.dispatchEvent(new Event("change"));
  }
}
