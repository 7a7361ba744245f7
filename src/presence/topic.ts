import type { OwnEntry } from "./entry.ts";
import { originOf, type PresenceMessage, sealQuestion } from "./message.ts";
import { Neighbours } from "./neighbours.ts";
import { type Line, OwnEntries } from "./own-entries.ts";
import type { Roster } from "./roster.ts";

/** Questions in a tick. Others wait for the next one. */
const MOST_QUESTIONS = 8;

/** Processes that one question names. Where there are more, all are asked. */
const MOST_ASKED = 32;

/** A topic that this process watches, or has entries in. */
export class Topic {
  readonly roster: Roster;
  readonly own: OwnEntries;
  /** Whether the broker could not subscribe to it. */
  isRefused = false;
  readonly #neighbours: Neighbours;
  readonly #line: Line;
  /** Processes that were asked for all their entries, and have not answered; cleared each tick. */
  readonly #asked = new Set<string>();
  /** Processes that are to be asked next. */
  readonly #toAsk = new Set<string>();
  #isEverybodyToAsk = false;
  #isAsking = false;
  #questions = 0;

  constructor(line: Line, roster: Roster, onError: (error: unknown) => void) {
    this.#line = line;
    this.roster = roster;
    this.own = new OwnEntries(line);
    this.#neighbours = new Neighbours(roster, (origin) => this.#wantToAsk(origin), onError);
  }

  /** Whether nobody here has anything to do with it any more. */
  get idle(): boolean {
    return this.roster.watchers.size === 0 && this.own.idle;
  }

  join(number: number, made: OwnEntry): void {
    this.own.put(number, made);
    this.roster.put(made.entry, undefined);
  }

  update(number: number, made: OwnEntry): void {
    const before = this.own.get(number);
    if (before === undefined) return;
    this.own.put(number, made);
    this.roster.put(made.entry, before);
  }

  leave(number: number): void {
    const entry = this.own.get(number);
    if (entry === undefined) return;
    this.own.remove(number);
    this.roster.remove(entry);
  }

  receive(origin: string, message: PresenceMessage): void {
    switch (message.kind) {
      case "change":
        if (message.from === 0) this.#asked.delete(origin);
        this.#neighbours.onChange(origin, message);
        break;
      case "beat":
        this.#neighbours.onBeat(origin, message.version);
        break;
      case "question":
        if (this.#isMeant(message.of)) this.own.answer();
    }
  }

  /** Asks all processes for their entries. */
  askEverybody(): void {
    this.#isEverybodyToAsk = true;
    this.#askNow();
  }

  /** What others have said meanwhile may not have come, nor what this process has said. */
  onGap(): void {
    this.own.retry();
    this.askEverybody();
  }

  tick(): void {
    this.#questions = 0;
    this.#asked.clear();
    this.#neighbours.tick();
    this.own.tick();
    this.#askNow();
  }

  #isMeant(asked: readonly string[]): boolean {
    return asked.length === 0 || asked.includes(originOf(this.#line.origin));
  }

  #wantToAsk(origin: string): void {
    if (this.#asked.has(origin)) return;
    if (this.#toAsk.size < MOST_ASKED) this.#toAsk.add(origin);
    else this.#isEverybodyToAsk = true;
    this.#askNow();
  }

  #askNow(): void {
    if (!this.#isEverybodyToAsk && this.#toAsk.size === 0) return;
    if (this.#isAsking || this.#questions >= MOST_QUESTIONS) return;
    this.#questions += 1;
    const of = this.#isEverybodyToAsk ? [] : [...this.#toAsk];
    for (const origin of of) this.#asked.add(origin);
    this.#isEverybodyToAsk = false;
    this.#toAsk.clear();
    this.#isAsking = true;
    const asked = () => {
      this.#isAsking = false;
      this.#askNow();
    };
    // Where it is lost, the next beat of the others makes this process ask again.
    this.#line.publish(sealQuestion(this.#line.origin, of)).then(asked, asked);
  }
}
