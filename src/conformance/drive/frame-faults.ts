/** What is wrong with a frame that a testee sent, as RFC 6455 has it. */
import type { Fault } from "../observation.ts";
import type { RuleName } from "../rules.ts";
import { OPCODE } from "../wire/frame.ts";
import type { SeenFrame } from "../wire/frame-reader.ts";

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
export function frameFaults(frame: SeenFrame, context: FrameContext): Fault[] {
  const { deflate, fromClient } = context;
  const faults: Fault[] = [];
  const check = (wrong: boolean, rule: RuleName, text: string) => {
    if (wrong) faults.push({ rule, text });
  };
  const compressed = deflate && frame.rsv === 4;
  check(frame.rsv !== 0 && !compressed, "sentReservedBits", `§5.2: RSV is ${frame.rsv}, not 0`);
  const masked = frame.mask !== undefined;
  check(fromClient && !masked, "sentMask", "§5.1: a frame from a client is not masked");
  check(!fromClient && masked, "sentMask", "§5.1: a frame from a server is masked");
  const reserved = `§5.2: reserved opcode ${frame.opcode}`;
  if (frame.opcode > 7) {
    check(!frame.fin, "sentControl", "§5.5: a control frame is fragmented");
    const long = `§5.5: a control frame of ${frame.length} bytes, over 125`;
    check(frame.length > 125n, "sentControl", long);
    check(frame.opcode > OPCODE.pong, "sentOpcode", reserved);
    const oneByte = frame.opcode === OPCODE.close && frame.length === 1n;
    check(oneByte, "sentCloseBody", "§5.5.1: Close of one byte");
    check(compressed, "sentCompressedBit", "RFC 7692 §6.1: RSV1 on a control frame");
  } else {
    check(frame.opcode > OPCODE.binary, "sentOpcode", reserved);
    const continuation = frame.opcode === OPCODE.continuation;
    const { insideMessage } = context;
    check(continuation && !insideMessage, "sentOrder", "§5.4: a continuation of nothing");
    check(!continuation && insideMessage, "sentOrder", "§5.4: a new message inside a message");
    const later = compressed && insideMessage;
    check(later, "sentCompressedBit", "RFC 7692 §6.1: RSV1 on a later frame");
  }
  check(!frame.minimal, "sentLength", "§5.2: the length is not in the fewest bytes");
  check(frame.length >= 1n << 63n, "sentLength", "§5.2: the highest bit of the length is set");
  return faults;
}
