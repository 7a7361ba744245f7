/** What a server's answer to any request has come to, however wrong the request was. */
import type { Opening } from "../observation.ts";
import type { HeadCheck } from "../outcome.ts";
import { extensionsOf, fieldValues, type Head, HeadReader, statusOf } from "../wire/head.ts";
import { checkExtensions, offeredProtocols, protocolFault, switchFault } from "./handshake.ts";

/** What an answer means, by the request as it was sent. */
export function openingOf(answer: Head, request: string): Opening {
  const status = statusOf(answer);
  if (status !== 101) return { is: "refused", status, head: answer };
  const sent = headOf(request);
  const keys = fieldValues(sent, "Sec-WebSocket-Key");
  // With two keys nothing says which of them counts, nor with none.
  const one = keys.length === 1 ? keys : [...keys, keys.join(","), keys.join(", ")];
  const why = switchFault(answer, one) ?? choiceFault(answer, sent);
  return why === undefined ? { is: "open", head: answer } : { is: "wrong", why, head: answer };
}

/** What was chosen of what was offered. An extension that was offered is looked at by its case. */
function choiceFault(answer: Head, sent: Head): string | undefined {
  const fault = protocolFault(answer, offeredProtocols(sent.fields));
  if (fault !== undefined || extensionsOf(sent).length > 0) return fault;
  const opened = checkExtensions(answer, undefined);
  return "refused" in opened ? opened.refused : undefined;
}

/** A request that need not be one, as a head. Lines may end with LF alone. */
function headOf(text: string): Head {
  const lines = text.replaceAll(/\r?\n/g, "\r\n");
  return (
    new HeadReader().feed(Buffer.from(lines, "latin1")) ?? { start: "", fields: [], raw: text }
  );
}

/** §4.4: a refusal for the version says which version would do. */
export const NAMES_VERSION_13: HeadCheck = {
  words: "with Sec-WebSocket-Version: 13",
  fault: (head) => {
    const named = fieldValues(head, "Sec-WebSocket-Version")
      .flatMap((value) => value.split(","))
      .some((part) => part.trim() === "13");
    return named ? undefined : "The answer does not name version 13 (§4.4).";
  },
};

/** §9.1: no extension is chosen. */
export const NO_EXTENSION: HeadCheck = {
  words: "without an extension",
  fault: (head) =>
    extensionsOf(head).length > 0 ? "The answer has an extension that was not offered." : undefined,
};

/** The answer is not one of RFC 6455, which would have Sec-WebSocket-Accept. */
export const NO_ACCEPT: HeadCheck = {
  words: "without Sec-WebSocket-Accept",
  fault: (head) =>
    fieldValues(head, "Sec-WebSocket-Accept").length > 0
      ? "The answer has Sec-WebSocket-Accept."
      : undefined,
};

/** The switch is to another protocol that was asked for (RFC 9110 §7.8). */
export const TO_H2C: HeadCheck = {
  words: "to h2c",
  fault: (head) =>
    fieldValues(head, "Upgrade").join() === "h2c" ? undefined : "The switch is not to h2c.",
};

/** A subprotocol is one of these, or there is none. */
export const choosing = (...protocols: readonly string[]): HeadCheck => ({
  words: `with one of ${protocols.join(" and ")} or no subprotocol`,
  fault: (head) => {
    const chosen = fieldValues(head, "Sec-WebSocket-Protocol");
    const right = chosen.length === 0 || (chosen.length === 1 && protocols.includes(chosen[0]!));
    return right ? undefined : `The subprotocol ${chosen.join(", ")} was chosen.`;
  },
});
