import { type Channel, type FromRelay, isOurs, type ToRelay } from "./channel.ts";

/** What the relay knows of one worker. */
class Member {
  readonly topics = new Set<string>();
  /** Topics of which messages could not be sent to it. */
  readonly missed = new Set<string>();
  /** Bytes that it has not been sent yet. */
  waiting = 0;
  readonly channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
  }
}

/** Passes messages on between workers: to those that are subscribed, but for the one that has published. */
export class Relay {
  readonly #maxWaiting: number;
  readonly #subscribers = new Map<string, Set<Member>>();

  /** @param maxWaiting most bytes that wait for one worker; what comes then it misses, and is told so */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** @returns takes the worker away again */
  add(channel: Channel): () => void {
    const member = new Member(channel);
    const forget = () => {
      for (const topic of member.topics) this.#unsubscribe(member, topic);
    };
    const stop = channel.listen((message) => {
      if (isOurs(message)) this.#onMessage(member, message as ToRelay);
    }, forget);
    return () => {
      stop();
      forget();
    };
  }

  #onMessage(member: Member, message: ToRelay): void {
    const { topic } = message;
    switch (message.barewire) {
      case "subscribe":
        this.#subscribe(member, topic);
        this.#send(member, { barewire: "done", id: message.id });
        break;
      case "unsubscribe":
        this.#unsubscribe(member, topic);
        this.#send(member, { barewire: "done", id: message.id });
        break;
      case "publish":
        for (const other of this.#subscribers.get(topic) ?? []) {
          if (other !== member) this.#pass(other, topic, message.message);
        }
    }
  }

  #subscribe(member: Member, topic: string): void {
    member.topics.add(topic);
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) this.#subscribers.set(topic, new Set([member]));
    else subscribers.add(member);
  }

  #unsubscribe(member: Member, topic: string): void {
    member.topics.delete(topic);
    member.missed.delete(topic);
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(member);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }

  #pass(member: Member, topic: string, message: Uint8Array): void {
    const { length } = message;
    if (member.waiting > 0 && member.waiting + length > this.#maxWaiting) {
      member.missed.add(topic);
      return;
    }
    member.waiting += length;
    this.#send(member, { barewire: "message", topic, message }, () => {
      member.waiting -= length;
      if (member.waiting === 0) this.#tellMissed(member);
    });
  }

  #tellMissed(member: Member): void {
    for (const topic of member.missed) this.#send(member, { barewire: "gap", topic });
    member.missed.clear();
  }

  #send(member: Member, message: FromRelay, onSent?: () => void): void {
    // That a worker has gone is told by the end of its channel.
    try {
      member.channel.send(message, () => onSent?.());
    } catch {
      onSent?.();
    }
  }
}
