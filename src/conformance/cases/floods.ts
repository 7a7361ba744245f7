/** What a peer does that wastes the other's time and memory, from either side. */
import type { RawConnection } from "../probe.ts";
import { encodeFrame, OPCODE } from "../wire/frame.ts";
import { repeated } from "./steps.ts";

const MASK = Buffer.alloc(4);

/** How long a testee may be busy with what it was sent, in milliseconds. */
const PATIENCE = 5000;

/** Bytes that are sent at once. */
const CHUNK = 2 ** 20;

const wire = (masked: boolean, opcode: number, payload: string | Buffer = "", fin = true) =>
  encodeFrame({ opcode, fin, payload: Buffer.from(payload as string) }, masked ? MASK : undefined);

const many = (count: number, bytes: Buffer) => Buffer.alloc(count * bytes.length, bytes);

/** The first fragment of a text message, empty. */
export const begin = (masked: boolean): Buffer => wire(masked, OPCODE.text, "", false);

/** The head of a frame of a gigabyte. */
export const announcing = (masked: boolean): Buffer =>
  encodeFrame(
    { opcode: OPCODE.binary, announce: 1_000_000_000n, lengthBytes: 8 },
    masked ? MASK : undefined,
  );

/** What became of a connection that was flooded. */
export async function outcome(connection: RawConnection): Promise<string> {
  const got = await connection.message(PATIENCE);
  if (got !== undefined) return `A message of ${got.length} bytes came back.`;
  const { closeCode, ended } = connection;
  if (closeCode !== undefined) return `The testee closed with ${closeCode ?? "no code"}.`;
  return ended ? "The testee ended the connection." : "Nothing came back.";
}

/** 200,000 fragments of one byte. */
export function smallFragments(connection: RawConnection, masked: boolean): Promise<string> {
  const part = wire(masked, OPCODE.continuation, "x", false);
  connection.send(
    Buffer.concat([begin(masked), many(200_000, part), wire(masked, OPCODE.continuation)]),
  );
  return outcome(connection);
}

/** 500,000 empty fragments. */
export function emptyFragments(connection: RawConnection, masked: boolean): Promise<string> {
  const part = wire(masked, OPCODE.continuation, "", false);
  connection.send(
    Buffer.concat([begin(masked), many(500_000, part), wire(masked, OPCODE.continuation)]),
  );
  return outcome(connection);
}

/** 100,000 Pings, then a message. */
export function smallPings(connection: RawConnection, masked: boolean): Promise<string> {
  const pings = many(100_000, wire(masked, OPCODE.ping, "x"));
  connection.send(Buffer.concat([pings, wire(masked, OPCODE.text, "end")]));
  return outcome(connection);
}

/** So many bytes of the same frames; the same memory is sent again and again. */
function flood(connection: RawConnection, frame: Buffer, bytes: number): void {
  const chunk = many(Math.ceil(CHUNK / frame.length), frame);
  for (let sent = 0; sent < bytes; sent += chunk.length) connection.send(chunk);
}

/** Pings whose Pongs are never read. */
export function longPings(c: RawConnection, masked: boolean, bytes: number): Promise<string> {
  c.pause(true);
  flood(c, wire(masked, OPCODE.ping, repeated("x", 125)), bytes);
  return outcome(c);
}

/** Messages whose echoes are never read. */
export function largeMessages(c: RawConnection, masked: boolean, bytes: number): Promise<string> {
  c.pause(true);
  flood(c, wire(masked, OPCODE.binary, repeated("x", 65_536)), bytes);
  return outcome(c);
}

/** Fragments of a message that does not end. */
export function endlessMessage(c: RawConnection, masked: boolean, bytes: number): Promise<string> {
  c.send(begin(masked));
  flood(c, wire(masked, OPCODE.continuation, repeated("x", 65_536), false), bytes);
  return outcome(c);
}

/** A text message, a byte every 100 ms. */
export async function dribble(connection: RawConnection, masked: boolean): Promise<string> {
  for (const byte of wire(masked, OPCODE.text, "dribble")) {
    connection.send(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await outcome(connection);
}
