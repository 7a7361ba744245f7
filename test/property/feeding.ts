import type { FrameParser } from "../../src/protocol/frame-parser.ts";
import { chunkOf, overwrite } from "../protocol/receiver.ts";

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
    const bytes = input.subarray(start, start + size);
    // Every other chunk where sockets put them, the others in memory of their own.
    const chunk = chunks % 2 === 0 ? chunkOf(bytes) : Buffer.from(bytes);
    for (let at = 0; at < bytes.length; ) {
      const next = parser.push(chunk, at, bytes.length);
      if (next <= at || next > bytes.length) throw new Error(`push(chunk, ${at}) gave ${next}`);
      at = next;
    }
    overwrite(chunk, bytes.length);
    start += bytes.length;
  }
}
