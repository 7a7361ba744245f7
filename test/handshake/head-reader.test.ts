import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HandshakeError } from "../../src/errors.ts";
import { HeadReader, type StartLineRule } from "../../src/handshake/head-reader.ts";
import { cut } from "./chunks.ts";

const HEAD = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\n\r\n";

const LIMITS = { maxBytes: 16_384, maxFields: 100 };

function reader(maxBytes = 16_384): HeadReader {
  return new HeadReader({ maxBytes, maxFields: 100 });
}

/** The head and what is behind it, or "more" or "too large". */
function read(
  chunks: readonly Buffer[],
  maxBytes: number,
): { head: string; rest: number } | string {
  const own = reader(maxBytes);
  let pushed = 0;
  try {
    for (const chunk of chunks) {
      const used = own.push(chunk);
      if (used !== -1) return { head: own.bytes.toString("latin1"), rest: pushed + used };
      pushed += chunk.length;
    }
  } catch (error) {
    if (error instanceof HandshakeError) return `${error.code} ${error.status}`;
    throw error;
  }
  return "more";
}

describe("HeadReader", () => {
  it("finds the end of a head in one chunk without copying it", () => {
    const chunk = Buffer.from(HEAD);
    const own = reader();
    expect(own.push(chunk)).toBe(HEAD.length);
    expect(own.bytes).toBe(chunk);
  });

  it("leaves what is behind the head in the chunk", () => {
    const chunk = Buffer.from(`${HEAD}\x81\x85`, "latin1");
    const own = reader();
    expect(own.push(chunk)).toBe(HEAD.length);
    expect(own.bytes.toString()).toBe(HEAD);
    expect(own.bytes.buffer).toBe(chunk.buffer);
  });

  it("finds the end of a head that comes byte by byte", () => {
    const own = reader();
    const results = [...Buffer.from(HEAD)].map((byte) => own.push(Buffer.of(byte)));
    expect(results).toEqual([...new Array(HEAD.length - 1).fill(-1), 1]);
    expect(own.bytes.toString()).toBe(HEAD);
  });

  it("does not keep the chunks of an unfinished head", () => {
    const own = reader();
    const chunk = Buffer.from("GET / HTTP");
    own.push(chunk);
    chunk.fill(0);
    expect(own.bytes.toString()).toBe("GET / HTTP");
  });

  it("takes empty lines before the head for a part of it (RFC 9112 §2.2)", () => {
    const own = reader();
    expect(own.push(Buffer.from(`\r\n\r\n${HEAD}`))).toBe(HEAD.length + 4);
  });

  it.each([
    ["LF LF", "GET / HTTP/1.1\nHost: a\n\n"],
    ["LF CR LF", "GET / HTTP/1.1\nHost: a\n\r\n"],
    ["CR LF LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"],
  ])("ends a head at %s too, so that it is refused and does not hang", (_, head) => {
    expect(reader().push(Buffer.from(`${head}more`))).toBe(head.length);
  });

  it("does not take bare CRs for line ends", () => {
    expect(reader().push(Buffer.from("GET / HTTP/1.1\r\rHost: a\r\r"))).toBe(-1);
    expect(reader().push(Buffer.from("GET / HTTP/1.1\r\n\r\r\n"))).toBe(-1);
  });

  it("accepts a head of exactly maxBytes and refuses one byte less of room", () => {
    expect(reader(HEAD.length).push(Buffer.from(`${HEAD}more`))).toBe(HEAD.length);
    expect(read([Buffer.from(HEAD)], HEAD.length - 1)).toBe("HEAD_TOO_LARGE 431");
  });

  it("throws at the first byte that proves the head too large", () => {
    const own = reader(10);
    expect(own.push(Buffer.from("GET / HTT"))).toBe(-1);
    expect(() => own.push(Buffer.from("P"))).toThrow(/longer than the limit of 10 bytes/);
  });

  it("counts empty lines before the head", () => {
    expect(read([Buffer.from("\r\n".repeat(8))], 16)).toBe("HEAD_TOO_LARGE 431");
  });

  it("knows no limit with Infinity", () => {
    const head = `GET / HTTP/1.1\r\nA: ${"a".repeat(100_000)}\r\n\r\n`;
    expect(read([Buffer.from(head)], Infinity)).toEqual({ head, rest: head.length });
  });

  it("gives the same result for any chunking", () => {
    const piece = fc.constantFrom(
      "\r\n",
      "\r",
      "\n",
      "\r\n\r\n",
      "GET / HTTP/1.1",
      "A: b",
      " ",
      "é",
    );
    const bytes = fc
      .array(piece, { maxLength: 20 })
      .map((all) => Buffer.from(all.join(""), "latin1"));
    const limit = fc.constantFrom(5, 20, 40, 16_384);
    fc.assert(
      fc.property(
        bytes.chain((whole) => fc.tuple(fc.constant(whole), cut(whole))),
        limit,
        ([whole, chunks], maxBytes) => {
          expect(read(chunks, maxBytes)).toEqual(read([whole], maxBytes));
        },
      ),
    );
  });

  it("gives the same result for any chunking where the start line is judged", () => {
    const rule: StartLineRule = (line, ended) =>
      ended ? line === "GET /" : "GET /".startsWith(line);
    const piece = fc.constantFrom("\r\n", "\r", "\n", "GET", " ", "/", "G", "x");
    const text = fc.array(piece, { maxLength: 8 }).map((all) => Buffer.from(`${all.join("")}\n\n`));
    const verdict = (chunks: readonly Buffer[]): boolean => {
      const own = new HeadReader(LIMITS, rule);
      for (const chunk of chunks) if (own.push(chunk) !== -1) break;
      return own.bytes.toString().trimStart().split(/\r?\n/)[0] === "GET /";
    };
    fc.assert(
      fc.property(
        text.chain((whole) => fc.tuple(fc.constant(whole), cut(whole))),
        ([whole, chunks]) => {
          expect(verdict(chunks)).toBe(verdict([whole]));
        },
      ),
    );
  });

  it("ends a head at its first empty line, wherever that is", () => {
    const line = fc.constantFrom("a", "b: c", "\rx", "x\ry", " ");
    const end = fc.constantFrom("\r\n", "\n");
    const lines = fc.array(fc.tuple(line, end), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, end, (all, last) => {
        // A CR in front of the first line counts as an empty line's.
        const head = `start${all.map(([text, lf]) => text + lf).join("")}${last}`;
        expect(reader().push(Buffer.from(`${head}rest`))).toBe(head.length);
      }),
    );
  });
});

