import { ArgumentError } from "../errors.ts";
import { isToken, tokenEnd } from "../handshake/token.ts";

/** One extension as a client offers it or a server accepts it (RFC 6455 §9.1). */
export interface ExtensionOffer {
  readonly name: string;
  /** In the order of the header, duplicates and all; the value is `true` where there is none. */
  readonly params: readonly (readonly [name: string, value: string | true])[];
}

/**
 * Reads a Sec-WebSocket-Extensions value, several lines joined with `", "` (RFC 6455 §9.1). Names
 * and values are as they were sent: both are compared with regard to case. A quoted value is
 * returned without its quotes and escapes.
 *
 * @returns the extensions in their order, at least one; undefined where the value is malformed
 */
export function parseExtensions(value: string): ExtensionOffer[] | undefined {
  const scanner = new Scanner(value);
  const offers: ExtensionOffer[] = [];
  do {
    // RFC 9110 §5.6.1.2: empty items of a list are passed over.
    scanner.skipBlanks();
    if (scanner.atEnd || scanner.peek === ",") continue;
    const offer = readExtension(scanner);
    if (offer === undefined) return undefined;
    offers.push(offer);
  } while (scanner.take(","));
  return scanner.atEnd && offers.length > 0 ? offers : undefined;
}

function readExtension(scanner: Scanner): ExtensionOffer | undefined {
  const name = scanner.token();
  if (name === "") return undefined;
  const params: [string, string | true][] = [];
  while (scanner.take(";")) {
    const param = scanner.token();
    if (param === "") return undefined;
    let value: string | true = true;
    if (scanner.take("=")) {
      value = scanner.peek === '"' ? scanner.quoted() : scanner.token();
      // §9.1: after the quotes and escapes are gone, a quoted value must be a token all the same.
      if (!isToken(value)) return undefined;
    }
    params.push([param, value]);
  }
  return { name, params };
}

/** A place in a field value. Space and tabs around everything are skipped (RFC 2616 §2.1). */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get peek(): string {
    return this.#text.charAt(this.#at);
  }

  skipBlanks(): void {
    while (this.peek === " " || this.peek === "\t") this.#at++;
  }

  /** Passes over `char` and the space around it, or only over the space before it. */
  take(char: string): boolean {
    this.skipBlanks();
    if (this.peek !== char) return false;
    this.#at++;
    this.skipBlanks();
    return true;
  }

  /** The token that begins here, `""` where there is none. */
  token(): string {
    const start = this.#at;
    this.#at = tokenEnd(this.#text, start);
    return this.#text.slice(start, this.#at);
  }

  /** The content of the quoted string that begins here, `""` where it has no end. */
  quoted(): string {
    let content = "";
    this.#at++;
    while (!this.atEnd && this.peek !== '"') {
      if (this.peek === "\\") this.#at++;
      content += this.peek;
      this.#at++;
    }
    if (this.atEnd) return "";
    this.#at++;
    return content;
  }
}

/**
 * The value of Sec-WebSocket-Extensions for a list of extensions (RFC 6455 §9.1); the inverse of
 * {@link parseExtensions}.
 *
 * @throws ArgumentError where the list is empty, or a name or a value is no token
 */
export function formatExtensions(list: readonly ExtensionOffer[]): string {
  if (list.length === 0) throw new ArgumentError("expected at least one extension");
  return list.map(formatExtension).join(", ");
}

function formatExtension({ name, params }: ExtensionOffer): string {
  let text = checkedToken(name);
  for (const [param, value] of params) {
    text += `; ${checkedToken(param)}`;
    if (value !== true) text += `=${checkedToken(value)}`;
  }
  return text;
}

function checkedToken(text: string): string {
  if (isToken(text)) return text;
  throw new ArgumentError(`${JSON.stringify(text)} in an extension is not a token (RFC 6455 §9.1)`);
}
