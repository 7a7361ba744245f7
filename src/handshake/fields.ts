/**
 * The header fields of one head, in the order in which they were received. Names are compared
 * without regard to case; values are text with one character per byte (latin1), trimmed.
 */
export class Fields implements Iterable<[name: string, value: string]> {
  #names: string[] = [];
  #values: string[] = [];

  /** @param entries pairs of name, in any case, and value */
  constructor(entries: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of entries) {
      this.#names.push(name.toLowerCase());
      this.#values.push(value);
    }
  }

  /**
   * The cheap way from a parser: takes over two arrays of equal length, names in lower case
   * already. The caller gives them up.
   */
  static fromLists(lowercaseNames: string[], values: string[]): Fields {
    const fields = new Fields();
    fields.#names = lowercaseNames;
    fields.#values = values;
    return fields;
  }

  /** Number of field lines. */
  get size(): number {
    return this.#names.length;
  }

  /** The different names, in lower case, in the order of their first appearance. */
  get names(): string[] {
    return [...new Set(this.#names)];
  }

  /** Whether there is a field of this name, in any case. */
  has(name: string): boolean {
    return this.#find(lowercase(name), 0) !== -1;
  }

  /** Whether there is a field whose name begins with `prefix`, in any case. */
  hasPrefix(prefix: string): boolean {
    const wanted = lowercase(prefix);
    for (const own of this.#names) if (own.startsWith(wanted)) return true;
    return false;
  }

  /** How many lines have this name, in any case. */
  count(name: string): number {
    const wanted = lowercase(name);
    let count = 0;
    for (const own of this.#names) if (own === wanted) count++;
    return count;
  }

  /** The value of a field, several lines joined with `", "` (RFC 9110 §5.3); undefined for none. */
  get(name: string): string | undefined {
    const wanted = lowercase(name);
    const first = this.#find(wanted, 0);
    if (first === -1) return undefined;
    if (this.#find(wanted, first + 1) === -1) return this.#values[first];
    return this.getAll(wanted).join(", ");
  }

  /** The value of each line with this name; empty for none. For what must not be joined, as Set-Cookie. */
  getAll(name: string): string[] {
    const wanted = lowercase(name);
    return this.#values.filter((_, line) => this.#names[line] === wanted);
  }

  /** Each line as `[name in lower case, value]`. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let line = 0; line < this.#names.length; line++) {
      yield [this.#names[line] ?? "", this.#values[line] ?? ""];
    }
  }

  /** The first line from `start` on with this name in lower case, or -1. */
  #find(wanted: string, start: number): number {
    const names = this.#names;
    for (let line = start; line < names.length; line++) if (names[line] === wanted) return line;
    return -1;
  }

  /**
   * Names in lower case and values, several lines joined as in {@link get}. The object has no
   * prototype, so that a field called `__proto__` or `constructor` is an entry like any other.
   */
  toRecord(): Record<string, string> {
    const record: Record<string, string> = Object.create(null);
    for (const [name, value] of this) {
      const before = record[name];
      record[name] = before === undefined ? value : `${before}, ${value}`;
    }
    return record;
  }
}

const BEFORE_A = 0x40;
const AFTER_Z = 0x5b;
const FIRST_BEYOND_ASCII = 0x80;

/** `toLowerCase` makes a copy even of what is in lower case, and a handshake asks for a dozen names. */
function lowercase(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= FIRST_BEYOND_ASCII || (code > BEFORE_A && code < AFTER_Z))
      return name.toLowerCase();
  }
  return name;
}
