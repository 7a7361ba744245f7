import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  originOf,
  type SentEntry,
  sealBeat,
  sealChange,
  sealQuestion,
  unseal,
} from "../../src/presence/message.ts";

const origin = Buffer.from("12345678");
const name = originOf(origin);

describe("the messages of presence", () => {
  it("keep any entries", () => {
    const entry = fc.tuple(fc.nat(), fc.string({ minLength: 1, unit: "binary" }), fc.jsonValue());
    const change = fc.record({
      from: fc.nat(100),
      to: fc.nat(100).map((more) => 101 + more),
      part: fc.nat(),
      last: fc.boolean(),
      left: fc.array(fc.nat()),
    });
    fc.assert(
      fc.property(change, fc.array(entry, { maxLength: 5 }), (sent, entries) => {
        // What JSON makes of them: it has no negative zero.
        const joined = JSON.parse(JSON.stringify(entries)) as SentEntry[];
        const texts = joined.map((one) => JSON.stringify(one));
        const message = { kind: "change", ...sent, joined };
        expect(unseal(sealChange(origin, sent, texts), 10_000)).toEqual({ origin: name, message });
      }),
    );
  });

  it("are the same on every version", () => {
    const change = { from: 0, to: 7, part: 0, last: true, left: [3] };
    const sealed = sealChange(origin, change, ['[4,"ann",null]']);
    expect(sealed.toString()).toBe(' 12345678[0,7,0,1,[[4,"ann",null]],[3]]');
    expect(sealBeat(origin, 7).toString()).toBe("!123456787");
    expect(sealQuestion(origin, [name]).toString()).toBe('"12345678["MTIzNDU2Nzg"]');
    expect(unseal(sealBeat(origin, 7), 1)).toEqual({
      origin: name,
      message: { kind: "beat", version: 7 },
    });
    expect(unseal(sealQuestion(origin, []), 1).message).toEqual({ kind: "question", of: [] });
  });

  it("are told from what is none", () => {
    const invalid = expect.objectContaining({ code: "BROKER_MESSAGE_INVALID" });
    const change = (json: string) => Buffer.from(` 12345678${json}`);
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const bytes of [
      Buffer.of(),
      Buffer.from(" 12345678"),
      Buffer.from("\u0011 a message of a topic"),
      Buffer.from('{"json": true}'),
      change("not json"),
      Buffer.concat([change('[0,1,0,1,[[1,"'), Buffer.of(0xff), Buffer.from('",null]],[]]')]),
      change("{}"),
      change("[0,0,0,1,[],[]]"),
      change("[2,1,0,1,[],[]]"),
      change("[0,1.5,0,1,[],[]]"),
      change("[-1,1,0,1,[],[]]"),
      change("[0,1,0,1,[],[-1]]"),
      change("[0,1,0,1,[]]"),
      change('[0,1,0,1,[[1,"ann"]],[]]'),
      change('[0,1,0,1,[[1,"",null]],[]]'),
      change("[0,1,0,1,[[1,2,null]],[]]"),
      change('[0,1,0,1,[["1","ann",null]],[]]'),
      change(`[0,1,0,1,[[1,"ann","${"x".repeat(100)}"]],[]]`),
      change(`[0,1,0,1,[[1,"ann",${deep}]],[]]`),
      change(`[0,1,0,1,[],[${"1,".repeat(300_000)}1]]`),
      Buffer.from('!12345678"7"'),
      Buffer.from('"12345678{}'),
      Buffer.from('"12345678[1]'),
    ]) {
      expect(() => unseal(bytes, 100), bytes.toString().slice(0, 60)).toThrow(invalid);
    }
  });
});
