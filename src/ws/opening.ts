import type { Duplex } from "node:stream";
import type { CloseInfo } from "../connection/close-info.ts";
import type { DeflateAgreement } from "../extensions/permessage-deflate.ts";
import type { FaceGroup } from "./endpoint.ts";
import type { PerMessageDeflate } from "./parts/per-message-deflate.ts";
import { thresholdOf } from "./settings.ts";
import type { PerMessageDeflateOptions } from "./types/options.ts";

/** What a WebSocket becomes open with. */
export interface Opening extends AgreedCompression {
  readonly stream: Duplex;
  readonly group: FaceGroup;
  /** Agreed subprotocol, `""` for none. */
  readonly protocol: string;
  /** What came behind the head of the handshake. */
  readonly rest: Buffer;
}

/** What is known of compression once the handshake is done. */
export interface AgreedCompression {
  readonly compression: DeflateAgreement | undefined;
  /** From how many bytes on messages are compressed; Infinity where that was not agreed upon. */
  readonly compressFrom: number;
}

/** What was agreed upon. @param deflate what has negotiated it, undefined for no compression */
export function agreedCompression(
  deflate: PerMessageDeflate | undefined,
  options: PerMessageDeflateOptions = {},
): AgreedCompression {
  if (deflate === undefined) {
    return { compression: undefined, compressFrom: Number.POSITIVE_INFINITY };
  }
  const compression = deflate.agreement;
  // What refers to the messages before gains even where it is short.
  const compressFrom = compression.send.contextTakeover ? 0 : thresholdOf(options);
  return { compression, compressFrom };
}

/** How a connection ends that was never open. */
export const NEVER_OPENED: CloseInfo = {
  code: 1006,
  reason: "",
  initiator: "none",
  clean: false,
  error: undefined,
  discarded: 0,
};
