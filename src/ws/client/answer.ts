import type { IncomingMessage } from "node:http";
import { acceptKey } from "../../handshake/accept-key.ts";
import { extension, type ParsedParams } from "../parts/extension.ts";
import { PerMessageDeflate } from "../parts/per-message-deflate.ts";
import type { Asked } from "./request.ts";

/** What a server has agreed to. */
export interface Agreed {
  /** The subprotocol, `""` for none. */
  readonly protocol: string;
  /** Undefined without compression. */
  readonly deflate: PerMessageDeflate | undefined;
}

/**
 * Judges the head of an answer that says to switch protocols (RFC 6455 §4.1).
 *
 * @throws Error for one that does not fit what was asked
 */
export function judgeAnswer({ headers }: IncomingMessage, asked: Asked): Agreed {
  if (headers.upgrade?.toLowerCase() !== "websocket") throw new Error("Invalid Upgrade header");
  if (headers["sec-websocket-accept"] !== acceptKey(asked.key)) {
    throw new Error("Invalid Sec-WebSocket-Accept header");
  }
  return {
    protocol: judgeProtocol(headers["sec-websocket-protocol"], asked.protocols),
    deflate: judgeExtensions(headers["sec-websocket-extensions"], asked.deflate),
  };
}

function judgeProtocol(chosen: string | undefined, offered: readonly string[]): string {
  if (chosen === undefined) {
    if (offered.length > 0) throw new Error("Server sent no subprotocol");
    return "";
  }
  if (offered.length === 0) throw new Error("Server sent a subprotocol but none was requested");
  if (!offered.includes(chosen)) throw new Error("Server sent an invalid subprotocol");
  return chosen;
}

function judgeExtensions(
  answer: string | undefined,
  offered: PerMessageDeflate | undefined,
): PerMessageDeflate | undefined {
  if (answer === undefined) return undefined;
  if (offered === undefined) {
    throw new Error("Server sent a Sec-WebSocket-Extensions header but no extension was requested");
  }
  const answered = parse(answer);
  const { [PerMessageDeflate.extensionName]: params, ...others } = answered;
  if (params === undefined || Object.keys(others).length > 0) {
    throw new Error("Server indicated an extension that was not requested");
  }
  try {
    // RFC 7692 §5: an extension is accepted once.
    if (params.length > 1) throw new Error("accepted more than once");
    offered.accept(params);
  } catch (cause) {
    throw invalidExtensions(cause);
  }
  return offered;
}

function parse(answer: string): Record<string, ParsedParams[]> {
  try {
    return extension.parse(answer);
  } catch (cause) {
    throw invalidExtensions(cause);
  }
}

function invalidExtensions(cause: unknown): Error {
  return new Error("Invalid Sec-WebSocket-Extensions header", { cause });
}
