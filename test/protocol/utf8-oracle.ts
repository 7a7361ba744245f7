const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether `input` is valid UTF-8, by the platform's decoder. */
export function isCompleteText(input: Uint8Array): boolean {
  try {
    decoder.decode(input);
    return true;
  } catch {
    return false;
  }
}

// Whatever character is cut off, one of these completes it: after E0, F0 the next byte is a high
// one, after ED, F4 a low one.
const ENDINGS = [[], [0x80], [0xbf], [0x80, 0x80], [0xbf, 0x80], [0x80, 0x80, 0x80]];
ENDINGS.push([0xbf, 0x80, 0x80]);

/** Whether valid UTF-8 can begin with `input`. */
export function isStartOfText(input: Uint8Array): boolean {
  return ENDINGS.some((ending) => isCompleteText(Uint8Array.of(...input, ...ending)));
}
