/** RFC 6455 §5.5.1 and §7: the end of a connection. */
import type { Rule } from "./rule.ts";

/** Rules on closing. */
export const CLOSING_RULES = {
  closeAnswered: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.1",
    quote: "the endpoint MUST send a Close frame in response",
    says: "A Close is answered by a Close.",
  },
  closingIsSilent: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §6.1, §7.1.3",
    quote: "MUST ensure the WebSocket connection is in the OPEN state",
    says: "Frames behind a Close are not served.",
  },
  sentAfterClose: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.1",
    quote: "MUST NOT send any more data frames after sending a Close frame",
    says: "No message is sent behind one's own Close.",
  },
  sentCloseBody: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.1",
    quote: "MUST be a 2-byte unsigned integer",
    says: "The body of a Close is empty, or begins with a code of two bytes.",
  },
  sentCloseReason: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.1, §8.1",
    quote: "the body MAY contain UTF-8-encoded data",
    says: "The reason in a Close is UTF-8.",
  },
  sentCloseCode: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §7.4.1",
    quote: "MUST NOT be set as a status code in a Close control frame",
    says: "1005, 1006 and 1015 are never sent.",
  },
  sentUnusedCode: {
    strength: "SHOULD",
    binds: "both",
    place: "RFC 6455 §7.4.2",
    quote: "Status codes in the range 0-999 are not used",
    says: "Only codes that are defined, registered or private are sent.",
  },
  closeValid: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.1, §7.4, §10.7",
    quote: "Incoming data MUST always be validated",
    says: "A Close with a body that must not be sent is not taken for a good one.",
  },
  codeRefused: {
    strength: "SHOULD",
    binds: "both",
    place: "RFC 6455 §7.4.1, §7.4.2, §10.7",
    quote: "SHOULD send a Close frame with an appropriate status code",
    says: "A Close with a code that must not be sent is answered with 1002, or ends TCP.",
  },
  codeEchoed: {
    strength: "SHOULD",
    binds: "both",
    place: "RFC 6455 §5.5.1",
    quote: "the endpoint typically echos the status code it received",
    says: "A Close with a good code is answered with that code or 1000.",
  },
  codeUndefined: {
    strength: "MAY",
    binds: "both",
    place: "RFC 6455 §7.4.2",
    says: "Of these codes the rules say nothing: anything may come of them.",
  },
  messagesBeforeClose: {
    strength: "MAY",
    binds: "both",
    place: "RFC 6455 §5.5.1",
    quote: "there is no guarantee that the endpoint that has already sent a Close frame",
    says: "Messages right before a Close may come back or not.",
  },
} as const satisfies Readonly<Record<string, Rule>>;