describe("a start line that is judged", () => {
  const seen: [line: string, ended: boolean][] = [];
  const reading = (text: string, chunks: readonly string[], verdict = (_: string) => true) => {
    seen.length = 0;
    const own = new HeadReader(LIMITS, (line, ended) => {
      seen.push([line, ended]);
      return verdict(line);
    });
    const results = chunks.map((chunk) => own.push(Buffer.from(chunk, "latin1")));
    expect(own.bytes.toString("latin1")).toBe(text);
    return results;
  };

  it("is looked at as it comes, and no more once it has ended", () => {
    const chunks = ["\r\n", "G", "ET /\r", "\nA: b\r\n", "C: d", "\r\n\r\n"];
    expect(reading(chunks.join(""), chunks)).toEqual([-1, -1, -1, -1, -1, 4]);
    expect(seen).toEqual([
      ["G", false],
      ["GET /\r", false],
      ["GET /", true],
    ]);
  });

  it("is not looked at where the head comes at once: that is for its parser", () => {
    expect(reading("x\r\n\r\n", ["x\r\n\r\n"], () => false)).toEqual([5]);
    expect(seen).toEqual([]);
  });

  it("ends the head with what has come when it can be none", () => {
    expect(reading("GEx", ["GE", "x"], (line) => !line.includes("x"))).toEqual([-1, 1]);
  });

  it("is given by its first 64 characters until it has ended", () => {
    const line = "é".repeat(100);
    reading(`${line}\n`, [line, "\n"]);
    expect(seen).toEqual([
      [line.slice(0, 64), false],
      [line, true],
    ]);
  });
});
