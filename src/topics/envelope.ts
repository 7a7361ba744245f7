import { randomBytes } from "node:crypto";
import { WebSocketError } from "../errors.ts";

/**
 * How a message travels between processes: a byte that says what it is, eight that stand for the server that
 * has published it, then the message as it is. Text is in UTF-8.
 */
export interface Envelope {
  readonly kind: "message" | "lost";
  readonly payload: Uint8Array;
  readonly text: boolean;
  /** As for `send`; undefined to leave it to the options of each connection. */
  readonly compress: boolean | undefined;
}

const ORIGIN_SIZE = 8;
const HEADER_SIZE = 1 + ORIGIN_SIZE;

/** The upper half of the first byte: this format. Another one gets another number. */
const FORMAT = 0x10;
const FORMAT_BITS = 0xf0;
const TEXT = 0x01;
const COMPRESS = 0x02;
const DO_NOT_COMPRESS = 0x04;
/** No message: some before this one were lost on the way to the engine. */
const LOST = 0x08;

/** Another one for each server, so that it knows its own messages. */
export function newOrigin(): Buffer {
  return randomBytes(ORIGIN_SIZE);
}

/** Puts a message into its envelope. */
export function seal(origin: Buffer, { kind, payload, text, compress }: Envelope): Buffer {
  const sealed = Buffer.allocUnsafeSlow(HEADER_SIZE + payload.length);
  let first = FORMAT;
  if (kind === "lost") first |= LOST;
  if (text) first |= TEXT;
  if (compress !== undefined) first |= compress ? COMPRESS : DO_NOT_COMPRESS;
  sealed[0] = first;
  sealed.set(origin, 1);
  sealed.set(payload, HEADER_SIZE);
  return sealed;
}

/** Whether a server has sealed this itself. */
export function isFrom(origin: Buffer, sealed: Uint8Array): boolean {
  return (
    sealed.length >= HEADER_SIZE && origin.compare(sealed, 1, HEADER_SIZE, 0, ORIGIN_SIZE) === 0
  );
}

/**
 * Takes a message out of its envelope, without a copy.
 *
 * @throws WebSocketError `BROKER_MESSAGE_INVALID` for what no server of this kind has sealed
 */
export function unseal(sealed: Uint8Array): Envelope {
  const first = sealed[0] ?? 0;
  if (sealed.length < HEADER_SIZE || (first & FORMAT_BITS) !== FORMAT) {
    throw new WebSocketError(
      "BROKER_MESSAGE_INVALID",
      `what came from the broker (${sealed.length} bytes) is no message of a barewire server: let nothing else publish there`,
    );
  }
  const compresses = (first & (COMPRESS | DO_NOT_COMPRESS)) !== 0;
  return {
    kind: (first & LOST) !== 0 ? "lost" : "message",
    payload: sealed.subarray(HEADER_SIZE),
    text: (first & TEXT) !== 0,
    compress: compresses ? (first & COMPRESS) !== 0 : undefined,
  };
}
