/** Frames cut into TCP segments at every place (cases 22.6). */
import type { DialogCase, Step } from "../../case.ts";
import type { Event } from "../../observation.ts";
import { encodeFrame, type FrameSpec, OPCODE } from "../../wire/frame.ts";
import { dialog, served } from "../builders.ts";
import { giveUp, message, pong, repeated, wait } from "../steps.ts";

const MASK = Buffer.from([0x9a, 0x05, 0xc3, 0x7e]);

/** The bytes of frames as this role sends them. */
function wire(isServer: boolean, ...frames: readonly FrameSpec[]): Buffer {
  return Buffer.concat(frames.map((spec) => encodeFrame(spec, isServer ? undefined : MASK)));
}

/** Frames again and again, cut in two segments at each place in turn. */
function everySplit(isServer: boolean, { frames, upTo }: Split): Step[] {
  const bytes = wire(isServer, ...frames);
  return Array.from({ length: places({ frames, upTo }, isServer) }, (_, i) => [
    { kind: "bytes", bytes: bytes.subarray(0, i + 1), alone: true } as const,
    wait(2),
    { kind: "bytes", bytes: bytes.subarray(i + 1), alone: true } as const,
  ]).flat();
}

interface Split {
  readonly frames: readonly FrameSpec[];
  /** Cut only in so many first bytes; everywhere when left out. */
  readonly upTo?: number | undefined;
}

/** How many places there are to cut; a client's frames are longer by the key. */
function places({ frames, upTo }: Split, isServer: boolean): number {
  const { length } = wire(isServer, ...frames);
  return Math.min(upTo ?? length, length) - 1;
}

function split(
  index: number,
  what: string,
  frames: readonly FrameSpec[],
  events: readonly Event[],
  upTo?: number,
): DialogCase[] {
  const where = upTo === undefined ? "at every place" : "at every place of its head";
  const make = (id: string, isServer: boolean): DialogCase => {
    const count = places({ frames, upTo }, isServer);
    const all = Array.from({ length: count }, () => events).flat();
    return dialog({
      id,
      only: isServer ? "client" : "server",
      description: `${what}, cut in two TCP segments ${where}.`,
      rule: "framesParsed",
      // The echo of one message may well come after the Pong for the next.
      outcomes: served(all, { apart: true }),
      steps: () => [...everySplit(isServer, { frames, upTo }), giveUp(3000)],
    });
  };
  return [make(`22.6.${index}`, false), make(`22.6.${index + 6}`, true)];
}

const textFrame = (length: number): FrameSpec => ({
  opcode: OPCODE.text,
  payload: repeated("*", length),
});
const PING: FrameSpec = { opcode: OPCODE.ping, payload: Buffer.from("ping") };

/** Cases 22.6.1 to 22.6.6 for servers, 22.6.7 to 22.6.12 for clients. */
export const SPLITS: readonly DialogCase[] = [
  ...split(1, "A text message of 5 bytes", [textFrame(5)], [message(repeated("*", 5))]),
  ...split(2, "A text message of 300 bytes", [textFrame(300)], [message(repeated("*", 300))], 9),
  ...split(
    3,
    "A text message of 65536 bytes",
    [textFrame(65_536)],
    [message(repeated("*", 65_536))],
    15,
  ),
  ...split(4, "A Ping", [PING], [pong("ping")]),
  ...split(
    5,
    "A fragmented message with a Ping inside",
    [
      { opcode: OPCODE.text, fin: false, payload: Buffer.from("\u00e4") },
      PING,
      { opcode: OPCODE.continuation, payload: Buffer.from("\u20ac") },
    ],
    [pong("ping"), message("\u00e4\u20ac")],
  ),
  ...split(6, "An empty binary message", [{ opcode: OPCODE.binary }], [message("", true)]),
];
