import type { Connection } from "../connection/connection.ts";
import type { SendOptions } from "../connection/sending/data.ts";
import { ArgumentError, WebSocketError } from "../errors.ts";
import { checkLimit } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import type { Broker } from "./broker.ts";

/**
 * What a subscriber gets that does not keep up: `"every"` message, as long as `whenSendBufferFull` allows, or
 * only the `"latest"`: while its socket takes nothing more, a newer message replaces the one that waits.
 */
export type TopicPolicy = "every" | "latest";

/** How to publish one message. */
export interface PublishOptions extends SendOptions {
  /** A connection that does not get it. Default: all subscribers get it. */
  readonly except?: Connection;
}

/** Messages of other processes may not have arrived. */
export interface TopicGap {
  /** The topic. */
  readonly topic: string;
  /** The connections of this process that are subscribed to it. */
  readonly subscribers: ReadonlySet<Connection>;
  /** Why messages may be missing, for a log. */
  readonly reason: string;
}

/** Options of a server that are about topics. */
export interface TopicOptions {
  /** Most topics that one connection may be subscribed to, a number of subscriptions. Default 1,024. */
  readonly maxTopics?: number;
  /** Most bytes, in UTF-8, of the name of a topic. Default 256. */
  readonly maxTopicLength?: number;
  /**
   * Asked once for each topic that gets a first subscriber in this process; see {@link TopicPolicy}. By
   * default the policy of all topics is `"every"`.
   */
  readonly topicPolicy?: (topic: string) => TopicPolicy;
  /**
   * What carries messages to the servers of other processes: `clusterBroker()`, `redisBroker()`, `natsBroker()`, or
   * one of your own. It serves this server alone, which closes it when it shuts down. Without one, a topic
   * ends with the process.
   */
  readonly broker?: Broker;
  /**
   * Most bytes that may wait for the engine behind the broker. What is published beyond it reaches this
   * process alone; {@link onTopicGap} tells the others once the engine keeps up again. Default 16 MiB.
   */
  readonly maxBrokerBuffer?: number;
  /**
   * Told when messages of a topic may have been missed: the engine behind the broker was away, or could not
   * hold what was published meanwhile. The application may have its clients load what they show anew.
   */
  readonly onTopicGap?: (gap: TopicGap) => void;
}

/** The names of all options in {@link TopicOptions}. */
export const TOPIC_OPTIONS = [
  "maxTopics",
  "maxTopicLength",
  "topicPolicy",
  "broker",
  "maxBrokerBuffer",
  "onTopicGap",
];

/** Checked options. */
export interface TopicSettings {
  readonly maxTopics: number;
  readonly maxTopicLength: number;
  readonly topicPolicy: ((topic: string) => TopicPolicy) | undefined;
  readonly broker: Broker | undefined;
  readonly maxBrokerBuffer: number;
  readonly onTopicGap: ((gap: TopicGap) => void) | undefined;
}

const DEFAULT_MAX_TOPICS = 1024;
const DEFAULT_MAX_TOPIC_LENGTH = 256;
const DEFAULT_MAX_BROKER_BUFFER = 16 * 1024 * 1024;

/** What a broker has, whoever wrote it. */
const BROKER_FUNCTIONS = ["subscribe", "unsubscribe", "publish", "onMessage", "close"] as const;

/** @throws ArgumentError */
export function topicSettings(options: TopicOptions): TopicSettings {
  const { topicPolicy, broker, onTopicGap } = options;
  for (const [name, value] of Object.entries({ topicPolicy, onTopicGap })) {
    if (value === undefined || typeof value === "function") continue;
    throw new ArgumentError(`${name} is a function; got ${describe(value)}`);
  }
  if (broker !== undefined) checkBroker(broker);
  const most = options.maxTopics ?? DEFAULT_MAX_TOPICS;
  const longest = options.maxTopicLength ?? DEFAULT_MAX_TOPIC_LENGTH;
  const buffer = options.maxBrokerBuffer ?? DEFAULT_MAX_BROKER_BUFFER;
  return {
    maxTopics: checkLimit("maxTopics", most, 0, "topics"),
    maxTopicLength: checkLimit("maxTopicLength", longest, 1, "bytes"),
    topicPolicy,
    broker,
    maxBrokerBuffer: checkLimit("maxBrokerBuffer", buffer, 1, "bytes"),
    onTopicGap,
  };
}

/** @throws ArgumentError for what lacks a function of a broker */
export function checkBroker(broker: Broker): void {
  for (const name of BROKER_FUNCTIONS) {
    if (typeof (broker as Broker | null)?.[name] === "function") continue;
    throw new ArgumentError(
      `broker is an object with the functions ${BROKER_FUNCTIONS.join(", ")}; got ${describe(broker)} without ${name}`,
    );
  }
}

/**
 * Checks the name of a topic, which may come from a client.
 *
 * @throws WebSocketError `TOPIC_TOO_LONG`
 * @throws ArgumentError for what is no text
 */
export function checkTopic(topic: unknown, maxTopicLength: number): asserts topic is string {
  if (typeof topic !== "string" || topic === "") {
    throw new ArgumentError(`the name of a topic is a text; got ${describe(topic)}`);
  }
  // No UTF-16 unit takes more than three bytes.
  if (topic.length * 3 <= maxTopicLength && !LONE_SURROGATE.test(topic)) return;
  if (topic.length > maxTopicLength || Buffer.byteLength(topic) > maxTopicLength) {
    throw new WebSocketError(
      "TOPIC_TOO_LONG",
      `the name of a topic has at most ${maxTopicLength} bytes (maxTopicLength)`,
    );
  }
  // Two names with different ones would be the same to an engine.
  if (LONE_SURROGATE.test(topic)) {
    throw new ArgumentError("the name of a topic has a lone surrogate, which is no text");
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;
