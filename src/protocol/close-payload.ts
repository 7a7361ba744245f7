import { ProtocolError } from "../errors.ts";
import { CloseCode, mayBeOnTheWire } from "./close-code.ts";
import { decodeText } from "./text.ts";

/** What a Close frame says (RFC 6455 §5.5.1). */
export interface ClosePayload {
  /** §7.4; 1005 where it says nothing (§7.1.5). */
  readonly code: number;
  /** `""` for none. */
  readonly reason: string;
}

/** @throws ProtocolError for a payload that a Close frame must not have */
export function decodeClose(payload: Buffer): ClosePayload {
  if (payload.length === 0) return { code: CloseCode.noStatus, reason: "" };
  // That it has no body of one byte has been seen to in the header. §7.4: not any code.
  const code = payload.readUInt16BE(0);
  if (!mayBeOnTheWire(code)) throw new ProtocolError("CLOSE_CODE_INVALID", `${code}`);
  return { code, reason: decodeText(payload, 2, payload.length, 0x80) };
}

/** The payload of a Close frame; empty for the code 1005, which is never on the wire (§7.4.1). */
export function encodeClose({ code, reason }: ClosePayload): Buffer {
  if (code === CloseCode.noStatus) return Buffer.alloc(0);
  const payload = Buffer.allocUnsafe(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}
