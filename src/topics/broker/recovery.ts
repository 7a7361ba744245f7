import type { BrokerHistory, Position } from "../broker.ts";

/** Whose topics are delivered without a hole. */
export interface RecoveryOwner extends BrokerHistory {
  /** How the engine is called, for those who are told of gaps. */
  readonly engine: string;
  /** Whether the engine is there. If it is not, what was missed is read when it is back. */
  readonly subscribable: boolean;
  deliver(topic: string, message: Uint8Array): void;
  tellGap(topic: string, reason: string): void;
}

/** How far a topic has been delivered. */
interface Progress {
  /** Undefined until the first position is known. */
  position: Position | undefined;
  /** Whether what was missed is being read. */
  recovering: boolean;
  /** Whether something else was missed meanwhile. */
  again: boolean;
}

/** Messages that are read at once. */
const PAGE = 1000;

/**
 * Delivers the numbered messages of topics in their order, each once. Where the numbers show that some have not come,
 * it reads them from the history of the engine; where they are not there any more, it tells a gap.
 */
export class Recovery {
  readonly #owner: RecoveryOwner;
  readonly #progress = new Map<string, Progress>();

  constructor(owner: RecoveryOwner) {
    this.#owner = owner;
  }

  /** A topic is being subscribed to: its messages may come. */
  begin(topic: string): void {
    if (this.#progress.has(topic)) return;
    this.#progress.set(topic, { position: undefined, recovering: false, again: false });
  }

  /** It is subscribed to: from where it is now, nothing is to be missed. */
  async mark(topic: string): Promise<void> {
    const progress = this.#progress.get(topic);
    if (progress === undefined || progress.position !== undefined) return;
    const { position } = await this.#owner.since(topic, undefined, 0);
    // A message may have come meanwhile.
    progress.position ??= position;
  }

  end(topic: string): void {
    this.#progress.delete(topic);
  }

  /**
   * A message has come.
   *
   * @param previous the number of the message before it in the topic
   * @returns false where its number is not above those that were delivered
   */
  arrive(topic: string, position: Position, previous: number, message: Uint8Array): boolean {
    const progress = this.#progress.get(topic);
    if (progress === undefined) return true;
    const known = progress.position;
    if (known !== undefined && known.epoch !== position.epoch) {
      this.#owner.tellGap(topic, `${this.#owner.engine} has forgotten the topic`);
    } else if (known !== undefined) {
      if (position.offset <= known.offset) return false;
      if (previous > known.offset) {
        void this.recover(topic);
        return true;
      }
    }
    progress.position = position;
    this.#owner.deliver(topic, message);
    return true;
  }

  /** Reads what was missed, until nothing is missing any more. */
  async recover(topic: string): Promise<void> {
    const progress = this.#progress.get(topic);
    if (progress?.position === undefined) return;
    progress.again = true;
    if (progress.recovering) return;
    progress.recovering = true;
    try {
      while (progress.again && this.#progress.get(topic) === progress) {
        progress.again = false;
        await this.#readMissed(topic, progress);
      }
    } catch (error) {
      // When the connection is back it is tried anew; the numbers tell what is missing.
      if (this.#owner.subscribable) {
        this.#owner.tellGap(topic, `what was missed could not be read: ${error}`);
        progress.position = undefined;
      }
    }
    progress.recovering = false;
  }

  async #readMissed(topic: string, progress: Progress): Promise<void> {
    const page = await this.#owner.since(topic, progress.position, PAGE);
    if (this.#progress.get(topic) !== progress) return;
    if (!page.complete) {
      const { engine } = this.#owner;
      this.#owner.tellGap(topic, `${engine} does not have all that was missed any more`);
      if (page.messages.length === 0) progress.position = page.position;
    }
    for (const { position, message } of page.messages) {
      if (!isBehind(progress.position, position)) continue;
      progress.position = position;
      this.#owner.deliver(topic, message);
    }
    if (page.messages.length === PAGE) progress.again = true;
  }
}

function isBehind(known: Position | undefined, position: Position): boolean {
  return known?.epoch !== position.epoch || known.offset < position.offset;
}
