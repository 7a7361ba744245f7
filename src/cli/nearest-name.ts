/** What somebody may have meant who wrote a name that there is not. */

/**
 * The name most like `text`: one that begins with it, or one that a few slips of the fingers make of
 * it (a character too many, too few, another one, two in the wrong order), at most one for every
 * three characters. Undefined where none comes near.
 */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const beginning = names.filter((name) => text.length >= 2 && name.startsWith(text));
  if (beginning.length === 1) return beginning[0];
  const allowed = Math.max(1, Math.floor(text.length / 3));
  let nearest: string | undefined;
  let least = allowed + 1;
  for (const name of names) {
    const slips = distance(text, name);
    // A name that shares nothing with the text is no guess, however short both are.
    if (slips < least && slips < name.length) [nearest, least] = [name, slips];
  }
  return nearest;
}

/** Number of insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
