/** One colour for each peer in all charts; told apart by people with colour blindness too. */
const COLORS: Readonly<Record<string, string>> = {
  barewire: "#d55e00",
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

/** The colour of a peer. */
export function colorOf(peer: string): string {
  return COLORS[peer] ?? "#666666";
}
