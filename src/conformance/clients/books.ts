/** What is known of the clients that have come: their cases under way and their results. */
import type { Case } from "../case.ts";
import { Wait } from "../drive/wait.ts";
import { type CaseResult, notRunResult } from "../result.ts";
import { numberOf } from "../selection.ts";

/** Results and waits of all agents. */
export class Books {
  readonly #results = new Map<string, CaseResult>();
  readonly #waiting = new Map<string, ((result: CaseResult) => void)[]>();
  readonly #returning = new Map<string, Set<(back: boolean) => void>>();
  readonly #running = new Map<string, Set<Promise<unknown>>>();
  readonly #agents = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #requests = new Map<string, number>();

  /** All results so far; a case that was repeated counts once, with its last result. */
  results(): CaseResult[] {
    return [...this.#results.values()];
  }

  /** A case begins. A result of an earlier run must not answer for this one. */
  begin(agent: string, { id }: Case, run: Promise<unknown>): void {
    this.#agents.add(agent);
    this.#asked.add(keyOf(agent, id));
    this.#results.delete(keyOf(agent, id));
    const running = this.#running.get(agent) ?? new Set();
    this.#running.set(agent, running.add(run));
    const end = () => running.delete(run);
    run.then(end, end);
  }

  /** Whether a client has asked for a case. */
  hasAsked(agent: string, { id }: Case): boolean {
    return this.#asked.has(keyOf(agent, id));
  }

  /** A case has come to its end: whoever waits for its verdict is told. */
  end(result: CaseResult): void {
    const key = keyOf(result.agent, result.id);
    this.#results.set(key, result);
    for (const tell of this.#waiting.get(key) ?? []) tell(result);
    this.#waiting.delete(key);
  }

  /** No client makes a request any more: whoever waits for one is told so. */
  giveUp(): void {
    for (const waiting of this.#returning.values()) for (const tell of [...waiting]) tell(false);
  }

  /** Resolves when no case runs. */
  async allIdle(): Promise<void> {
    for (const agent of this.#agents) await this.idle(agent);
  }

  /** Resolves when no case of this agent runs. */
  async idle(agent: string): Promise<void> {
    await Promise.allSettled(this.#running.get(agent) ?? []);
  }

  /** The verdict on a case; waits for it if the case is still running. */
  status(agent: string, { id }: Case): Promise<CaseResult> {
    const key = keyOf(agent, id);
    const known = this.#results.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    });
  }

  /** Requests that clients of this name have made. */
  requests(agent: string): number {
    return this.#requests.get(agent) ?? 0;
  }

  /** A client of this name has made a request. */
  seen(agent: string): void {
    this.#requests.set(agent, this.requests(agent) + 1);
    for (const tell of [...(this.#returning.get(agent) ?? [])]) tell(true);
  }

  /** Whether a client makes more than so many requests, within so many milliseconds from now. */
  returns(agent: string, requests: number, wait: number): Promise<boolean> {
    if (this.requests(agent) > requests) return Promise.resolve(true);
    const waiting = this.#returning.get(agent) ?? new Set();
    return new Promise((resolve) => {
      const end = (back: boolean) => {
        patience.end();
        waiting.delete(end);
        resolve(back);
      };
      const patience = new Wait(wait, () => end(false));
      this.#returning.set(agent, waiting.add(end));
    });
  }

  /** What stands for those of `cases` that each client has never asked for. */
  notAsked(casesOf: (agent: string) => readonly Case[]): CaseResult[] {
    return [...this.#agents].flatMap((agent) =>
      casesOf(agent)
        .filter(({ id }) => !this.#results.has(keyOf(agent, id)))
        .map((testCase) => {
          const subject = { number: numberOf(testCase), agent };
          return notRunResult(testCase, subject, "client", "The client has not asked for it.");
        }),
    );
  }
}

const keyOf = (agent: string, id: string) => `${agent}\n${id}`;
