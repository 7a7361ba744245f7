import fc from "fast-check";

/** The same bytes cut at arbitrary places, empty chunks included. */
export function cut(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((places) => {
    const chunks: Buffer[] = [];
    let from = 0;
    for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
      chunks.push(bytes.subarray(from, to));
      from = to;
    }
    return chunks;
  });
}
