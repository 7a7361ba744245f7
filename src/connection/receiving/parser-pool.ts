import type { FrameRules } from "../../protocol/frame-header.ts";
import { FrameParser } from "../../protocol/frame-parser.ts";
import {
  MessageAssembler,
  type MessageSink,
  type Texts,
} from "../../protocol/message-assembler.ts";

/** A parser with the assembler behind it. */
export type MessageParser = FrameParser<MessageAssembler>;

const ignore = () => {};

/** Gets the messages of a parser that is not lent: there are none. */
const NOBODY: MessageSink = {
  onText: ignore,
  onBinary: ignore,
  onCompressed: ignore,
  onBegin: () => false,
  onPart: ignore,
  onEndOfParts: ignore,
  onPing: ignore,
  onPong: ignore,
  onClose: ignore,
};

/** More than this many are not kept: so many connections are seldom within a message at once. */
const MOST_FREE = 64;

/**
 * Parsers for connections with the same rules. A connection between two messages needs none, so it
 * borrows one for each chunk and keeps it only while the chunk has left it within a message: that
 * saves an idle connection some 300 bytes.
 */
export class ParserPool {
  readonly #rules: FrameRules;
  readonly #texts: Texts;
  readonly #free: MessageParser[] = [];

  constructor(rules: FrameRules, texts: Texts = "string") {
    this.#rules = rules;
    this.#texts = texts;
  }

  /** @param sink who gets the messages */
  take(sink: MessageSink): MessageParser {
    const parser = this.#free.pop() ?? this.#make(sink);
    parser.sink.sink = sink;
    return parser;
  }

  /** @param parser must be idle, and have thrown nothing */
  giveBack(parser: MessageParser): void {
    if (this.#free.length === MOST_FREE) return;
    // So that it does not keep the connection alive.
    parser.sink.sink = NOBODY;
    this.#free.push(parser);
  }

  #make(sink: MessageSink): MessageParser {
    return new FrameParser(
      this.#rules,
      new MessageAssembler(this.#rules.maxMessageSize, sink, this.#texts),
    );
  }
}
