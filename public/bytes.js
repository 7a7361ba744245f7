// Bytes as people write them.

/** How many bytes of a message are shown; a message may have a million. */
const SHOWN = 512;
const PER_LINE = 16;

/**
 * Reads bytes in hex: two digits each, with or without blanks, commas or `0x` between them.
 *
 * @returns a Uint8Array, or undefined for anything else
 */
export function parseHex(text) {
  const digits = text.replace(/0x|[\s,:]/gi, "");
  if (digits.length % 2 === 1 || !/^[\da-f]*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes in hex, 16 a line, as text beside it, with a line for what is not shown. */
export function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, SHOWN); at += PER_LINE) {
    const row = [...bytes.subarray(at, Math.min(at + PER_LINE, SHOWN))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`${hex.padEnd(3 * Math.min(PER_LINE, bytes.length) - 1)}  ${text}`);
  }
  if (bytes.length > SHOWN) lines.push(`… and ${count(bytes.length - SHOWN)} bytes more`);
  return lines.join("\n");
}

/** `5 B`, `1.2 KiB`, `3.4 MiB`. */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A number with its thousands apart. */
export function count(number) {
  return number.toLocaleString("en");
}
