import { isUtf8 } from "node:buffer";
import { ArgumentError } from "../../errors.ts";
import { checkOptionNames } from "../../options/checks.ts";
import { describe } from "../../options/describe.ts";

/** What `send` takes: strings go as text, everything else as binary unless the options say else. */
export type Data = string | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Blob;

/** How to send one message. */
export interface SendOptions {
  /**
   * Whether to compress it where compression was agreed upon, whatever `compression.threshold` and
   * `compression.shouldCompress` say. Default: what they say.
   */
  readonly compress?: boolean;
  /** Whether to send bytes as text, which must be UTF-8. Default false; strings are text in any case. */
  readonly text?: boolean;
}

/** A message that is to be sent. */
export interface OutgoingMessage {
  readonly data: string | Uint8Array;
  readonly text: boolean;
  /** Undefined to leave it to the options of the connection. */
  readonly compress: boolean | undefined;
}

/**
 * The bytes of binary data, without a copy.
 *
 * @throws ArgumentError for anything else
 */
export function toBytes(data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  if ((data as unknown) instanceof Blob) {
    throw new ArgumentError(
      "expected a string, an ArrayBuffer or a view of one; got a Blob, which only send() takes",
    );
  }
  throw new ArgumentError(
    `expected a string, an ArrayBuffer, a view of one (such as a Buffer) or a Blob; got ${typeof data}`,
  );
}

/** Data as a message: text, or bytes as by {@link toBytes}. */
export function toMessage(data: Exclude<Data, Blob>): string | Uint8Array {
  return typeof data === "string" ? data : toBytes(data);
}

/**
 * Data as a message to be sent.
 *
 * @throws ArgumentError for what is no message, and for bytes that are to be text and are not
 */
export function outgoing(
  data: Exclude<Data, Blob>,
  options: SendOptions | undefined,
): OutgoingMessage {
  const message = toMessage(data);
  const text = typeof message === "string" || options?.text === true;
  if (text && typeof message !== "string" && !isUtf8(message)) {
    throw new ArgumentError("bytes that are sent as text must be valid UTF-8 (RFC 6455 §5.6)");
  }
  return { data: message, text, compress: options?.compress };
}

/** @throws ArgumentError for what are no {@link SendOptions} */
export function checkSendOptions(options: SendOptions): void {
  checkOptionNames("send()", options, ["compress", "text"]);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new ArgumentError(`${name} is neither true nor false; got ${describe(value)}`);
  }
}

/**
 * From this many bytes on data is sent as it is, where that can be, instead of being copied behind the
 * header of its frame: until then it must not change.
 */
export const TOO_LARGE_TO_COPY = 32 * 1024;

/** Data that is to wait, and may change meanwhile unless it is large. */
export function copyUnlessLarge(data: string | Uint8Array): string | Uint8Array {
  if (typeof data === "string" || data.length >= TOO_LARGE_TO_COPY) return data;
  return Buffer.from(data);
}
