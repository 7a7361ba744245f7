/** Probes of compressed messages (RFC 7692). */
import type { Probe } from "./probe.ts";
import { echoesOther, fewerThan, isData, type Make, some, type Wire } from "./wire.ts";

/** `Hello`, as RFC 7692 §7.2.3.1 has it, and again by reference to the first (§7.2.3.2). */
const HELLO = "f248cdc9c90700";
const AGAIN = "f200110000";
/** `Hello, Hello, Hello!` */
const THRICE = "f248cdc9c9d751f040a2140100";
/** `Hello` in a block with BFINAL set (§7.2.3.4). */
const FINAL = "f348cdc9c9070000";
/** A stored block whose text is not UTF-8. */
const NOT_TEXT = "000400fbff61eda08000";

/** A compressed text, byte by byte, with a Ping behind each but the last. */
const inBytes = (wire: Wire, payload: string): string =>
  (payload.match(/../g) ?? [])
    .map((byte, i, { length }) => {
      const first = i === 0 ? "41" : i === length - 1 ? "80" : "00";
      return wire(first, byte) + (i === length - 1 ? "" : wire("89", "70"));
    })
    .join("");

/** The probes; `alive` is a text that is not compressed. */
export function deflateProbes(wire: Wire, make: Make, alive: string): Probe[] {
  const RSV1 = "RFC 7692 §6.1";
  const takesText = some(isData);
  return [
    make(
      RSV1,
      "a Ping with RSV1",
      wire("c9", "78"),
      some(({ first }) => first === 0x8a),
      "24.2.1",
    ),
    make(RSV1, "a Pong with RSV1, and a text", wire("ca", "78") + alive, takesText, "24.2.2"),
    make(
      RSV1,
      "a compressed text, its second fragment with RSV1",
      wire("41", HELLO.slice(0, 6)) + wire("c0", HELLO.slice(6)),
      takesText,
      "24.2.3",
    ),
    make(
      RSV1,
      "a text that is not compressed, its second fragment with RSV1",
      wire("01", "61") + wire("c0", HELLO),
      takesText,
      "24.2.4",
    ),
    make("RFC 6455 §5.2", "a compressed text with RSV2", wire("e1", HELLO), takesText, "24.2.5"),
    make("RFC 6455 §5.2", "a compressed text with RSV3", wire("d1", HELLO), takesText, "24.2.6"),
    make(
      "RFC 6455 §8.1",
      "compressed text that is not UTF-8",
      wire("c1", NOT_TEXT),
      takesText,
      "24.3.5",
    ),
    make(
      "RFC 6455 §5.4",
      "a compressed text in three fragments with a Ping before the last",
      wire("41", THRICE.slice(0, 6)) +
        wire("00", THRICE.slice(6, 10)) +
        wire("89", "70") +
        wire("80", THRICE.slice(10)),
      fewerThan(1),
      "24.1.2",
    ),
    make(
      "RFC 6455 §5.4",
      "a compressed text in fragments of a byte with a Ping behind each",
      inBytes(wire, THRICE),
      fewerThan(1),
      "24.1.12",
    ),
    make(
      "RFC 7692 §7.2.3.4",
      "the example of a block with BFINAL set",
      wire("c1", FINAL),
      echoesOther(1, "Hello"),
      "24.1.7",
      "24.1.10",
    ),
    make(
      "RFC 7692 §7.2.3.4",
      "the example of a block with BFINAL set, three times",
      wire("c1", FINAL).repeat(3),
      echoesOther(3, "Hello"),
      "24.1.11",
    ),
    make(
      "RFC 7692 §7.1",
      "a compressed text, and one that refers to it, in two fragments with a Ping between them",
      wire("c1", HELLO) +
        wire("41", AGAIN.slice(0, 4)) +
        wire("89", "70") +
        wire("80", AGAIN.slice(4)),
      echoesOther(2, "Hello"),
      "24.9.6",
    ),
  ];
}
