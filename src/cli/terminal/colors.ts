/** Colours at a terminal, and whether there are to be any. */

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  magenta: 35,
  cyan: 36,
} as const;

/** A colour, or another way to stand out. */
export type Style = keyof typeof CODES;

/** Puts text into a style, or leaves it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

/** A {@link Paint} that does so, or one that does not. */
export function painter(colored: boolean): Paint {
  if (!colored) return (_style, text) => text;
  return (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;
}

/**
 * Whether what goes to a stream is to be coloured. `--color` decides; without it (or with `auto`)
 * FORCE_COLOR, then NO_COLOR (https://no-color.org), then whether the stream is a terminal that can.
 */
export function wantsColor(
  when: "auto" | "always" | "never",
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (when !== "auto") return when === "always";
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  return stream.isTTY === true && TERM !== "dumb";
}
