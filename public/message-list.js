// The list of messages, which only grows to a certain length.

import { count, hexDump, sizeText } from "./bytes.js";
import { timeText } from "./round-trips.js";

/** The list keeps this many messages, so that a page left open does not grow for ever. */
const KEPT = 500;
/** And shows this many characters of each. */
const SHOWN = 10_000;

/** The messages that were sent and received. */
export class MessageList {
  #list;
  #scroller;
  #placeholder;

  /**
   * @param list an `ol`
   * @param scroller what scrolls it
   * @param placeholder shown while there are none
   */
  constructor(list, scroller, placeholder) {
    this.#list = list;
    this.#scroller = scroller;
    this.#placeholder = placeholder;
  }

  /**
   * Adds a message.
   *
   * @param direction "sent" or "received"
   * @param data a string, or a Uint8Array
   * @param size its bytes
   * @param took for an echo, the milliseconds since it was sent
   */
  add(direction, data, size, took) {
    const isText = typeof data === "string";
    const meta = document.createElement("p");
    meta.className = "meta";
    const words = [
      `${direction === "sent" ? "Sent" : "Received"} ${new Date().toLocaleTimeString()}`,
      isText ? sizeText(size) : `${sizeText(size)} binary`,
    ];
    meta.textContent = words.join(" · ");
    if (took !== undefined) {
      const time = document.createElement("span");
      time.className = "took";
      time.textContent = timeText(took);
      meta.append(" · ", time);
    }
    const body = document.createElement("p");
    body.className = isText ? "text" : "text bytes";
    body.textContent = isText ? shortened(data) : hexDump(data);
    const item = document.createElement("li");
    item.dataset.direction = direction;
    item.append(meta, body);
    this.#list.append(item);
    if (this.#list.childElementCount > KEPT) this.#list.firstElementChild.remove();
    this.#placeholder.hidden = true;
    this.showLatest();
  }

  /** Takes all of them away. */
  clear() {
    this.#list.replaceChildren();
    this.#placeholder.hidden = false;
  }

  /** Scrolls to the end. */
  showLatest() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

function shortened(text) {
  if (text.length <= SHOWN) return text;
  return `${text.slice(0, SHOWN)}… and ${count(text.length - SHOWN)} characters more`;
}
