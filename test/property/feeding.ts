import type { FrameParser } from "../../src/protocol/frame-parser.ts";

/** How bytes are given to a parser. */
export interface Feeding {
  /** Sizes of the chunks, from the start again when all are used. */
  readonly chunkSizes: readonly number[];
  /** Whether `stop()` is called in a call of the sink, from the start again likewise. */
  readonly stops: readonly boolean[];
}

/** Gives copies of `input` to `parser`, resuming where it stopped. Throws what the parser throws. */
export function feed(
  parser: FrameParser,
  input: Uint8Array,
  { chunkSizes, stops }: Feeding,
  sink: { onCall: () => void },
): void {
  let calls = 0;
  sink.onCall = () => {
    if (stops.length > 0 && stops[calls++ % stops.length]) parser.stop();
  };
  let chunks = 0;
  for (let start = 0; start < input.length; ) {
    const size = chunkSizes.length === 0 ? input.length : chunkSizes[chunks++ % chunkSizes.length]!;
    const chunk = Buffer.from(input.subarray(start, start + size));
    for (let at = 0; at < chunk.length; ) {
      const next = parser.push(chunk, at);
      if (next <= at || next > chunk.length) throw new Error(`push(chunk, ${at}) gave ${next}`);
      at = next;
    }
    start += chunk.length;
  }
}
