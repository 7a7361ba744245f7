import type { Connection } from "../connection/connection.ts";
import type { Memberships } from "../connection/group.ts";
import { BroadcastMessage } from "../connection/sending/broadcast-message.ts";
import { checkSendOptions, type Data, type SendOptions } from "../connection/sending/data.ts";
import { WebSocketError } from "../errors.ts";
import { checkChoice } from "../options/checks.ts";
import { checkTopic, type TopicSettings } from "./options.ts";
import { Topic } from "./topic.ts";

const NOBODY: ReadonlySet<Connection> = new Set();

/**
 * The topics of a server. Names are keys of maps, so no name of a client's means anything else; and what a
 * connection is subscribed to is kept here, so that one in no topic costs nothing.
 */
export class Topics implements Memberships {
  readonly #settings: TopicSettings;
  readonly #topics = new Map<string, Topic>();
  readonly #ofConnection = new Map<Connection, Set<Topic>>();

  constructor(settings: TopicSettings) {
    this.#settings = settings;
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
    return undefined;
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
    checkTopic(name, this.#settings.maxTopicLength);
    if (options !== undefined) checkSendOptions(options);
    const topic = this.#topics.get(name);
    const message = new BroadcastMessage(data, topic?.subscribers ?? NOBODY, options);
    return topic?.send(message, except) ?? 0;
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
    if (topic.subscribers.size === 0) this.#topics.delete(topic.name);
  }
}
