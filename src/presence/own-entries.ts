import type { OwnEntry, PresenceEntry } from "./entry.ts";
import { MOST_LEFT, PART_SIZE, sealBeat, sealChange } from "./message.ts";

/** Who an {@link OwnEntries} speaks to. */
export interface Line {
  readonly origin: Uint8Array;
  /** Another number each time, larger than all before. */
  nextVersion(): number;
  /** Rejects where the others may not have been told. */
  publish(message: Uint8Array): Promise<void>;
}

interface Own extends OwnEntry {
  /** Whether others may know of it. */
  told: boolean;
}

/** Ticks of silence behind which a process says that it is there. */
const BEAT_TICKS = 2;

/** Times in a tick that all entries are told because somebody asks. Others wait for the next tick. */
const MOST_ANSWERS = 8;

/**
 * The entries of this process in one topic, and what others are told of them. Only one change is under way at a time;
 * what happens meanwhile is the next one. So what waits for the engine is never more than what is there.
 */
export class OwnEntries {
  readonly #line: Line;
  readonly #entries = new Map<number, Own>();
  /** Those that have joined, changed or left since the last change that others were told of. */
  readonly #changed = new Set<number>();
  /** The version that others have; 0 where they have nothing. */
  #version = 0;
  /** Whether others are to be told of all entries, because they have asked, or may have missed something. */
  #whole = false;
  #underWay: Promise<void> | undefined;
  /** Whether the last message was lost. The next tick tries again. */
  #failed = false;
  #answers = 0;
  #silentTicks = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Whether there is nothing to be told any more. */
  get idle(): boolean {
    return this.#entries.size === 0 && this.#changed.size === 0 && this.#underWay === undefined;
  }

  get(number: number): PresenceEntry | undefined {
    return this.#entries.get(number)?.entry;
  }

  put(number: number, made: OwnEntry): void {
    this.#entries.set(number, { ...made, told: this.#entries.get(number)?.told ?? false });
    if (!this.#failed) this.#changed.add(number);
    this.#tell();
  }

  remove(number: number): void {
    this.#drop(number);
    this.#tell();
  }

  /** This process leaves. */
  clear(): void {
    this.#failed = false;
    for (const number of [...this.#entries.keys()]) this.#drop(number);
    this.#tell();
  }

  /** Somebody wants to know of all entries. */
  answer(): void {
    if (this.#entries.size === 0) return;
    this.#whole = true;
    this.#answers += 1;
    if (this.#answers <= MOST_ANSWERS) this.#tell();
  }

  /** The engine may take messages again. */
  retry(): void {
    this.#failed = false;
    this.#tell();
  }

  /** Called again and again, in equal distances. */
  tick(): void {
    this.#answers = 0;
    this.#silentTicks += 1;
    this.retry();
    const isBeatDue = this.#silentTicks >= BEAT_TICKS && this.#entries.size > 0;
    if (isBeatDue && this.#underWay === undefined) {
      this.#send([sealBeat(this.#line.origin, this.#version)]);
    }
  }

  /** @returns resolves when others know all, or cannot be told */
  async told(): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay;
  }

  #drop(number: number): void {
    // Of one that nobody was told of, nobody needs to know that it has left.
    const isTold = this.#entries.get(number)?.told === true;
    if (isTold && !this.#failed) this.#changed.add(number);
    else this.#changed.delete(number);
    this.#entries.delete(number);
  }

  #tell(): void {
    if (this.#underWay !== undefined || this.#failed) return;
    const isAsked = this.#whole && this.#entries.size > 0;
    if (this.#changed.size === 0 && !isAsked) return;
    const messages = this.#whole || this.#version === 0 ? this.#allOfThem() : this.#changes();
    for (const own of this.#entries.values()) own.told = true;
    this.#changed.clear();
    this.#whole = false;
    if (this.#entries.size === 0) this.#version = 0;
    this.#send(messages);
  }

  #allOfThem(): Uint8Array[] {
    if (this.#changed.size > 0) this.#version = this.#line.nextVersion();
    const texts = Array.from(this.#entries.values(), ({ text }) => text);
    const parts = inParts(texts);
    return parts.map((joined, part) => {
      const last = part === parts.length - 1;
      const change = { from: 0, to: this.#version, part, last, left: [] };
      return sealChange(this.#line.origin, change, joined);
    });
  }

  #changes(): Uint8Array[] {
    const [texts, left]: [string[], number[]] = [[], []];
    for (const number of this.#changed) {
      const own = this.#entries.get(number);
      if (own === undefined) left.push(number);
      else texts.push(own.text);
    }
    const leaves: number[][] = [];
    while (left.length > 0) leaves.push(left.splice(0, MOST_LEFT));
    const joins = texts.length > 0 ? inParts(texts) : [];
    return [
      ...leaves.map((numbers) => this.#change([], numbers)),
      ...joins.map((joined) => this.#change(joined, [])),
    ];
  }

  #change(joined: readonly string[], left: readonly number[]): Uint8Array {
    const from = this.#version;
    this.#version = this.#line.nextVersion();
    const change = { from, to: this.#version, part: 0, last: true, left };
    return sealChange(this.#line.origin, change, joined);
  }

  #send(messages: readonly Uint8Array[]): void {
    this.#silentTicks = 0;
    const sent = Promise.all(messages.map((message) => this.#line.publish(message)));
    this.#underWay = sent.then(
      () => this.#onSent(true),
      () => this.#onSent(false),
    );
  }

  #onSent(taken: boolean): void {
    this.#underWay = undefined;
    if (!taken) {
      // Some may know of it, others not. So all are told anew, and what changes until then need not be noted.
      this.#failed = true;
      this.#whole = true;
      this.#version = this.#line.nextVersion();
      this.#changed.clear();
    }
    this.#tell();
  }
}

/** Texts together, as many as fit into a message; one list where there are none. */
function inParts(texts: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let size = 0;
  for (const text of texts) {
    if (size >= PART_SIZE) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(text);
    size += Buffer.byteLength(text) + 1;
  }
  return parts;
}
