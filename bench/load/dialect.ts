/** What a server speaks over WebSocket: nothing but the messages, or the protocol of socket.io around them. */

export type Dialect = "plain" | "socket.io";

/** What is asked for in the opening handshake. */
export function pathOf(dialect: Dialect): string {
  return dialect === "plain" ? "/" : "/socket.io/?EIO=4&transport=websocket";
}

/** A message as the payload of a frame. It must not have anything in it that JSON writes in another way. */
export function wrap(dialect: Dialect, payload: Uint8Array): Uint8Array {
  if (dialect === "plain") return payload;
  // Message of engine.io, event of socket.io.
  return Buffer.concat([Buffer.from('42["message","'), payload, Buffer.from('"]')]);
}

/** "I am here": message of engine.io, connect of socket.io; masked by zeros (RFC 6455 §5.3). */
const CONNECT = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30]);

/** How far both sides have greeted each other, behind the head of the response. */
export type Greeting = "complete" | "incomplete" | { readonly answer: Uint8Array };

/**
 * Judges what the server has said behind the head.
 *
 * @param text as Latin-1
 * @param answered whether the last answer was sent
 */
export function greet(dialect: Dialect, text: string, answered: boolean): Greeting {
  if (dialect === "plain") return text === "" ? "complete" : "incomplete";
  const payloads = payloadsOf(text);
  if (payloads[1]?.startsWith("40")) return "complete";
  return payloads[0]?.startsWith("0{") && !answered ? { answer: CONNECT } : "incomplete";
}

/** The payloads of the frames that have come whole, none of 64 KiB or more (§5.2). */
function payloadsOf(text: string): string[] {
  const payloads: string[] = [];
  for (let at = 0; at < text.length; ) {
    const short = text.charCodeAt(at + 1);
    const isLong = short === 126;
    const length = isLong ? (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3) : short;
    const start = at + (isLong ? 4 : 2);
    at = start + length;
    if (!(at <= text.length)) break;
    payloads.push(text.slice(start, at));
  }
  return payloads;
}
