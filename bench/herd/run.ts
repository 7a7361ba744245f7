/**
 * How a herd of clients comes back: `npm run bench:herd`. All of them are connected to one server, which is
 * killed and started again. What is counted are the attempts of each second, and the connections that came of
 * them, once with jitter and once without.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ReconnectingClient } from "../../src/index.ts";
import { renderHerd, type Seconds } from "./histogram.ts";

const HELP = `Usage: npm run bench:herd -- [options]

Options:
  --clients N        how many (default 10000); each takes a descriptor here and one in the server
  --down SECONDS     for how long the server is away (default 3)
  --limit SECONDS    when a round is given up (default 120)
  -h, --help         show this
`;

const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));

/** Clients that connect at a time in the beginning, which is not what is measured. */
const AT_A_TIME = 200;

/** A process that does not listen yet. */
async function prepareServer(): Promise<ChildProcess> {
  const child = fork(SERVER, [], { execArgv: ["--import", "tsx"] });
  await once(child, "message");
  return child;
}

/** @returns the port */
async function listen(server: ChildProcess, port: number): Promise<number> {
  server.send(port);
  const [listening] = await once(server, "message");
  return listening as number;
}

/** Clients that note when they try and when they succeed. */
class Herd {
  readonly attempts: number[] = [];
  readonly openings: number[] = [];
  readonly #clients: ReconnectingClient[] = [];
  #open = 0;

  get open(): number {
    return this.#open;
  }

  async connect(url: string, count: number, jitter: "full" | "none"): Promise<void> {
    while (this.#clients.length < count) {
      for (let i = 0; i < AT_A_TIME && this.#clients.length < count; i++) {
        this.#clients.push(this.#client(url, jitter));
      }
      await this.until(() => this.#open === this.#clients.length, 60_000);
    }
    this.attempts.length = 0;
    this.openings.length = 0;
  }

  /** Waits for a condition. @returns whether it came within so many milliseconds */
  async until(condition: () => boolean, limit: number): Promise<boolean> {
    const end = performance.now() + limit;
    while (!condition() && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return condition();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #client(url: string, jitter: "full" | "none"): ReconnectingClient {
    let wasOpen = false;
    return new ReconnectingClient(url, {
      jitter,
      heartbeatInterval: Number.POSITIVE_INFINITY,
      onState: (state) => {
        if (state === "connecting") this.attempts.push(performance.now());
        if (state === "open") this.openings.push(performance.now());
        this.#open += Number(state === "open") - Number(wasOpen);
        wasOpen = state === "open";
      },
    });
  }
}

interface Options {
  readonly clients: number;
  readonly down: number;
  readonly limit: number;
}

async function round(jitter: "full" | "none", options: Options): Promise<Seconds> {
  const [first, second] = [await prepareServer(), await prepareServer()];
  const herd = new Herd();
  try {
    const port = await listen(first, 0);
    await herd.connect(`ws://127.0.0.1:${port}/`, options.clients, jitter);
    first.kill("SIGKILL");
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, options.down * 1000));
    await listen(second, port);
    const all = () => herd.open === options.clients;
    if (!(await herd.until(all, options.limit * 1000))) {
      process.stderr.write(`${options.clients - herd.open} clients have not come back\n`);
    }
    return { attempts: seconds(herd.attempts, start), openings: seconds(herd.openings, start) };
  } finally {
    await herd.close();
    for (const child of [first, second]) child.kill("SIGKILL");
  }
}

/** How many of these times fall into each second behind `start`. */
function seconds(times: readonly number[], start: number): number[] {
  const counts: number[] = [];
  for (const time of times) {
    const second = Math.max(0, Math.floor((time - start) / 1000));
    while (counts.length <= second) counts.push(0);
    counts[second]!++;
  }
  return counts;
}

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    down: { type: "string", default: "3" },
    limit: { type: "string", default: "120" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(HELP);
} else {
  const options = {
    clients: Number(values.clients),
    down: Number(values.down),
    limit: Number(values.limit),
  };
  const rounds = new Map<string, Seconds>();
  for (const jitter of ["full", "none"] as const) rounds.set(jitter, await round(jitter, options));
  console.log(renderHerd(rounds, options));
  process.exit();
}
