import { type Connection, endpointOf } from "../connection/connection.ts";
import type { Endpoint } from "../connection/endpoint.ts";
import type { BroadcastMessage } from "../connection/sending/broadcast/message.ts";
import type { TopicPolicy } from "./options.ts";

/** With at most so many subscribers a topic has no log of its own in each turn, which costs more than copies do. */
const FEW = 8;
/** The subscribers of all such topics: their messages share one log. */
const FEW_RECIPIENTS = {};

/** A topic that has subscribers in this process. */
export class Topic {
  readonly name: string;
  readonly subscribers = new Set<Connection>();
  readonly #policy: TopicPolicy;
  /**
   * What waits for those that do not keep up, under the policy `"latest"`. All hold one and the same message, since a
   * newer one replaces it for all of them.
   */
  #waiting: Map<Connection, BroadcastMessage> | undefined;

  constructor(name: string, policy: TopicPolicy) {
    this.name = name;
    this.#policy = policy;
  }

  /** What stands for the subscribers in {@link BroadcastMessage}. */
  get recipients(): object {
    return this.subscribers.size > FEW ? this.subscribers : FEW_RECIPIENTS;
  }

  /**
   * Sends a message to the subscribers.
   *
   * @param except who does not get it
   * @returns to how many
   */
  send(message: BroadcastMessage, except: object | undefined): number {
    for (const connection of this.subscribers) {
      if (connection === except) continue;
      const endpoint = endpointOf(connection);
      if (this.#policy === "latest" && this.#mustWait(connection, endpoint)) {
        this.#hold(connection, endpoint, message);
      } else endpoint.sendBroadcast(message);
    }
    const excepted = except !== undefined && this.subscribers.has(except as Connection);
    return this.subscribers.size - (excepted ? 1 : 0);
  }

  /** @returns whether it was subscribed */
  remove(connection: Connection): boolean {
    this.#waiting?.delete(connection);
    return this.subscribers.delete(connection);
  }

  #mustWait(connection: Connection, endpoint: Endpoint): boolean {
    return endpoint.pending || this.#waiting?.has(connection) === true;
  }

  #hold(connection: Connection, endpoint: Endpoint, message: BroadcastMessage): void {
    this.#waiting ??= new Map();
    const isAwaited = this.#waiting.has(connection);
    this.#waiting.set(connection, message);
    if (isAwaited) return;
    const release = () => this.#release(connection, endpoint);
    // It rejects when the connection ends, and then the connection is in no topic any more.
    endpoint.sender.whenEmpty().then(release, () => {});
  }

  #release(connection: Connection, endpoint: Endpoint): void {
    const waiting = this.#waiting?.get(connection);
    if (waiting === undefined) return;
    this.#waiting?.delete(connection);
    if (endpoint.phase !== "open") return;
    const { data, text, compress } = waiting.message;
    endpoint.sender.send(data, compress === undefined ? { text } : { text, compress });
  }
}
