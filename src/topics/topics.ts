import { Connection } from "../connection/connection.ts";
import type { Memberships } from "../connection/group.ts";
import { BroadcastMessage } from "../connection/sending/broadcast/message.ts";
import { checkSendOptions, type Data, type SendOptions } from "../connection/sending/data.ts";
import { ArgumentError, WebSocketError } from "../errors.ts";
import { checkChoice } from "../options/checks.ts";
import type { Envelope } from "./envelope.ts";
import { Fleet, type FleetOwner } from "./fleet.ts";
import { type HistoryOptions, readHistory, type TopicHistory } from "./history.ts";
import { checkTopic, type PublishOptions, type TopicSettings } from "./options.ts";
import { Topic } from "./topic.ts";

/** Who is told of what no call can throw. */
export interface TopicsOwner {
  onError(error: unknown): void;
  /** Calls a function of the user's. */
  call(userFunction: () => unknown): void;
}

const NOBODY: ReadonlySet<Connection> = new Set();

/**
 * The topics of a server. Names are keys of maps, so no name of a client's means anything else; and what a
 * connection is subscribed to is kept here, so that one in no topic costs nothing.
 */
export class Topics implements Memberships, FleetOwner {
  readonly #settings: TopicSettings;
  readonly #topics = new Map<string, Topic>();
  readonly #ofConnection = new Map<Connection, Set<Topic>>();

  /** The same topics in other processes, where there is a broker. */
  readonly #fleet: Fleet | undefined;
  readonly #owner: TopicsOwner;

  constructor(settings: TopicSettings, owner: TopicsOwner) {
    this.#settings = settings;
    this.#owner = owner;
    const { broker } = settings;
    this.#fleet = broker === undefined ? undefined : new Fleet(broker, this);
  }

  get maxBrokerBuffer(): number {
    return this.#settings.maxBrokerBuffer;
  }

  subscribe(face: object, name: string): Promise<void> | undefined {
    checkTopic(name, this.#settings.maxTopicLength);
    const connection = face as Connection;
    const memberships = this.#ofConnection.get(connection);
    this.#checkRoom(memberships, name);
    const topic = this.#topics.get(name) ?? this.#open(name);
    topic.subscribers.add(connection);
    if (memberships === undefined) this.#ofConnection.set(connection, new Set([topic]));
    else memberships.add(topic);
    return this.#fleet?.subscribe(name);
  }

  unsubscribe(face: object, name: string): boolean {
    const connection = face as Connection;
    const topic = this.#topics.get(name);
    if (topic?.remove(connection) !== true) return false;
    const memberships = this.#ofConnection.get(connection)!;
    memberships.delete(topic);
    if (memberships.size === 0) this.#ofConnection.delete(connection);
    this.#closeIfEmpty(topic);
    return true;
  }

  topicsOf(face: object): string[] {
    const memberships = this.#ofConnection.get(face as Connection) ?? [];
    return Array.from(memberships, ({ name }) => name);
  }

  subscribers(name: string): ReadonlySet<Connection> {
    return this.#topics.get(name)?.subscribers ?? NOBODY;
  }

  publish(name: string, data: Exclude<Data, Blob>, options?: SendOptions, except?: object): number {
    const topic = this.#topics.get(name);
    // That of a topic with subscribers was checked when it got the first one.
    if (topic === undefined) checkTopic(name, this.#settings.maxTopicLength);
    if (options !== undefined) checkSendOptions(options);
    const message = new BroadcastMessage(data, topic?.recipients ?? NOBODY, options);
    this.#fleet?.publish(name, message);
    return topic?.send(message, except) ?? 0;
  }

  /** @throws as {@link publish}, and ArgumentError where `except` is no connection */
  publishWith(name: string, data: Exclude<Data, Blob>, options?: PublishOptions): number {
    if (options === undefined) return this.publish(name, data);
    const { except, ...sendOptions } = options;
    if (except !== undefined && !(except instanceof Connection)) {
      throw new ArgumentError("except is a connection");
    }
    return this.publish(name, data, sendOptions, except);
  }

  async history(name: string, options: HistoryOptions): Promise<TopicHistory> {
    checkTopic(name, this.#settings.maxTopicLength);
    const { history } = this.#settings.broker ?? {};
    return readHistory(history, name, options, (error) => this.onError(error));
  }

  /** A message of another process has come. */
  deliver(name: string, { payload, text, compress }: Envelope): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    const options = compress === undefined ? { text } : { text, compress };
    topic.send(new BroadcastMessage(payload, topic.recipients, options), undefined);
  }

  onGap(topic: string, reason: string): void {
    const subscribers = this.subscribers(topic);
    const { onTopicGap } = this.#settings;
    if (onTopicGap === undefined || subscribers.size === 0) return;
    this.#owner.call(() => onTopicGap({ topic, subscribers, reason }));
  }

  onError(error: unknown): void {
    this.#owner.onError(error);
  }

  /** Lets go of the broker. */
  async close(): Promise<void> {
    await this.#fleet?.close();
  }

  forget(face: object): void {
    const connection = face as Connection;
    const memberships = this.#ofConnection.get(connection);
    if (memberships === undefined) return;
    this.#ofConnection.delete(connection);
    for (const topic of memberships) {
      topic.remove(connection);
      this.#closeIfEmpty(topic);
    }
  }

  #checkRoom(memberships: ReadonlySet<Topic> | undefined, name: string): void {
    const { maxTopics } = this.#settings;
    if ((memberships?.size ?? 0) < maxTopics) return;
    const topic = this.#topics.get(name);
    if (topic !== undefined && memberships?.has(topic)) return;
    throw new WebSocketError(
      "TOO_MANY_TOPICS",
      `a connection is subscribed to at most ${maxTopics} topics (maxTopics)`,
    );
  }

  #open(name: string): Topic {
    const policy = this.#settings.topicPolicy?.(name) ?? "every";
    const topic = new Topic(
      name,
      checkChoice("what topicPolicy returns", policy, ["every", "latest"]),
    );
    this.#topics.set(name, topic);
    return topic;
  }

  #closeIfEmpty(topic: Topic): void {
    if (topic.subscribers.size > 0) return;
    this.#topics.delete(topic.name);
    this.#fleet?.unsubscribe(topic.name);
  }
}
