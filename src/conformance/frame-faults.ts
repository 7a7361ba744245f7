/** What is wrong with a frame that a testee sent, as RFC 6455 has it. */
import { OPCODE } from "./wire/frame.ts";
import type { SeenFrame } from "./wire/frame-reader.ts";

/** What the judgement of a frame depends on besides the frame. */
export interface FrameContext {
  /** Whether the sender is a client, whose frames must be masked. */
  readonly fromClient: boolean;
  /** Whether permessage-deflate is in use, so that RSV1 has a meaning. */
  readonly deflate: boolean;
  /** Whether a fragmented message is under way. */
  readonly insideMessage: boolean;
}

/** Every rule that the frame's header breaks, in the order in which a parser meets them. */
export function frameFaults(frame: SeenFrame, context: FrameContext): string[] {
  const { deflate, fromClient } = context;
  const faults: string[] = [];
  const check = (wrong: boolean, text: string) => {
    if (wrong) faults.push(text);
  };
  check(frame.rsv !== 0 && !(deflate && frame.rsv === 4), `§5.2: RSV is ${frame.rsv}, not 0`);
  check(fromClient && frame.mask === undefined, "§5.1: a frame from a client is not masked");
  check(!fromClient && frame.mask !== undefined, "§5.1: a frame from a server is masked");
  if (frame.opcode > 7) {
    check(!frame.fin, "§5.5: a control frame is fragmented");
    check(frame.length > 125n, `§5.5: a control frame of ${frame.length} bytes, over 125`);
    check(frame.opcode > OPCODE.pong, `§5.2: reserved opcode ${frame.opcode}`);
    check(frame.opcode === OPCODE.close && frame.length === 1n, "§5.5.1: Close of one byte");
    check(deflate && frame.rsv === 4, "RFC 7692 §6.1: RSV1 on a control frame");
  } else {
    check(frame.opcode > OPCODE.binary, `§5.2: reserved opcode ${frame.opcode}`);
    const continuation = frame.opcode === OPCODE.continuation;
    check(continuation && !context.insideMessage, "§5.4: a continuation of nothing");
    check(!continuation && context.insideMessage, "§5.4: a new message inside a message");
    check(
      deflate && frame.rsv === 4 && context.insideMessage,
      "RFC 7692 §6.1: RSV1 on a later frame",
    );
  }
  check(!frame.minimal, "§5.2: the length is not in the fewest bytes");
  check(frame.length >= 1n << 63n, "§5.2: the highest bit of the length is set");
  return faults;
}

/** Whether a close code may be on the wire for Autobahn (§7.4, before 1012 to 1014 came). */
export function closeCodeAllowed(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011].includes(code);
}
