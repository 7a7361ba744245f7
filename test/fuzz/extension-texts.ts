import type { Random } from "./random.ts";

const NAMES = [
  "permessage-deflate",
  "permessage-deflate",
  "permessage-deflate",
  "permessage-deflate",
  "Permessage-Deflate",
  "x-other",
  "__proto__",
  "constructor",
  "a b",
  "",
];
const PARAMS = [
  "server_no_context_takeover",
  "client_no_context_takeover",
  "server_max_window_bits",
  "client_max_window_bits",
  "server_max_window_bits=8",
  "server_max_window_bits=15",
  "client_max_window_bits=9",
  'client_max_window_bits="10"',
  'server_max_window_bits="1\\2"',
  "server_max_window_bits=7",
  "client_max_window_bits=16",
  "client_max_window_bits=08",
  "server_no_context_takeover=1",
  "client_max_window_bits=",
  'x="',
  'x="a b"',
  'x="\\"',
  "__proto__=1",
  "other",
  "=1",
  "",
];
const NOTABLE = [",", ";", "=", '"', "\\", " ", "\t", "\0", "\xe9", "permessage-deflate"];

/** A value of Sec-WebSocket-Extensions: right, mostly, changed here and there. */
export function extensionsText(random: Random): string {
  const offers = Array.from({ length: 1 + random.below(3) }, () => offer(random));
  let text = offers.join(random.pick([", ", ",", " , ", ",,"]));
  for (let count = random.once(2) ? 0 : random.below(3); count > 0; count--) {
    const at = random.below(text.length + 1);
    const skip = random.once(2) ? 0 : 1 + random.below(4);
    text = text.slice(0, at) + random.pick(NOTABLE) + text.slice(at + skip);
  }
  return text;
}

function offer(random: Random): string {
  let text = random.pick(NAMES);
  for (let count = random.below(4); count > 0; count--) {
    text += random.pick(["; ", ";", " ;\t"]) + random.pick(PARAMS);
  }
  return text;
}
