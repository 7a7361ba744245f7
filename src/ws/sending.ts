import { isUtf8 } from "node:buffer";
import type { OnWritten } from "../connection/sending/on-written.ts";
import { ConnectionClosedError } from "../errors.ts";
import type { Opcode } from "../protocol/opcode.ts";
import type { FaceEndpoint } from "./endpoint.ts";
import { type Content, controlBytes, sizeOf } from "./payload.ts";
import type { SendOptions } from "./types/websocket.ts";

/** Gets nothing once what it was given with is with the system, or why it never will be. */
export type WrittenCallback = (error?: Error) => void;

/**
 * Sends what `send` was given on an open connection.
 *
 * @throws TypeError for bytes that are to be text and are not UTF-8
 */
export function sendMessage(
  endpoint: FaceEndpoint,
  content: Content,
  options: SendOptions | undefined,
  callback: WrittenCallback | undefined,
): void {
  // An option that is there and undefined is false, as if it were spread over the default.
  const given = options !== undefined && "binary" in options;
  const text = given ? !options.binary : typeof content === "string";
  if (endpoint.sendFragment !== undefined || options?.fin === false) {
    sendFragment(endpoint, content, text, options, callback);
    return;
  }
  const { sender } = endpoint;
  const compress = compresses(endpoint, content, options);
  if (typeof content !== "string" && content instanceof Blob) {
    afterwards(endpoint, sender.send(content, { text, compress }), callback);
    return;
  }
  const data = text ? checkedText(endpoint, content) : bytesOf(content);
  sender.sendMessage({ data, text, compress });
  if (callback !== undefined) sender.whenWritten(told(endpoint, callback));
}

/** Sends a Ping or a Pong on an open connection. @throws RangeError for more than 125 bytes */
export function sendControl(
  endpoint: FaceEndpoint,
  opcode: Opcode,
  content: Content,
  callback: WrittenCallback | undefined,
): void {
  const { sender } = endpoint;
  if (content instanceof Blob) {
    const read = content.arrayBuffer().then((bytes) => {
      endpoint.checkOpen("ping");
      sender.control(opcode, controlBytes(new Uint8Array(bytes)));
    });
    afterwards(endpoint, read, callback);
    return;
  }
  sender.control(opcode, controlBytes(content));
  if (callback !== undefined) endpoint.output.whenWritten(told(endpoint, callback));
}

/** RFC 6455 §5.4: sends one more fragment of a message, or the first. */
function sendFragment(
  endpoint: FaceEndpoint,
  content: Content,
  text: boolean,
  options: SendOptions | undefined,
  callback: WrittenCallback | undefined,
): void {
  const fin = options?.fin !== false;
  const compress = compresses(endpoint, content, options);
  endpoint.sendFragment ??= endpoint.sender.beginMessage(text, compress);
  const sent = endpoint.sendFragment(typeof content === "string" ? bytesOf(content) : content, fin);
  if (fin) endpoint.sendFragment = undefined;
  afterwards(endpoint, sent, callback);
}

function compresses(
  endpoint: FaceEndpoint,
  content: Content,
  options: SendOptions | undefined,
): boolean {
  if (!endpoint.compresses) return false;
  if (options !== undefined && "compress" in options && !options.compress) return false;
  return endpoint.compressFrom === 0 || sizeOf(content) >= endpoint.compressFrom;
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}

function checkedText(endpoint: FaceEndpoint, content: string | Uint8Array): string | Uint8Array {
  if (typeof content === "string" || isUtf8(content)) return content;
  if (endpoint.settings.text === "unjudged") return content;
  throw new TypeError(
    "bytes that are sent as text must be valid UTF-8 (RFC 6455 §5.6); " +
      "to send them all the same, there is the option skipUTF8Validation",
  );
}

/** Calls back for what takes time to be sent. */
function afterwards(
  endpoint: FaceEndpoint,
  sent: Promise<void> | undefined,
  callback: WrittenCallback = ignore,
): void {
  const written = told(endpoint, callback);
  Promise.resolve(sent).then(() => endpoint.output.whenWritten(written), written);
}

function ignore(): void {}

/** What calls back: that the connection has ended meanwhile is said as `ws` says it. */
export function told({ sender, compresses }: FaceEndpoint, callback: WrittenCallback): OnWritten {
  const doing = !sender.busy
    ? "before the data was written"
    : compresses
      ? "while data was being compressed"
      : "while the blob was being read";
  return (error) => {
    if (!(error instanceof ConnectionClosedError)) callback(error);
    else callback(new Error(`The socket was closed ${doing}`, { cause: error }));
  };
}
