/** What probes of frames are made of: frames as bytes, and what is looked for in those that come. */
import type { Role } from "../../testee.ts";
import { type Came, type CameFrame, hex, type Probe } from "./probe.ts";

/** A frame from the side that does not test: its first byte, its payload in hex, and whether it is masked. */
export type Wire = (first: string, payload?: string, masked?: boolean) => string;

/** Frames as a side that tests these sends them. Masks are zeros, so that the bytes can be read. */
export const wireOf =
  (role: Role): Wire =>
  (first, payload = "", masked = role === "server") => {
    const length = hex(payload).length;
    const mask = masked ? 0x80 : 0;
    const sizes = length < 126 ? [mask | length] : [mask | 126, length >> 8, length & 0xff];
    return `${first} ${Buffer.from(sizes).toString("hex")} ${masked ? "00000000" : ""} ${payload}`;
  };

/** Whether it is part of a message. */
export const isData = ({ first }: CameFrame) => (first & 0x0f) < 8;
/** Whether it is a whole message with this text. */
export const isText = (text: string) => (frame: CameFrame) =>
  isData(frame) && frame.payload.toString() === text;
/** Whether it is a Close. */
export const isClose = ({ first }: CameFrame) => (first & 0x0f) === 8;
/** The code of a Close. */
export const codeOf = ({ payload }: CameFrame) =>
  payload.length > 1 ? payload.readUInt16BE() : undefined;

/** Whether one of the frames that came is like this. */
export const some =
  (test: (frame: CameFrame) => boolean) =>
  ({ frames }: Came): boolean =>
    frames.some(test);
/** Whether a Close came with one of these codes. */
export const closesWith = (...codes: readonly number[]) =>
  some((frame) => isClose(frame) && codes.includes(codeOf(frame) ?? 0));

/** Fewer messages came back than these, and something else did, or the end of TCP. */
export const fewerThan =
  (count: number) =>
  ({ frames }: Came): boolean =>
    frames.filter((frame) => isData(frame) && frame.payload.length > 0).length < count;

/** Not so many messages came back, or another text than this. Those that are compressed are not read. */
export const echoesOther =
  (count: number, text: string) =>
  (came: Came): boolean =>
    fewerThan(count)(came) ||
    came.frames.some(
      (frame) => isData(frame) && (isPlain(frame) ? !isText(text)(frame) : isNothing(frame)),
    );

const isPlain = ({ first }: CameFrame) => (first & 0x40) === 0;
/** A compressed message of no bytes (RFC 7692 §7.2.3.6). */
const isNothing = ({ payload }: CameFrame) => payload.equals(Buffer.of(0));

const shown = (text: string) => {
  const bytes = hex(text).toString("hex");
  const words = bytes.slice(0, 80).replaceAll(/..(?=.)/g, "$& ");
  return `\`${words}${bytes.length > 80 ? " …" : ""}\``;
};

/** Makes a probe of frames: its rule, what they are, their bytes in hex, what must not come, its cases. */
export type Make = (
  rule: string,
  what: string,
  bytes: string,
  breaks: Probe["breaks"],
  ...cases: readonly string[]
) => Probe;

/** Makes probes on connections that are opened in this way. */
export const probesOn =
  (head: Probe["head"]): Make =>
  (rule, what, bytes, breaks, ...cases) => ({
    cases,
    rule,
    sent: `${what}: ${shown(bytes)}`,
    head,
    frames: hex(bytes),
    breaks,
  });
