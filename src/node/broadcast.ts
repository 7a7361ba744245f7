import { headerSize } from "../protocol/frame-header.ts";
import { firstByte, writeFrame } from "../protocol/frame-writer.ts";
import { Opcode } from "../protocol/opcode.ts";
import { type Data, toBytes } from "./data.ts";

/** A message as the one frame that a server sends to any number of connections. */
export function broadcastFrames(data: Exclude<Data, Blob>): Buffer {
  const text = typeof data === "string";
  const payload = text ? Buffer.from(data) : toBytes(data);
  const frame = Buffer.allocUnsafeSlow(headerSize(payload.length, false) + payload.length);
  // Servers do not mask, so what one connection is sent fits all (RFC 6455 §5.1).
  writeFrame(frame, 0, firstByte(text ? Opcode.text : Opcode.binary), payload, undefined);
  return frame;
}
