/** What a peer does that wastes the other's time and memory, from either side. */
import type { RawConnection } from "../../drive/raw-connection.ts";
import { encodeFrame, OPCODE } from "../../wire/frame.ts";
import { repeated } from "../steps.ts";

const MASK = Buffer.alloc(4);

/** How long a testee may be busy with what it was sent, and how long nothing may move, in ms. */
const PATIENCE = 10_000;
const QUIET = 1000;

/** Bytes that are sent at once, and how often it is looked whether they have left, in milliseconds. */
const CHUNK = 2 ** 20;
const LOOK = 2;

/** A frame as the judge sends it: masked where it is the client. */
export const wire = (
  masked: boolean,
  opcode: number,
  payload: string | Buffer = "",
  fin = true,
): Buffer =>
  encodeFrame({ opcode, fin, payload: Buffer.from(payload as string) }, masked ? MASK : undefined);

const many = (count: number, bytes: Buffer) => Buffer.alloc(count * bytes.length, bytes);

/** The first fragment of a text message, empty. */
export const begin = (masked: boolean): Buffer => wire(masked, OPCODE.text, "", false);

/** The head of a frame of so many bytes, by default a gigabyte, and the first of them. */
export const announcing = (masked: boolean, announce = 1_000_000_000n, payload = ""): Buffer =>
  encodeFrame(
    { opcode: OPCODE.binary, announce, lengthBytes: 8, payload: Buffer.from(payload) },
    masked ? MASK : undefined,
  );

/** What became of a connection that was flooded: until something comes of it, or nothing moves any more. */
export async function outcome(connection: RawConnection): Promise<string> {
  const begun = performance.now();
  let [moved, waiting, received] = [begun, connection.waiting, connection.received];
  while (performance.now() - moved < QUIET && performance.now() - begun < PATIENCE) {
    const got = await connection.message(100);
    if (got !== undefined) return `A message of ${got.length} bytes came back.`;
    const { closeCode, ended } = connection;
    if (closeCode !== undefined) return `The testee closed with ${closeCode ?? "no code"}.`;
    if (ended) return "The testee ended the connection.";
    if (connection.waiting !== waiting || connection.received !== received) {
      [moved, waiting, received] = [performance.now(), connection.waiting, connection.received];
    }
  }
  return "Nothing came back.";
}

/** Sends bytes, and sees what becomes of it. */
const sent = (connection: RawConnection, ...parts: readonly Buffer[]): Promise<string> => {
  connection.send(Buffer.concat(parts));
  return outcome(connection);
};

/** Fragments of one byte, or of none, and the end of their message. */
export function fragments(
  connection: RawConnection,
  masked: boolean,
  count: number,
  byte = "x",
): Promise<string> {
  const part = wire(masked, OPCODE.continuation, byte, false);
  return sent(connection, begin(masked), many(count, part), wire(masked, OPCODE.continuation));
}

/** Fragments whose message never ends. */
export const endlessFragments = (masked: boolean, count: number, payload: string): Buffer =>
  Buffer.concat([begin(masked), many(count, wire(masked, OPCODE.continuation, payload, false))]);

/** 100,000 Pings, then a message. */
export const smallPings = (connection: RawConnection, masked: boolean): Promise<string> =>
  sent(connection, many(100_000, wire(masked, OPCODE.ping, "x")), wire(masked, OPCODE.text, "end"));

/**
 * So many bytes of the same frames, or fewer where the testee takes no more; the same memory is sent again
 * and again, and what has left is seen only when all of a write has.
 */
async function flood(connection: RawConnection, frame: Buffer, bytes: number): Promise<void> {
  const chunk = many(Math.ceil(CHUNK / frame.length), frame);
  const end = performance.now() + PATIENCE;
  for (let sent = 0; sent < bytes && performance.now() < end; sent += chunk.length) {
    connection.send(chunk);
    const stuck = performance.now() + QUIET;
    while (connection.waiting > 0) {
      const isOver = connection.ended || connection.closeCode !== undefined;
      if (isOver || performance.now() > stuck) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
}

/** Pings whose Pongs are never read. */
export async function longPings(c: RawConnection, masked: boolean, bytes: number): Promise<string> {
  c.pause(true);
  await flood(c, wire(masked, OPCODE.ping, repeated("x", 125)), bytes);
  return outcome(c);
}

/** Messages whose echoes are never read. */
export async function largeMessages(
  c: RawConnection,
  masked: boolean,
  bytes: number,
): Promise<string> {
  c.pause(true);
  await flood(c, wire(masked, OPCODE.binary, repeated("x", 65_536)), bytes);
  return outcome(c);
}

/** Fragments of a message that does not end. */
export async function endlessMessage(
  c: RawConnection,
  masked: boolean,
  bytes: number,
): Promise<string> {
  c.send(begin(masked));
  await flood(c, wire(masked, OPCODE.continuation, repeated("x", 65_536), false), bytes);
  return outcome(c);
}

/** A text message, a byte every 100 ms. */
export async function dribble(connection: RawConnection, masked: boolean): Promise<string> {
  await inBytes(connection, wire(masked, OPCODE.text, "dribble"), 100);
  return await outcome(connection);
}

/** Bytes one by one, with so many milliseconds between them. */
export async function inBytes(
  connection: RawConnection,
  bytes: Buffer,
  pause: number,
): Promise<void> {
  for (const byte of bytes) {
    connection.send(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
