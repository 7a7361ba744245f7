/** A load that several processes share, and what they find put together. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Histogram } from "./histogram.ts";
import { LoadError, type LoadOutcome } from "./load.ts";
import type { OpeningOutcome } from "./opening.ts";
import { type LoadPlan, sharesOf } from "./plan.ts";
import { type Answer, type Order, SHARE_MARK } from "./share.ts";

/** Milliseconds that processes have to end by themselves. */
const PATIENCE = 3000;

function tell(child: ChildProcess, order: Order): void {
  // One that ends just now needs no order; that it has ended is seen elsewhere.
  if (child.connected) child.send(order, () => {});
}

/** Resolves when a process has ended, or could not be started. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await once(child, "exit");
}

/** The processes of a load. */
export class Processes {
  readonly #shares: readonly LoadPlan[];
  readonly #children: readonly ChildProcess[];
  readonly #signal: AbortSignal;

  /** @param signal has them stop, and tell what they have measured */
  constructor(plan: LoadPlan, signal: AbortSignal) {
    this.#shares = sharesOf(plan);
    this.#signal = signal;
    const [, program = ""] = process.argv;
    const env = { ...process.env, [SHARE_MARK]: "1" };
    this.#children = this.#shares.map(() => fork(program, ["bench"], { env }));
    signal.addEventListener("abort", () => this.#say({ does: "stop" }));
  }

  /** Opens the connections. @throws {LoadError} */
  async open(): Promise<OpeningOutcome> {
    this.#signal.throwIfAborted();
    const answers = this.#answers("open");
    for (const [index, child] of this.#children.entries()) {
      tell(child, { does: "open", plan: this.#shares[index]! });
    }
    const openings = (await answers).map(({ opening }) => opening);
    const times = new Histogram();
    for (const opening of openings) times.add(opening.times);
    const elapsed = Math.max(...openings.map((opening) => opening.elapsed));
    return { ...openings[0]!, elapsed, times };
  }

  /** Has all of them load the server at the same time. @throws {LoadError} */
  async run(): Promise<LoadOutcome> {
    const answers = this.#answers("run");
    this.#say({ does: "run" });
    const outcomes = (await answers).map(({ outcome }) => outcome);
    const [latency, lateness] = [new Histogram(), new Histogram()];
    for (const outcome of outcomes) {
      latency.add(outcome.latency);
      lateness.add(outcome.lateness);
    }
    const sum = (name: "due" | "sent" | "echoed" | "returned" | "cpu"): number =>
      outcomes.reduce((total, outcome) => total + outcome[name], 0);
    return {
      elapsed: Math.max(...outcomes.map((outcome) => outcome.elapsed)),
      due: sum("due"),
      sent: sum("sent"),
      echoed: sum("echoed"),
      returned: sum("returned"),
      latency,
      lateness,
      cpu: sum("cpu"),
      lost: outcomes.flatMap((outcome) => outcome.lost),
      interrupted: outcomes.some((outcome) => outcome.interrupted),
    };
  }

  /** Waits until they have closed their connections, but not for long. */
  async end(): Promise<void> {
    this.#say({ does: "stop" });
    const timer = setTimeout(() => {
      for (const child of this.#children) child.kill("SIGKILL");
    }, PATIENCE);
    await Promise.all(this.#children.map(ended));
    clearTimeout(timer);
  }

  #say(order: Order): void {
    for (const child of this.#children) tell(child, order);
  }

  /** Waits for one kind of answer from each. */
  #answers<T extends "open" | "run">(did: T): Promise<Extract<Answer, { did: T }>[]> {
    return Promise.all(
      this.#children.map(
        (child) =>
          new Promise<Extract<Answer, { did: T }>>((resolve, reject) => {
            child.once("error", reject);
            child.once("exit", (code, signal) => {
              reject(
                new LoadError(`a process of the load ended (${signal ?? `exit code ${code}`})`),
              );
            });
            child.on("message", (answer: Answer) => {
              if (answer.did === "fail") reject(new LoadError(answer.reason));
              else if (answer.did === did) resolve(answer as Extract<Answer, { did: T }>);
            });
          }),
      ),
    );
  }
}
