import { OURS } from "../peers.ts";

/** One colour for each peer in all charts; told apart by people with colour blindness too. */
const COLORS: Readonly<Record<string, string>> = {
  net: "#8a8f98",
  ws: "#0072b2",
  "ws-strings": "#00406b",
  uws: "#009e73",
  bun: "#cc79a7",
  deno: "#b8860b",
  undici: "#56b4e9",
  "faye-websocket": "#7a5195",
  websocket: "#5f6b3c",
};

/** The handler object, and the other forms. */
const OUR_COLOR = "#d55e00";
const OTHER_FORMS = "#f0a35e";

/** Whether a peer is a form of barewire. */
export function isOurs(peer: string): boolean {
  return peer.startsWith(OURS);
}

/** The colour of a peer, and of its twins. */
export function colorOf(peer: string): string {
  const [id = ""] = peer.split("@");
  if (id === OURS) return OUR_COLOR;
  return isOurs(id) ? OTHER_FORMS : (COLORS[id] ?? "#666666");
}
