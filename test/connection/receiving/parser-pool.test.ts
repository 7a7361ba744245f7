import { describe, expect, it } from "vitest";
import { ParserPool } from "../../../src/connection/receiving/parser-pool.ts";
import { MessageRecorder } from "../../protocol/receiver.ts";

const rules = { masked: false, reservedBits: 0, maxMessageSize: 1000, maxFragments: 10 };
const frame = (text: string) =>
  Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);

describe("ParserPool", () => {
  it("lends a parser again, to whom it is lent then", () => {
    const pool = new ParserPool(rules);
    const [first, second] = [new MessageRecorder(), new MessageRecorder()];
    const parser = pool.take(first);
    parser.push(frame("one"));
    pool.giveBack(parser);
    expect(parser.sink.sink).not.toBe(first);
    expect(pool.take(second)).toBe(parser);
    parser.push(frame("two"));
    expect(first.received).toEqual([["text", "one"]]);
    expect(second.received).toEqual([["text", "two"]]);
  });

  it("lends different ones at the same time", () => {
    const pool = new ParserPool(rules);
    const sink = new MessageRecorder();
    expect(pool.take(sink)).not.toBe(pool.take(sink));
  });
});
