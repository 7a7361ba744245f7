/** Where in a topic somebody is: behind a message, or at the beginning. JSON keeps it. */
export interface Position {
  /** Another one whenever the topic has forgotten everything, so that old positions mean nothing any more. */
  readonly epoch: string;
  /** Number of the message, which grows from one to the next. */
  readonly offset: number;
}

/** A message that a topic remembers. */
export interface HistoryMessage {
  /** Behind this message. */
  readonly position: Position;
  /** The bytes as they were published. */
  readonly message: Uint8Array;
}

/** What a topic remembers from a position on. */
export interface HistoryPage {
  /** In their order, at most as many as were asked for. */
  readonly messages: readonly HistoryMessage[];
  /** Behind the last one of these, or of the topic where there are none. */
  readonly position: Position;
  /** Whether nothing is missing between the position that was asked for and this one. */
  readonly complete: boolean;
}

/** What the topics of a broker remember. */
export interface BrokerHistory {
  /**
   * Reads what was published behind a position.
   *
   * @param position undefined for the end of the topic: no messages, but its position
   * @param limit most messages to give
   */
  since(topic: string, position: Position | undefined, limit: number): Promise<HistoryPage>;
}

/**
 * Carries messages between the processes of an application. Others can write one: it knows topics and bytes, nothing
 * of connections.
 *
 * The server subscribes to a topic when its first connection does and unsubscribes when its last one has
 * left, so there is one subscription for each topic and process. What it publishes it has sent to its own
 * connections already: a broker may bring the process its own messages back or not.
 */
export interface Broker {
  /**
   * Whether a message may be lost but never comes twice, or may come twice and is lost only where a gap is told.
   */
  readonly delivery: "at-most-once" | "at-least-once";
  /**
   * Has `listener` called with each message that comes from the engine, those of this process included or not. The
   * bytes are the listener's. Called once, before anything else.
   */
  onMessage(listener: (topic: string, message: Uint8Array) => void): void;
  /**
   * Has `listener` called when messages of a topic that is subscribed to may not have come, and will not: the
   * engine was away, or has forgotten them. `reason` is for a log. Called once, before anything else.
   */
  onGap?(listener: (topic: string, reason: string) => void): void;
  /** Has `listener` called when something has failed that no call waits for. Called once, before anything else. */
  onError?(listener: (error: Error) => void): void;
  /**
   * Subscribes to a topic. Where the engine is away, the subscription is made once it is back.
   *
   * @returns resolves once what others publish from now on comes; rejects where that cannot be
   */
  subscribe(topic: string): Promise<void>;
  /** Ends a subscription. What is under way may still come. */
  unsubscribe(topic: string): Promise<void>;
  /**
   * Publishes a message, whether this process is subscribed or not. Messages of one process to one topic come
   * to the others in their order.
   *
   * @param message bytes of any value, which do not change any more
   * @returns resolves when the engine has it; rejects where it is lost, at once while the engine is away
   */
  publish(topic: string, message: Uint8Array): Promise<void>;
  /** What topics remember; undefined for a broker whose topics forget. */
  readonly history?: BrokerHistory;
  /**
   * Ends all subscriptions, and calls no listener any more. What the user has brought, such as a client, is left
   * to the user.
   */
  close(): Promise<void>;
}
