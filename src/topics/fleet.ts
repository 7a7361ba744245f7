import type { BroadcastMessage } from "../connection/sending/broadcast/message.ts";
import { WebSocketError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { type Envelope, isFrom, newOrigin, seal, unseal } from "./envelope.ts";
import { Interests } from "./interests.ts";

/** Who has topics, and is told of what comes from other processes. */
export interface FleetOwner {
  /** Most bytes that wait for the engine. */
  readonly maxBrokerBuffer: number;
  /** @throws ArgumentError for what cannot be sent to connections */
  deliver(topic: string, envelope: Envelope): void;
  onGap(topic: string, reason: string): void;
  onError(error: unknown): void;
}

/** Most topics of which is remembered that messages were lost on the way to the engine. */
const MOST_LOST = 10_000;

/** A server among others that have the same topics, behind one broker. */
export class Fleet {
  readonly #broker: Broker;
  readonly #owner: FleetOwner;
  readonly #origin = newOrigin();
  readonly #interests: Interests;
  /** Bytes that were given to the broker and that the engine does not have yet. */
  #underWay = 0;
  /** Topics that have lost messages, of which the others are to be told. */
  readonly #lost = new Set<string>();
  #failing = false;
  #closed: Promise<void> | undefined;

  constructor(broker: Broker, owner: FleetOwner) {
    this.#broker = broker;
    this.#owner = owner;
    this.#interests = new Interests(broker, (topic, error) => {
      if (this.#closed !== undefined) return;
      owner.onError(error);
      owner.onGap(topic, "the broker could not subscribe to it");
    });
    broker.onMessage((topic, message) => this.#onMessage(topic, message));
    broker.onGap?.((topic, reason) => owner.onGap(topic, reason));
    broker.onError?.((error) => owner.onError(error));
  }

  /** A topic has subscribers. @returns resolves once messages of other processes come; need not be handled */
  subscribe(topic: string): Promise<void> {
    return this.#interests.want(topic);
  }

  /** A topic has none any more. */
  unsubscribe(topic: string): void {
    this.#interests.drop(topic);
  }

  publish(topic: string, { payload, message }: BroadcastMessage): void {
    const { text, compress } = message;
    this.#hand(topic, { kind: "message", payload, text, compress });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#broker.close();
    } catch (error) {
      this.#owner.onError(error);
    }
  }

  #hand(topic: string, envelope: Envelope): void {
    if (this.#closed !== undefined) return;
    const sealed = seal(this.#origin, envelope);
    const { maxBrokerBuffer } = this.#owner;
    if (this.#underWay > 0 && this.#underWay + sealed.length > maxBrokerBuffer) {
      const message = `the engine does not keep up: more than ${maxBrokerBuffer} bytes would wait (maxBrokerBuffer)`;
      this.#onLost(topic, new WebSocketError("BROKER_BUFFER_FULL", message));
      return;
    }
    this.#underWay += sealed.length;
    const taken = () => {
      this.#underWay -= sealed.length;
    };
    this.#give(topic, sealed).then(
      () => {
        taken();
        this.#onTaken();
      },
      (error) => {
        taken();
        this.#onLost(topic, error);
      },
    );
  }

  /** A broker of others may throw where it is to reject. */
  async #give(topic: string, sealed: Buffer): Promise<void> {
    await this.#broker.publish(topic, sealed);
  }

  /** Only the first failure is reported: while the engine is away, each message is one. */
  #onLost(topic: string, error: unknown): void {
    if (this.#lost.size < MOST_LOST) this.#lost.add(topic);
    if (this.#failing || this.#closed !== undefined) return;
    this.#failing = true;
    this.#owner.onError(error);
  }

  /** The engine takes messages, so it can tell the others of those that it never got. */
  #onTaken(): void {
    this.#failing = false;
    if (this.#lost.size === 0) return;
    const lost = [...this.#lost];
    this.#lost.clear();
    const notice = { kind: "lost", payload: new Uint8Array(), text: false, compress: undefined };
    for (const topic of lost) this.#hand(topic, notice as Envelope);
  }

  #onMessage(topic: string, sealed: Uint8Array): void {
    if (this.#closed !== undefined || isFrom(this.#origin, sealed)) return;
    try {
      const envelope = unseal(sealed);
      if (envelope.kind === "message") this.#owner.deliver(topic, envelope);
      else this.#owner.onGap(topic, "another process could not hand messages to the engine");
    } catch (error) {
      this.#owner.onError(error);
    }
  }
}
