/** RFC 6455 §9.1 and RFC 7692 §7.1, by expressions over the whole of a value. */

interface Offer {
  readonly name: string;
  readonly params: readonly (readonly [name: string, value: string | true])[];
}

interface Wishes {
  readonly windowBits: number;
  readonly sendContextTakeover: boolean;
  readonly receiveContextTakeover: boolean;
}

interface Direction {
  readonly windowBits: number;
  readonly contextTakeover: boolean;
}

const TOKEN = "[-!#$%&'*+.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[^"\\\\]|\\\\[\\s\\S])*"';
const BLANK = "[ \\t]*";
const PARAM = `${BLANK};${BLANK}(${TOKEN})(?:${BLANK}=${BLANK}(${TOKEN}|${QUOTED}))?`;
const ONE = new RegExp(`^(${TOKEN})((?:${PARAM})*)$`);
const EACH = new RegExp(PARAM, "g");
/** Commas in quotes separate nothing. */
const ITEM = new RegExp(`(?:[^,"]|${QUOTED})+`, "y");

/** The extensions of a value; undefined where it is malformed, or has none. */
export function referenceExtensions(text: string): Offer[] | undefined {
  const offers: Offer[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === ",") {
      at++;
      continue;
    }
    ITEM.lastIndex = at;
    const item = ITEM.exec(text)?.[0];
    if (item === undefined) return undefined;
    at += item.length;
    if (at < text.length && text[at] !== ",") return undefined;
    const trimmed = item.replace(/^[ \t]+|[ \t]+$/g, "");
    if (trimmed === "") continue;
    const offer = referenceOffer(trimmed);
    if (offer === undefined) return undefined;
    offers.push(offer);
  }
  return offers.length === 0 ? undefined : offers;
}

function referenceOffer(text: string): Offer | undefined {
  const match = ONE.exec(text);
  if (match === null) return undefined;
  const params: [string, string | true][] = [];
  for (const [, name, value] of match[2]!.matchAll(EACH)) {
    const plain = value?.startsWith('"') ? value.slice(1, -1).replace(/\\([\s\S])/g, "$1") : value;
    // §9.1: without quotes it must be a token all the same.
    if (plain !== undefined && !new RegExp(`^${TOKEN}$`).test(plain)) return undefined;
    params.push([name!, plain ?? true]);
  }
  return { name: match[1]!, params };
}

/** The values of the four parameters, undefined where there is anything wrong with them. */
function values({ params }: Offer): ReadonlyMap<string, string | true> | undefined {
  const map = new Map(params);
  if (map.size < params.length) return undefined;
  const right = params.every(([name, value]) => {
    if (name === "server_no_context_takeover" || name === "client_no_context_takeover") {
      return value === true;
    }
    if (name === "client_max_window_bits" && value === true) return true;
    if (name !== "client_max_window_bits" && name !== "server_max_window_bits") return false;
    return value !== true && ["8", "9", "10", "11", "12", "13", "14", "15"].includes(value);
  });
  return right ? map : undefined;
}

/** What a server agrees to of a client's offers. */
export function referenceAccepts(
  offers: readonly Offer[],
  wishes: Wishes,
): { send: Direction; receive: Direction } | undefined {
  const offer = offers.find((each) => each.name === "permessage-deflate" && values(each));
  if (offer === undefined) return undefined;
  const map = values(offer)!;
  const client = map.get("client_max_window_bits");
  return {
    send: {
      windowBits: Math.min(wishes.windowBits, Number(map.get("server_max_window_bits") ?? 15)),
      contextTakeover: wishes.sendContextTakeover && !map.has("server_no_context_takeover"),
    },
    receive: {
      windowBits:
        client === undefined
          ? 15
          : Math.min(wishes.windowBits, client === true ? 15 : Number(client)),
      contextTakeover: wishes.receiveContextTakeover && !map.has("client_no_context_takeover"),
    },
  };
}

/** Whether a client may take a server's answer. */
export function referenceAnswer(answer: readonly Offer[], wishes: Wishes): boolean {
  const [first, ...others] = answer;
  if (first?.name !== "permessage-deflate" || others.length > 0) return false;
  const map = values(first);
  if (map === undefined || map.get("client_max_window_bits") === true) return false;
  return wishes.receiveContextTakeover || map.has("server_no_context_takeover");
}
