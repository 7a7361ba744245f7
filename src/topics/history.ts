import { ArgumentError, type WebSocketError } from "../errors.ts";
import { checkLimit, checkOptionNames } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import type { BrokerHistory, Position } from "./broker.ts";
import { unseal } from "./envelope.ts";

/** What to read of the history of a topic. */
export interface HistoryOptions {
  /** Behind which message to begin. Without one nothing is read but the position of the topic. */
  readonly since?: Position | undefined;
  /** Most messages to read. Default 1,000. */
  readonly limit?: number;
}

/** A message of the past. */
export interface PastMessage {
  /** As it was published: a string for text, a Buffer for binary. */
  readonly data: string | Buffer;
  /** Behind this message. */
  readonly position: Position;
}

/** What a topic remembers. */
export interface TopicHistory {
  /** In their order. */
  readonly messages: readonly PastMessage[];
  /** Behind the last one of these; without any, where the topic is. */
  readonly position: Position;
  /** Whether nothing is missing between the position that was asked for and this one. */
  readonly complete: boolean;
}

const DEFAULT_LIMIT = 1000;

/**
 * Reads the history of a topic, messages of all processes.
 *
 * @param onInvalid told of what no server has published
 */
export async function readHistory(
  history: BrokerHistory | undefined,
  topic: string,
  options: HistoryOptions,
  onInvalid: (error: WebSocketError) => void,
): Promise<TopicHistory> {
  checkOptionNames("history", options, ["since", "limit"]);
  const { since, limit = DEFAULT_LIMIT } = options;
  checkLimit("limit", limit, 1, "messages");
  if (since !== undefined) checkPosition(since);
  if (history === undefined) {
    throw new ArgumentError("this server has no broker with a history, such as redisBroker's");
  }
  const page = await history.since(topic, since, limit);
  let { complete } = page;
  const messages: PastMessage[] = [];
  for (const { message, position } of page.messages) {
    try {
      const { kind, payload, text } = unseal(message);
      if (kind === "lost") complete = false;
      else messages.push({ data: asData(payload, text), position });
    } catch (error) {
      onInvalid(error as WebSocketError);
    }
  }
  return { messages, position: page.position, complete };
}

function asData(payload: Uint8Array, text: boolean): string | Buffer {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  return text ? bytes.toString() : bytes;
}

/** A client may have kept it, so it may be anything. */
function checkPosition(since: unknown): void {
  const { epoch, offset } = (since ?? {}) as Partial<Position>;
  if (typeof epoch === "string" && Number.isSafeInteger(offset) && offset! >= 0) return;
  throw new ArgumentError(
    `since is a position, an object of epoch (a string) and offset (a whole number); got ${describe(since)}`,
  );
}
