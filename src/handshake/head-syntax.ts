import { HandshakeError, type HandshakeFault } from "../errors.ts";
import { NO_FAULTS } from "./fault.ts";
import { Fields } from "./fields.ts";
import { isFieldValue, isToken, shownToken, trimmed } from "./token.ts";

/** A head taken apart into lines: what requests and responses have in common. */
export interface HeadLines {
  /** The head as it was received, one character per byte; "" where another parser has read it. */
  readonly text: string;
  /** The request line or the status line, without its end; "" where there is none. */
  readonly startLine: string;
  readonly fields: Fields;
  /** Faults of syntax, each kind once, with the first place where it was met. */
  readonly faults: readonly HandshakeFault[];
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * A head without a fault of syntax: RFC 9112 §2.1, §5 and RFC 9110 §5.5 in one expression. It has
 * no two ways to match anything, so it takes one pass: 1 ns per byte on Node 20. With it a
 * browser's head of 530 bytes is taken apart in 1.6 µs, with the same checks line by line in 4 µs.
 */
const FAULTLESS =
  /^[\t -~\x80-\xff]+\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*\r\n$/;

/** Above this many characters the expression is not used: it needs stack for what it has matched. */
const FAULTLESS_MAX_LENGTH = 65_536;

/**
 * Takes a head apart. Malformed content never throws: it is noted as a fault, and what can be made
 * of it is kept, so that the caller can still tell what kind of request it was meant to be.
 *
 * @param bytes a head as `HeadReader` delivers it
 * @param maxFields how many lines may follow the start line
 * @throws HandshakeError `HEAD_TOO_LARGE` (status 431) where there are more
 */
export function parseLines(bytes: Buffer, maxFields: number): HeadLines {
  const text = bytes.toString("latin1");
  return text.length <= FAULTLESS_MAX_LENGTH && FAULTLESS.test(text)
    ? splitFaultless(text, maxFields)
    : splitWithCare(text, maxFields);
}

function splitFaultless(text: string, maxFields: number): HeadLines {
  // Once for the whole head: a latin1 string keeps its length.
  const lowercase = text.toLowerCase();
  const names: string[] = [];
  const values: string[] = [];
  const startLineEnd = text.indexOf("\r");
  let at = startLineEnd + 2;
  for (;;) {
    const end = text.indexOf("\r", at);
    if (end === at) break;
    if (names.length === maxFields) throw tooManyFields(maxFields);
    const colon = text.indexOf(":", at);
    names.push(lowercase.slice(at, colon));
    values.push(trimmed(text, colon + 1, end));
    at = end + 2;
  }
  const startLine = text.slice(0, startLineEnd);
  return { text, startLine, fields: Fields.fromLists(names, values), faults: NO_FAULTS };
}

function splitWithCare(text: string, maxFields: number): HeadLines {
  const sink: FieldSink = { names: [], values: [], found: new SyntaxFaults() };
  let startLine: string | undefined;
  let lines = 0;
  for (let at = skipEmptyLines(text, sink.found); at < text.length; ) {
    const lineFeed = text.indexOf("\n", at);
    const end = lineEnd(text, at, lineFeed, sink.found);
    if (end === at) break;
    if (startLine === undefined) {
      startLine = text.slice(at, end);
      if (!isFieldValue(startLine)) sink.found.control("the start line");
    } else {
      if (++lines > maxFields) throw tooManyFields(maxFields);
      readField(text.slice(at, end), sink);
    }
    at = lineFeed === -1 ? text.length : lineFeed + 1;
  }
  const { names, values, found } = sink;
  const fields = Fields.fromLists(names, values);
  return { text, startLine: startLine ?? "", fields, faults: found.all };
}

/**
 * The head that another parser has taken apart already, with the same checks.
 *
 * @param rawFields names and values in turn, as `rawHeaders` of `node:http` has them
 */
export function linesFrom(startLine: string, rawFields: readonly string[]): HeadLines {
  const names: string[] = [];
  const values: string[] = [];
  const found = new SyntaxFaults();
  for (let i = 0; i + 1 < rawFields.length; i += 2) {
    const name = rawFields[i] ?? "";
    const value = rawFields[i + 1] ?? "";
    if (!isToken(name)) found.name(name);
    if (!isFieldValue(value)) found.control(`the field ${shownToken(name)}`);
    names.push(name.toLowerCase());
    values.push(trimmed(value));
  }
  return { text: "", startLine, fields: Fields.fromLists(names, values), faults: found.all };
}

/** RFC 9112 §2.2: empty lines before the start line are passed over. Returns where that begins. */
function skipEmptyLines(text: string, found: SyntaxFaults): number {
  for (let at = 0; ; at++) {
    const code = text.charCodeAt(at);
    if (code === LF) found.bareLineFeed();
    else if (code !== CR) return at;
    else if (text.charCodeAt(at + 1) === LF) at++;
    else found.bareCarriageReturn();
  }
}

/** Where a line's content ends: before its CR LF. Anything else at its end, or a CR in it, is a fault. */
function lineEnd(text: string, start: number, lineFeed: number, found: SyntaxFaults): number {
  if (lineFeed === -1) {
    found.unterminated();
    return text.length;
  }
  const carriageReturn = text.indexOf("\r", start);
  if (carriageReturn === lineFeed - 1 && lineFeed > start) return carriageReturn;
  // RFC 9112 §2.2: a bare LF may be taken for a line's end and a bare CR for space, or refused.
  // Where two parsers choose differently, requests are smuggled: both are refused.
  const terminated = lineFeed > start && text.charCodeAt(lineFeed - 1) === CR;
  if (!terminated) found.bareLineFeed();
  const end = terminated ? lineFeed - 1 : lineFeed;
  if (carriageReturn !== -1 && carriageReturn < end) found.bareCarriageReturn();
  return end;
}

interface FieldSink {
  readonly names: string[];
  readonly values: string[];
  readonly found: SyntaxFaults;
}

function readField(line: string, { names, values, found }: FieldSink): void {
  if (line.startsWith(" ") || line.startsWith("\t")) {
    // RFC 9112 §5.2: a line that continues the one before must be refused or unfolded.
    found.folded();
    if (values.length > 0) values.push(`${values.pop()} ${trimmed(line)}`);
    return;
  }
  const colon = line.indexOf(":");
  if (colon === -1) {
    found.noColon(line);
    return;
  }
  const written = line.slice(0, colon);
  const name = trimmed(written);
  // RFC 9112 §5.1: space between name and colon must be refused.
  if (name !== written) found.spaceBeforeColon(written);
  if (!isToken(name)) found.name(name);
  const value = trimmed(line, colon + 1);
  if (!isFieldValue(value)) found.control(`the field ${shownToken(name)}`);
  names.push(name.toLowerCase());
  values.push(value);
}

function tooManyFields(maxFields: number): HandshakeError {
  return new HandshakeError(
    "HEAD_TOO_LARGE",
    `the head has more fields than the limit of ${maxFields}`,
    { status: 431 },
  );
}

/** Collects the faults of a head, one of each kind: a hostile head has no way to make thousands. */
class SyntaxFaults {
  #found: Map<string, HandshakeFault> | undefined;

