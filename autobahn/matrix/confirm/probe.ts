/**
 * Probes look at a defect that the suite has found without the suite: bytes that are written here as they are
 * sent, by `node:net`, and a reading of what comes back that shares no code with the judge.
 */

/** A frame as it came, without its mask. */
export interface CameFrame {
  /** FIN, RSV and opcode. */
  readonly first: number;
  readonly payload: Buffer;
}

/** What came from a testee. */
export interface Came {
  /** The head of a server's answer, one character per byte; `""` where none came. */
  readonly head: string;
  readonly frames: readonly CameFrame[];
  /** The testee ended the connection. */
  readonly ended: boolean;
  /** The testee takes no fresh connection any more. */
  readonly gone: boolean;
}

/** One thing to send, and what must not come of it. */
export interface Probe {
  /** Cases of the suite that it stands for; a pattern with a `*` stands for all that begin so. */
  readonly cases: readonly string[];
  /** Where the rule stands. */
  readonly rule: string;
  /** What is sent, in words. */
  readonly sent: string;
  /** The request to a server, or the answer to a client's key, one character per byte. */
  readonly head: (key: string) => string;
  /** What is sent behind it once a WebSocket is open; to a client, in one write with the answer. */
  readonly frames: Buffer;
  /** Whether this is what the rule forbids. */
  readonly breaks: (came: Came) => boolean;
}

/** A defect that a probe has seen, in the words of the page. */
export interface Confirmation {
  readonly cases: readonly string[];
  readonly rule: string;
  readonly sent: string;
  readonly came: string;
  /** Whether it broke the rule. */
  readonly isDefect: boolean;
}

/** Whether a probe stands for a case. */
export const standsFor = ({ cases }: Pick<Probe, "cases">, id: string): boolean =>
  cases.some((pattern) =>
    pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern,
  );

/** Bytes as they are written on the page. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** The whole frames at the begin of some bytes. */
export function framesOf(bytes: Buffer): CameFrame[] {
  const frames: CameFrame[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const short = bytes[at + 1]! & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskBytes = bytes[at + 1]! & 0x80 ? 4 : 0;
    const begin = at + 2 + lengthBytes + maskBytes;
    if (begin > bytes.length) break;
    const length =
      lengthBytes === 0
        ? short
        : Number(`0x${bytes.toString("hex", at + 2, at + 2 + lengthBytes)}`);
    if (begin + length > bytes.length) break;
    const mask = bytes.subarray(begin - maskBytes, begin);
    const payload = Buffer.from(bytes.subarray(begin, begin + length));
    if (maskBytes > 0) for (let i = 0; i < length; i++) payload[i]! ^= mask[i % 4]!;
    frames.push({ first: bytes[at]!, payload });
    at = begin + length;
  }
  return frames;
}

/** Frames that are shown of one connection. */
const MOST = 3;

/** What came, in words. */
export function cameWords({ ended, frames, gone, head }: Came): string {
  const parts = [
    ...(head === "" ? [] : [`\`${head.split("\r\n")[0]}\``]),
    ...extensionLine(head),
    ...frames.slice(0, MOST).map(frameWords),
    ...(frames.length > MOST ? [`${frames.length - MOST} more frames`] : []),
    ...(ended ? ["the end of TCP"] : []),
    ...(gone ? ["no answer to a fresh connection: the server is gone"] : []),
  ];
  return parts.length === 0 ? "nothing" : parts.join(", then ");
}

const extensionLine = (head: string) =>
  (/^Sec-WebSocket-Extensions:.*$/im.exec(head) ?? []).map((line) => `\`${line}\``);

/** Bytes of a payload that are shown. */
const SHOWN = 24;

function frameWords({ first, payload }: CameFrame): string {
  const length =
    payload.length < 126
      ? [payload.length]
      : payload.length < 65_536
        ? [126, payload.length >> 8, payload.length & 0xff]
        : [127];
  const bytes = Buffer.concat([Buffer.from([first, ...length]), payload]);
  const shown = bytes
    .subarray(0, SHOWN)
    .toString("hex")
    .replaceAll(/..(?=.)/g, "$& ");
  return `\`${shown}${bytes.length > SHOWN ? " …" : ""}\``;
}
