/** The arguments of `barewire bench`. */

import {
  parseCommandLine,
  parseNumber,
  parseSeconds,
  parseSize,
  UsageError,
} from "../command-line.ts";
import { readOption } from "../dialing/fields.ts";
import { DIALING_OPTIONS, planDialing } from "../dialing/options.ts";
import type { LoadPlan } from "./plan.ts";

const OPTIONS = {
  ...DIALING_OPTIONS,
  connections: { type: "string", short: "c", default: "10" },
  rate: { type: "string", short: "r", default: "1000" },
  depth: { type: "string" },
  size: { type: "string" },
  message: { type: "string", short: "m" },
  binary: { type: "boolean", short: "b", default: false },
  skip: { type: "string", default: "0" },
  duration: { type: "string", short: "d", default: "10" },
  "warm-up": { type: "string", default: "1" },
  processes: { type: "string", short: "p", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Options of other load generators that are called otherwise here, and what to write. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  n: "it is --rate and --duration that say how many messages are sent",
  t: "it is --processes (-p) here",
  threads: "it is --processes (-p) here",
  workers: "it is --processes (-p) here",
  R: "it is --rate (-r) here",
  q: "it is --rate (-r) here",
  latency: "latency is always told",
};

/** Bytes that may be under way on all connections together. */
const MOST_UNDER_WAY = 2 ** 31;

/**
 * Parses the arguments, for which it may read files, and ask for a password.
 *
 * @returns `"help"` when that was asked for
 * @throws {UsageError}
 */
export async function parseBenchOptions(args: readonly string[]): Promise<LoadPlan | "help"> {
  const config = { args: [...args], allowPositionals: true, options: OPTIONS } as const;
  const { values, positionals } = parseCommandLine(config, ELSEWHERE);
  if (values.help) return "help";
  const [url, ...others] = positionals;
  if (url === undefined) throw new UsageError("expected a URL, such as ws://localhost:8199/ws");
  if (others.length > 0) throw new UsageError(`expected one URL, got ${positionals.length}`);
  if (values.size !== undefined && values.message !== undefined) {
    throw new UsageError("--size and --message exclude each other");
  }
  const rate = parseRate(values.rate);
  const plan = {
    connections: parseNumber("--connections", values.connections, 1, 50_000, "integer"),
    rate,
    // In an open loop it is only a bound of what this process has to remember.
    depth: parseNumber(
      "--depth",
      values.depth ?? (rate === "max" ? "1" : "1000"),
      1,
      1e5,
      "integer",
    ),
    message: {
      binary: values.binary,
      size: parseSize("--size", values.size ?? "64", 0, 2 ** 26),
      given: values.message === undefined ? undefined : messageText(values.message),
    },
    skip: parseNumber("--skip", values.skip, 0, 1e6, "integer"),
    warmUp: parseSeconds("--warm-up", values["warm-up"], 0),
    duration: parseSeconds("--duration", values.duration, 0.1),
    processes: parseNumber("--processes", values.processes, 1, 64, "integer"),
    phase: 0,
    json: values.json,
  };
  checkSense(plan);
  const dialing = await planDialing(url, values);
  return { ...plan, dialing, patience: dialing.options.handshakeTimeout ?? 0 };
}

function parseRate(text: string): number | "max" {
  if (text === "max") return "max";
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0 && Number(text) <= 1e7) return Number(text);
  throw new UsageError(
    `--rate: expected messages in a second, above 0 and up to 10000000, or max, got "${text}"`,
  );
}

function messageText(given: string): string {
  if (!given.startsWith("@")) return given;
  return readOption("--message", given.slice(1));
}

/** Refuses what can be read, but makes no sense. */
function checkSense(plan: Omit<LoadPlan, "dialing" | "patience">): void {
  const { connections, rate, depth, message, duration } = plan;
  const size = message.given === undefined ? message.size : Buffer.byteLength(message.given);
  if (rate !== "max" && rate * (duration / 1000) < 1) {
    throw new UsageError(
      `--rate ${rate} for ${duration / 1000} s is not one message: raise --rate or --duration`,
    );
  }
  if (plan.processes > connections) {
    throw new UsageError(
      `--processes ${plan.processes} need as many connections, got --connections ${connections}`,
    );
  }
  // The default depth of an open loop is for small messages; there it is no promise.
  if (rate === "max" && connections * depth * size > MOST_UNDER_WAY) {
    throw new UsageError(
      `${connections} connections with ${depth} messages of ${size} bytes under way are ` +
        "more than 2 GiB: lower --connections, --depth or --size",
    );
  }
}
