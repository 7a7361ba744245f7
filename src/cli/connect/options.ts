/** The arguments of `barewire connect`. */

import { parseCommandLine, parseSeconds, parseSize, UsageError } from "../command-line.ts";
import { DIALING_OPTIONS, type DialingValues } from "../dialing/options.ts";
import {
  chooseSplit,
  type ListenPlace,
  oneOf,
  parseBytes,
  parseMaxConnections,
  parseMaxMessages,
  parsePlace,
  parseShow,
  parseWait,
  SHOWN,
  type Shown,
  type Split,
} from "./option-values.ts";

const OPTIONS = {
  ...DIALING_OPTIONS,
  send: { type: "string", short: "x", multiple: true, default: [] as string[] },
  binary: { type: "boolean", short: "b", default: false },
  once: { type: "boolean", short: "1", default: false },
  "no-input": { type: "boolean", default: false },
  null: { type: "boolean", short: "0", default: false },
  split: { type: "string" },
  wait: { type: "string", short: "w" },
  "no-slash": { type: "boolean", default: false },
  "no-history": { type: "boolean", default: false },
  listen: { type: "string", short: "l" },
  exec: { type: "string", short: "e" },
  tls: { type: "boolean", default: false },
  "max-connections": { type: "string" },
  show: { type: "string" },
  bytes: { type: "string" },
  json: { type: "boolean", short: "j", default: false },
  color: { type: "string", default: "auto" },
  verbose: { type: "boolean", short: "v", default: false },
  quiet: { type: "boolean", short: "q", default: false },
  ping: { type: "string" },
  reconnect: { type: "boolean", short: "r", default: false },
  "max-size": { type: "string", default: "64M" },
  "max-messages": { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Options of wscat and websocat that are called otherwise here, and what to write. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  c: "the URL stands by itself",
  connect: "the URL stands by itself",
  execute: "it is --send (-x) here",
  n: "it is --insecure (-k) for wscat's --no-check, --wait forever for websocat's --no-close",
  "no-check": "it is --insecure (-k) here",
  "no-close": "it is --wait forever here",
  "no-color": "it is --color never here",
  slash: "lines that begin with a slash are commands at a terminal already",
  "show-ping-pong": "it is --verbose (-v) here",
  P: "it is --verbose (-v) here",
  "basic-auth": "it is --auth USER:PASSWORD (-u) here",
  protocol: "it is --subprotocol (-s) here",
  "ping-interval": "it is --ping SECONDS here",
  "one-message": "it is --once (-1) here",
  "null-terminated": "it is --null (-0) here",
  "server-mode": "it is --listen PORT (-l) here",
  text: "text is what is sent without --binary",
  t: "text is what is sent without --binary",
  user: "it is --auth USER:PASSWORD (-u) here",
  B: "it is --max-size (messages that come) or --split SIZE (messages that go) here",
};

/** What `barewire connect` was asked for, whether as a client or as a server. */
export interface ConnectOptions {
  /** `""` with {@link listen}. */
  readonly url: string;
  readonly dialing: DialingValues;
  readonly send: readonly string[];
  readonly binary: boolean;
  readonly once: boolean;
  readonly readsInput: boolean;
  readonly split: Split;
  /** Milliseconds without a message after the end of the input; `Infinity` for no end. */
  readonly wait: number;
  readonly slash: boolean;
  readonly history: boolean;
  readonly listen: ListenPlace | undefined;
  readonly exec: string | undefined;
  readonly selfSigned: boolean;
  readonly maxConnections: number;
  readonly show: ReadonlySet<Shown>;
  readonly bytes: "hex" | "base64" | "raw";
  /** What stands behind a message that is printed. */
  readonly end: "\n" | "\0";
  readonly json: boolean;
  readonly color: "auto" | "always" | "never";
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Milliseconds between pings; `undefined` for none. */
  readonly pingInterval: number | undefined;
  readonly reconnect: boolean;
  /** Bytes. */
  readonly maxSize: number;
  /** `Infinity` for no limit. */
  readonly maxMessages: number;
}

/** What is known of the two ends where the command is started. */
export interface Surroundings {
  /** Whether the input is a terminal. */
  readonly typed: boolean;
  /** Whether the output is a terminal. */
  readonly seen: boolean;
}

/**
 * Parses the arguments.
 *
 * @returns `"help"` when that was asked for
 * @throws {UsageError}
 */
export function parseConnectOptions(
  args: readonly string[],
  { typed, seen }: Surroundings,
): ConnectOptions | "help" {
  const config = { args: [...args], allowPositionals: true, options: OPTIONS } as const;
  const { values, positionals } = parseCommandLine(config, ELSEWHERE);
  if (values.help) return "help";
  checkCombination(values, positionals);
  const isTyped = typed && !values["no-input"];
  return {
    url: values.listen === undefined ? onlyUrl(positionals) : "",
    dialing: values,
    send: values.send,
    binary: values.binary,
    once: values.once,
    readsInput: !values["no-input"] && !values.once,
    split: chooseSplit(values, typed),
    wait: parseWait(values.wait ?? (values.exec !== undefined || isTyped ? "0" : "1")),
    slash: typed && !values["no-slash"],
    history: !values["no-history"],
    listen: values.listen === undefined ? undefined : parsePlace(values.listen),
    exec: values.exec,
    selfSigned: values.tls,
    maxConnections: parseMaxConnections(values["max-connections"]),
    show: parseShow(values.show ?? (typed && seen && !values.once ? SHOWN.join() : "none")),
    bytes: parseBytes(values.bytes, values.binary, seen),
    end: values.null ? "\0" : "\n",
    json: values.json,
    color: oneOf("--color", values.color, ["auto", "always", "never"]),
    verbose: values.verbose,
    quiet: values.quiet,
    pingInterval: values.ping === undefined ? undefined : parseSeconds("--ping", values.ping),
    reconnect: values.reconnect,
    maxSize: parseSize("--max-size", values["max-size"], 0, 2 ** 28),
    maxMessages: values.once ? 1 : parseMaxMessages(values["max-messages"]),
  };
}

/** Options that one role has and the other has no use for. */
const FOR_CLIENTS = [
  ...["reconnect", "once", "location", "max-redirects"],
  ...["proxy", "servername", "unix-socket", "ipv4", "ipv6"],
];
const FOR_SERVERS = ["tls", "max-connections"];

/** Pairs of options of which only one makes sense. */
const EXCLUSIVE = [
  ["once", "exec"],
  ["once", "reconnect"],
  ["once", "max-messages"],
  ["once", "split"],
  ["exec", "no-input"],
  ["verbose", "quiet"],
  ["null", "split"],
] as const;

function checkCombination(
  values: Readonly<Record<string, unknown>> & { readonly send: readonly string[] },
  positionals: readonly string[],
): void {
  const isGiven = (name: string): boolean => values[name] !== undefined && values[name] !== false;
  const isServer = isGiven("listen");
  if (isServer && positionals.length > 0) {
    throw new UsageError("--listen waits for clients: no URL expected");
  }
  const misplaced = (isServer ? FOR_CLIENTS : FOR_SERVERS).find(isGiven);
  if (misplaced !== undefined) {
    throw new UsageError(
      `--${misplaced} is for ${isServer ? "clients, not for --listen" : "--listen"}`,
    );
  }
  for (const [one, other] of EXCLUSIVE) {
    if (isGiven(one) && isGiven(other)) {
      throw new UsageError(`--${one} and --${other} exclude each other`);
    }
  }
  if (isGiven("once") && values.send.length > 1) {
    throw new UsageError(
      `--once sends one message, got ${values.send.length}; --max-messages N ends after N replies`,
    );
  }
}

function onlyUrl(positionals: readonly string[]): string {
  const [url, ...others] = positionals;
  if (url === undefined) throw new UsageError("expected a URL, such as ws://localhost:8199/ws");
  // They are not repeated: there may be a password in them.
  if (others.length > 0) throw new UsageError(`expected one URL, got ${positionals.length}`);
  return url;
}
