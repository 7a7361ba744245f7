/**
 * Data for the compression cases: text, JSON, HTML, a picture and bytes that do not compress, all
 * made here from a seed, the same on every machine and in every run.
 */

/** Data to cut messages from. */
export interface TestData {
  readonly title: string;
  /** Whether it is sent as binary. */
  readonly binary: boolean;
  /** The data; a string is sent as text, counted in characters. */
  readonly content: () => string | Buffer;
}

/** A generator of numbers from 0 to 2^32 - 1 (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const SYLLABLES =
  "ba ce di fo gu ha ke li mo nu pa re si to vu ga ne ri so tu wen lor mas kin dar".split(" ");

/** Letters, digits and signs at random: text that compresses by a quarter and repeats nothing. */
export function randomText(seed: number, length: number): string {
  const next = numbers(seed);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from({ length }, () => letters[next() >>> 26]).join("");
}

/** Words that occur as words do: a few often, most seldom. No surrogate pairs among them. */
function speaker(next: () => number): () => string {
  const words = Array.from({ length: 1200 }, () => {
    const word = Array.from(
      { length: 1 + (next() % 3) },
      () => SYLLABLES[next() % SYLLABLES.length],
    );
    return (
      word.join("") + (next() % 12 === 0 ? "\u00e4\u00f6\u00fc\u00df\u20ac\u03bb"[next() % 6] : "")
    );
  });
  return () => words[Math.floor(words.length * (next() / 2 ** 32) ** 3)]!;
}

function sentences(seed: number, length: number): string {
  const next = numbers(seed);
  const word = speaker(next);
  let text = "";
  while (text.length < length) {
    const line = Array.from({ length: 4 + (next() % 9) }, word).join(" ");
    text += `${line.slice(0, 1).toUpperCase()}${line.slice(1)}${next() % 5 === 0 ? ".\n\n" : ",\n"}`;
  }
  return text.slice(0, length);
}

function json(seed: number, length: number): string {
  const next = numbers(seed);
  const word = speaker(next);
  const items: string[] = [];
  for (let size = 0; size < length; ) {
    const item = JSON.stringify({
      id: next(),
      name: `${word()} ${word()}`,
      tags: [word(), word(), word()],
      position: { x: next() % 1000, y: (next() % 100_000) / 100 },
      active: next() % 2 === 0,
      note: next() % 4 === 0 ? null : Array.from({ length: 8 }, word).join(" "),
    });
    items.push(item);
    size += item.length + 3;
  }
  return `[\n${items.join(",\n")}\n]\n`;
}

function html(seed: number, length: number): string {
  const next = numbers(seed);
  const word = speaker(next);
  let body = "";
  while (body.length < length) {
    const cells = Array.from({ length: 4 }, () => `    <td class="c${next() % 8}">${word()}</td>`);
    body += `  <tr id="row-${next() % 100_000}">\n${cells.join("\n")}\n  </tr>\n`;
    if (next() % 7 === 0) body += `</table>\n<h2>${word()} ${word()}</h2>\n<table>\n`;
  }
  return `<!DOCTYPE html>\n<title>${word()}</title>\n<table>\n${body}</table>\n`;
}

/** A bitmap of 512 by 512 grey pixels: waves with a little noise. */
function picture(seed: number): Buffer {
  const size = 512;
  const offset = 14 + 40 + 1024;
  const file = Buffer.alloc(offset + size * size);
  file.write("BM", "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(size, 18);
  file.writeInt32LE(size, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  for (let grey = 0; grey < 256; grey++) file.writeUInt32LE(grey * 0x010101, 54 + 4 * grey);
  const next = numbers(seed);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const wave = Math.sin(x / 23) * Math.cos(y / 41) + Math.sin((x + 2 * y) / 97);
      file[offset + y * size + x] = 128 + Math.floor(56 * wave) + (next() & 7);
    }
  }
  return file;
}

/** Bytes at random. */
export function noise(seed: number, length: number): Buffer {
  const next = numbers(seed);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(next(), i);
  return bytes;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The data of 12.1 and of all of section 13. */
export const JSON_DATA: TestData = {
  title: "JSON, as text",
  binary: false,
  content: once(() => json(0x5eed1, 190_000)),
};

/** The data of 12.1 to 12.5 in order. */
export const DATA: readonly TestData[] = [
  JSON_DATA,
  { title: "a picture, as binary", binary: true, content: once(() => picture(0x5eed2)) },
  {
    title: "prose, as binary",
    binary: true,
    content: once(() => Buffer.from(sentences(0x5eed3, 220_000))),
  },
  { title: "HTML, as text", binary: false, content: once(() => html(0x5eed4, 260_000)) },
  {
    title: "bytes that do not compress, as binary",
    binary: true,
    content: once(() => noise(0x5eed5, 1_040_000)),
  },
];
