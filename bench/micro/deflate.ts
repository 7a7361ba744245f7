import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { bench, do_not_optimize, group, summary } from "mitata";
import { Deflater } from "../../src/extensions/deflater.ts";
import { Inflater } from "../../src/extensions/inflater.ts";
import { smallMessages } from "../load/json-messages.ts";

const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const MESSAGES = smallMessages(300);

/** Short messages with context takeover: the codec of our own against one call of zlib for each. */
export function deflateBenchmarks(): void {
  for (const [windowBits, level] of [
    [12, 3],
    [15, 6],
  ] as const) {
    const agreed = { windowBits, contextTakeover: true };
    const size = 1 << windowBits;
    const window = Buffer.concat(MESSAGES).subarray(-size);
    const common = { windowBits, dictionary: window };
    const finishFlush = constants.Z_SYNC_FLUSH;
    const zlib = { ...common, level, memLevel: 8, finishFlush, chunkSize: 256 };
    const deflater = new Deflater(agreed, { level, memLevel: 8 });
    let next = 0;
    const message = () => MESSAGES[next++ % MESSAGES.length]!;
    group(`deflate 130 B of JSON, window ${windowBits}, level ${level}`, () => {
      summary(() => {
        bench("our own", () => do_not_optimize(deflater.deflate(message())));
        bench("zlib", () => do_not_optimize(deflateRawSync(message(), zlib)));
      });
    });
    const payloads = [...MESSAGES, ...MESSAGES].map((each, i, all) => {
      const before = Buffer.concat(all.slice(Math.max(0, i - 300), i)).subarray(-size);
      const dictionary = before.length === 0 ? {} : { dictionary: before };
      return deflateRawSync(each, { windowBits, level, finishFlush, ...dictionary });
    });
    const stripped = payloads.map((payload) => payload.subarray(0, -TAIL.length));
    const inflater = new Inflater(agreed);
    let at = 0;
    group(`inflate 130 B of JSON, window ${windowBits}`, () => {
      summary(() => {
        bench("our own", () => {
          do_not_optimize(inflater.inflate(stripped[at]!, 1 << 20));
          // From the second round on all are alike.
          at = at + 1 < stripped.length ? at + 1 : MESSAGES.length;
        });
        const options = { ...common, finishFlush, chunkSize: 1024 };
        bench("zlib", () => do_not_optimize(inflateRawSync(payloads[MESSAGES.length]!, options)));
      });
    });
  }
}
