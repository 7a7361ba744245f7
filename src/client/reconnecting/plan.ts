/** Checks the options of a client that comes back, and makes those of an attempt from them. */

import { ArgumentError } from "../../errors.ts";
import { checkChoice, checkLimit, checkOptionNames, checkTimeout } from "../../options/checks.ts";
import { describe } from "../../options/describe.ts";
import { HandshakeAttempt } from "../attempt.ts";
import { type HeaderFields, headerPairs } from "../fields.ts";
import { CONNECT_OPTION_NAMES, type ConnectOptions } from "../options.ts";
import { planClient } from "../plan.ts";
import type { BackoffRules } from "./backoff.ts";
import {
  type PerAttempt,
  RECONNECT_OPTION_NAMES,
  type ReconnectAttempt,
  type ReconnectOptions,
} from "./options.ts";

/** The URL of each attempt. */
export type ReconnectUrl = PerAttempt<string | URL>;

/** What is fixed before the first attempt. */
export interface ReconnectPlan {
  readonly url: ReconnectUrl;
  readonly options: ReconnectOptions;
  readonly backoff: BackoffRules;
  /** Milliseconds. */
  readonly stableAfter: number;
  readonly maxAttempts: number;
  /** Milliseconds. */
  readonly maxRetryAfter: number;
  /** Milliseconds for the functions of an attempt. */
  readonly handshakeTimeout: number;
}

/** Options that may be functions, which are asked for each attempt. */
const PER_ATTEMPT = ["headers", "cookies", "protocols", "token", "data"] as const;
type PerAttemptName = (typeof PER_ATTEMPT)[number];

/** Of `connect()`, what a client that comes back has no use for, or has in its own way. */
const NOT_HERE = ["socket", "handler"];

/** Stands for a URL that is not known yet, to check the options with. */
const SOME_URL = "ws://localhost/";

const HOOKS = ["onAttempt", "onFailure", "onGap", "onState"] as const;

/**
 * Checks the arguments as far as they are known now.
 *
 * @param where the function or class, for messages
 * @param more names of further options
 * @throws ArgumentError that says which is wrong and what was expected.
 */
export function planReconnecting(
  where: string,
  url: ReconnectUrl,
  options: ReconnectOptions,
  more: readonly string[],
): ReconnectPlan {
  const names = CONNECT_OPTION_NAMES.filter((name) => !NOT_HERE.includes(name));
  checkOptionNames(where, options, [...names, ...RECONNECT_OPTION_NAMES, ...more].sort());
  for (const name of HOOKS) {
    if (options[name] === undefined || typeof options[name] === "function") continue;
    throw new ArgumentError(`${name} is ${describe(options[name])}, expected a function`);
  }
  const { stableAfter = 10_000, maxAttempts = Number.POSITIVE_INFINITY } = options;
  const plan = {
    url,
    options,
    backoff: planBackoff(options),
    stableAfter: checkTimeout("stableAfter", stableAfter),
    maxAttempts: checkLimit("maxAttempts", maxAttempts, 1, "attempts"),
    maxRetryAfter: finite("maxRetryAfter", options.maxRetryAfter ?? 600_000),
    handshakeTimeout: checkTimeout("handshakeTimeout", options.handshakeTimeout ?? 10_000),
  };
  // What is wrong already is said now, and not by the first attempt.
  const known = PER_ATTEMPT.filter((name) => isKnown(options[name]));
  const values = Object.fromEntries(known.map((name) => [name, options[name]]));
  const fixed = connectOptions(options, values);
  planClient(typeof url === "function" ? SOME_URL : url, fixed, process.env);
  return plan;
}

/** Whether an option has a value already. */
function isKnown(value: unknown): boolean {
  return value !== undefined && typeof value !== "function";
}

function planBackoff(options: ReconnectOptions): BackoffRules {
  const firstDelay = finite("firstDelay", options.firstDelay ?? 5000);
  const maxDelay = finite("maxDelay", options.maxDelay ?? Math.max(60_000, firstDelay));
  const { delayFactor = 2 } = options;
  if (typeof delayFactor !== "number" || !(delayFactor >= 1 && delayFactor < 1000)) {
    throw new ArgumentError(`delayFactor is a number from 1 on; got ${describe(delayFactor)}`);
  }
  if (maxDelay < firstDelay) throw new ArgumentError("maxDelay is less than firstDelay");
  const jitter = checkChoice("jitter", options.jitter ?? "full", ["full", "none"]);
  return { firstDelay, maxDelay, delayFactor, jitter };
}

/** Throws an ArgumentError unless `value` is a time that can be waited for. */
function finite(name: string, value: unknown): number {
  const time = checkTimeout(name, value);
  if (time < Number.POSITIVE_INFINITY) return time;
  throw new ArgumentError(`${name} is Infinity: it would never try again`);
}

/** The arguments of `connect()` for one attempt. */
export interface AttemptArguments {
  readonly url: string | URL;
  readonly options: ConnectOptions;
}

/**
 * Asks the caller's functions for what this attempt is to be made with.
 *
 * @param stop gives up
 * @throws what they throw; HandshakeError `HANDSHAKE_TIMEOUT` where they take too long
 */
export async function askForArguments(
  plan: ReconnectPlan,
  attempt: Omit<ReconnectAttempt, "signal">,
  stop: AbortSignal,
): Promise<AttemptArguments> {
  const watch = new HandshakeAttempt("before connecting", plan.handshakeTimeout, stop);
  try {
    const asked = { ...attempt, signal: watch.failing };
    const ask = async <T>(name: string, value: PerAttempt<T>): Promise<T> => {
      if (typeof value !== "function") return value;
      watch.enter(`the function ${name}`);
      const call = value as (attempt: ReconnectAttempt) => T | PromiseLike<T>;
      return watch.wait(Promise.resolve(call(asked)), () => {});
    };
    const url = await ask("url", plan.url);
    const values: Partial<Record<PerAttemptName, unknown>> = {};
    for (const name of PER_ATTEMPT) {
      const value = plan.options[name];
      if (value !== undefined) values[name] = await ask(name, value as PerAttempt<unknown>);
    }
    watch.success();
    return { url, options: { ...connectOptions(plan.options, values), signal: stop } };
  } catch (error) {
    throw watch.failure(error);
  }
}

/** The options of `connect()` among those given, and what the functions have said. */
function connectOptions(
  options: ReconnectOptions,
  { token, ...values }: Partial<Record<PerAttemptName, unknown>>,
): ConnectOptions {
  const isFixed = (name: string) =>
    CONNECT_OPTION_NAMES.includes(name) && !PER_ATTEMPT.includes(name as PerAttemptName);
  const fixed = Object.entries(options).filter(([name]) => isFixed(name));
  const all = { ...Object.fromEntries(fixed), ...values } as ConnectOptions;
  return token === undefined ? all : withToken(all, token);
}

/** RFC 6750 §2.1: what a bearer token is made of. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

function withToken(options: ConnectOptions, token: unknown): ConnectOptions {
  if (typeof token !== "string" || !TOKEN.test(token)) {
    throw new ArgumentError(
      "token is no bearer token: letters, digits and -._~+/ with = at its end (RFC 6750 §2.1)",
    );
  }
  const pairs = headerPairs("headers", options.headers ?? {});
  if (pairs.some(([name]) => name.toLowerCase() === "authorization")) {
    throw new ArgumentError("Authorization is given twice: by the option token and in headers");
  }
  const headers: HeaderFields = [...pairs, ["Authorization", `Bearer ${token}`]];
  return { ...options, headers };
}
