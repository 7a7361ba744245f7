/**
 * HPACK (RFC 7541): fields are written as literals without indexing, so that any field can be
 * sent, right or wrong; everything that a peer may send is read.
 */
import { decodeHuffman } from "./huffman.ts";
import { STATIC_TABLE } from "./static-table.ts";

/** A field of a head, in the order in which it stands there. */
export type Field = readonly [name: string, value: string];

/** Most bytes of the dynamic table, which no setting of the judge changes (§4.2). */
const TABLE_SIZE = 4096;

/** A block of fields, one character per byte. Nothing is checked. */
export function encodeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([integer(bytes.length, 7), bytes]);
}

/** §5.1: an integer with a prefix of so many bits, whose other bits are 0. */
function integer(value: number, bits: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Reads blocks of one connection in their order. */
export class FieldDecoder {
  #table: Field[] = [];
  #limit = TABLE_SIZE;
  #bytes = Buffer.alloc(0);
  #at = 0;

  /** The fields of a block. Throws `RangeError` for one that cannot be decoded (§2.3.3, §5). */
  decode(block: Buffer): Field[] {
    this.#bytes = Buffer.from(block);
    this.#at = 0;
    const fields: Field[] = [];
    while (this.#at < this.#bytes.length) {
      const first = this.#bytes[this.#at]!;
      if (first & 0x80) fields.push(this.#indexed(this.#integer(7)));
      else if (first & 0x40) fields.push(this.#remember(this.#literal(6)));
      else if (first & 0x20) this.#resize(this.#integer(5));
      else fields.push(this.#literal(4));
    }
    return fields;
  }

  #indexed(index: number): Field {
    const field = STATIC_TABLE[index - 1] ?? this.#table[index - 1 - STATIC_TABLE.length];
    if (field === undefined) throw new RangeError(`no field has the index ${index}`);
    return field;
  }

  #literal(bits: number): Field {
    const index = this.#integer(bits);
    const name = index === 0 ? this.#string() : this.#indexed(index)[0];
    return [name, this.#string()];
  }

  #remember(field: Field): Field {
    this.#table.unshift(field);
    this.#evict();
    return field;
  }

  #resize(limit: number): void {
    if (limit > TABLE_SIZE) throw new RangeError(`a table of ${limit} bytes, over ${TABLE_SIZE}`);
    this.#limit = limit;
    this.#evict();
  }

  #evict(): void {
    // §4.1: an entry costs 32 bytes besides its strings.
    const size = () =>
      this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (this.#table.length > 0 && size() > this.#limit) this.#table.pop();
  }

  #integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (value > 2 ** 31) throw new RangeError("an integer over 2^31");
      if (byte < 128) return value;
    }
  }

  #string(): string {
    const huffman = (this.#bytes[this.#at] ?? 0) & 0x80;
    const length = this.#integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError("a string that ends before its length");
    this.#at += length;
    return huffman ? decodeHuffman(bytes) : bytes.toString("latin1");
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("a block that ends within a field");
    return byte;
  }
}
