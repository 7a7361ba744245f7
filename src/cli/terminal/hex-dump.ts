/** Bytes for the eyes: what `barewire connect` prints for a binary message. */

const BYTES_PER_LINE = 16;

/**
 * A hex dump: 16 bytes a line, each line with the offset of its first byte, the bytes in hex in
 * two groups of eight, and as ASCII with a dot for what cannot be printed. No line end at the end;
 * `""` for no bytes.
 *
 * @param first offset of the first byte
 */
export function hexDump(bytes: Uint8Array, first = 0): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += BYTES_PER_LINE) {
    const row = [...bytes.subarray(offset, offset + BYTES_PER_LINE)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const groups = `${hex.slice(0, 8).join(" ")}  ${hex.slice(8).join(" ")}`;
    const ascii = row
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(
      `${(first + offset).toString(16).padStart(8, "0")}  ${groups.padEnd(48)}  |${ascii}|`,
    );
  }
  return lines.join("\n");
}

/**
 * Text from elsewhere for a terminal: control characters, which could move the cursor or change
 * the terminal's settings, are written as `\x1b`; line ends and tabs stay.
 */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