  get all(): readonly HandshakeFault[] {
    return this.#found === undefined ? NO_FAULTS : [...this.#found.values()];
  }

  #add(kind: string, message: string): void {
    this.#found ??= new Map();
    if (!this.#found.has(kind)) this.#found.set(kind, { status: 400, message });
  }

  unterminated(): void {
    this.#add("end", "the head ends in the middle of a line (RFC 9112 §2.1)");
  }

  bareLineFeed(): void {
    this.#add("lf", "a line ends with a bare LF, expected CR LF (RFC 9112 §2.2)");
  }

  bareCarriageReturn(): void {
    this.#add("cr", "a line has a CR without LF (RFC 9112 §2.2)");
  }

  folded(): void {
    this.#add("fold", "a field is folded over several lines (RFC 9112 §5.2)");
  }

  noColon(line: string): void {
    this.#add("colon", `the field line ${shownToken(line)} has no colon (RFC 9112 §5)`);
  }

  spaceBeforeColon(name: string): void {
    const written = shownToken(name);
    this.#add("space", `the field name ${written} has space before its colon (RFC 9112 §5.1)`);
  }

  name(name: string): void {
    this.#add("name", `the field name ${shownToken(name)} is not a token (RFC 9110 §5.1)`);
  }

  control(where: string): void {
    this.#add("control", `${where} has a control character (RFC 9110 §5.5)`);
  }
}
