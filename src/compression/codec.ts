/** Compression at work on one connection. Clients load it once a server has agreed to it. */

import type { DeflateAgreement } from "../extensions/permessage-deflate.ts";
import { MessageDeflater } from "./message-deflater.ts";
import { MessageInflater } from "./message-inflater.ts";
import type { CompressionSettings } from "./options.ts";

/** What compresses the messages of a connection, and what inflates them. */
export interface MessageCodec {
  readonly deflater: MessageDeflater;
  readonly inflater: MessageInflater;
}

/** Settings of a connection that its codec goes by. */
export interface CodecSettings {
  readonly compression: CompressionSettings | undefined;
  /** Most bytes of a message, inflated. */
  readonly maxMessageSize: number;
}

/** The codec for what was agreed upon; undefined for nothing, and where the settings are without compression. */
export function messageCodec(
  agreement: DeflateAgreement | undefined,
  { compression, maxMessageSize }: CodecSettings,
): MessageCodec | undefined {
  if (agreement === undefined || compression === undefined) return undefined;
  return {
    deflater: new MessageDeflater(compression, agreement.send),
    inflater: new MessageInflater(compression, agreement.receive, maxMessageSize),
  };
}
