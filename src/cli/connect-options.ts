/** The arguments of `barewire connect`. */

import { parseCommandLine, parseNumber, UsageError } from "./command-line.ts";

/** The text of `barewire connect --help`. */
export const CONNECT_HELP = `Usage: barewire connect [options] URL

Connects to a WebSocket server (ws: or wss:). Each line of the input is sent as a
text message; what comes back is printed, everything else is told on stderr.
The end of the input (Ctrl-D) or Ctrl-C closes the connection, and so does a
message from the server of more than 1 MiB.

Options:
  --header "NAME: VALUE"  header field for the handshake; may be repeated
  --subprotocol NAME      subprotocol to offer; may be repeated, best first
  --origin ORIGIN         Origin field to send (default: none)
  --once                  send one message, print the first reply, and close;
                          the message is the whole input (without its last line
                          end), or that of --send
  --send TEXT             send this first; without --once the input follows
  --binary                send binary messages, and write those that come as they
                          are (default: as a hex dump)
  --ping SECONDS          ping at this interval and tell the round-trip time
  --timeout SECONDS       limit for connecting and, with --once, for the reply
                          (default 10)
  --wait SECONDS          after the end of the input, go on until nothing has come
                          for so long (default 1, at a terminal 0)
  --ca FILE               trust the certificates in this file (PEM) and no others
  --insecure              do not check the server's certificate
  --proxy PROXY           URL of a proxy (http:, https:, socks5:), "env" for
                          HTTP_PROXY and the like, or "none" (default env)
  -h, --help              show this

Exit codes: 0 closed cleanly, 1 no connection, or it failed, 2 wrong arguments.
`;

/** What `barewire connect` was asked for. */
export interface ConnectOptions {
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly subprotocols: readonly string[];
  readonly origin: string | undefined;
  readonly once: boolean;
  readonly send: string | undefined;
  readonly binary: boolean;
  /** Milliseconds between pings; `undefined` for none. */
  readonly pingInterval: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds without a message after the end of the input. */
  readonly wait: number;
  /** File name. */
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly proxy: string;
}

/** The most seconds that are taken; `setTimeout` can wait 24 days. */
const MOST_SECONDS = 86_400;

/**
 * Parses the arguments.
 *
 * @returns `"help"` when that was asked for
 * @throws {UsageError}
 */
export function parseConnectOptions(args: readonly string[]): ConnectOptions | "help" {
  const { values, positionals } = parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      header: { type: "string", multiple: true, default: [] },
      subprotocol: { type: "string", multiple: true, default: [] },
      origin: { type: "string" },
      once: { type: "boolean", default: false },
      send: { type: "string" },
      binary: { type: "boolean", default: false },
      ping: { type: "string" },
      timeout: { type: "string", default: "10" },
      wait: { type: "string" },
      ca: { type: "string" },
      insecure: { type: "boolean", default: false },
      proxy: { type: "string", default: "env" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    url: checkUrl(positionals),
    headers: values.header.map(splitHeader),
    subprotocols: values.subprotocol,
    origin: values.origin,
    once: values.once,
    send: values.send,
    binary: values.binary,
    pingInterval: values.ping === undefined ? undefined : milliseconds("--ping", values.ping),
    timeout: milliseconds("--timeout", values.timeout),
    wait: milliseconds("--wait", values.wait ?? (process.stdin.isTTY ? "0" : "1"), 0),
    ca: values.ca,
    insecure: values.insecure,
    proxy: values.proxy,
  };
}

function checkUrl(positionals: readonly string[]): string {
  const [url, ...others] = positionals;
  if (url === undefined) throw new UsageError("expected a URL, such as ws://localhost:8199/ws");
  // Neither they nor a header are repeated: there may be a password in them.
  if (others.length > 0) throw new UsageError(`expected one URL, got ${positionals.length}`);
  return url;
}

function splitHeader(header: string): [name: string, value: string] {
  const colon = header.indexOf(":");
  if (colon < 1)
    throw new UsageError(`--header: expected "NAME: VALUE", got text without a name and a colon`);
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}

function milliseconds(option: string, text: string, least = 0.001): number {
  return Math.ceil(parseNumber(option, text, least, MOST_SECONDS, "decimal") * 1000);
}
