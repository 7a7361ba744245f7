/** The options by which a command reaches a server: the same for `connect` and for `bench`. */

import { chooseProxy, proxyLabel } from "../../client/proxy/choice.ts";
import { parseTarget } from "../../client/target.ts";
import { ArgumentError, type ConnectOptions, HandshakeError } from "../../index.ts";
import { parseNumber, parseSeconds, UsageError } from "../command-line.ts";
import { basicAuthorization, type Field, headerFields, login } from "./fields.ts";
import { MASK, maskQuery, maskSecrets, secretsOfField, secretsOfUrl } from "./secrets.ts";
import { type TlsValues, tlsOptions } from "./tls.ts";
import { completeUrl, shownUrl } from "./url.ts";

/** For `parseArgs`. */
export const DIALING_OPTIONS = {
  header: { type: "string", short: "H", multiple: true, default: [] as string[] },
  subprotocol: { type: "string", short: "s", multiple: true, default: [] as string[] },
  origin: { type: "string", short: "o" },
  auth: { type: "string", short: "u" },
  location: { type: "boolean", short: "L", default: false },
  "max-redirects": { type: "string" },
  compress: { type: "boolean", short: "z", default: false },
  timeout: { type: "string", default: "10" },
  ca: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  passphrase: { type: "string" },
  servername: { type: "string" },
  insecure: { type: "boolean", short: "k", default: false },
  proxy: { type: "string" },
  "unix-socket": { type: "string" },
  ipv4: { type: "boolean", short: "4", default: false },
  ipv6: { type: "boolean", short: "6", default: false },
} as const;

/** For the text of `--help`. */
export const DIALING_HELP = `Reaching the server:
  -H, --header "NAME: VALUE"  header field of the handshake; may be repeated;
                           @FILE takes them from a file, one a line
  -s, --subprotocol NAME   subprotocol to offer; may be repeated, best first
  -o, --origin ORIGIN      Origin field to send (default: none)
  -u, --auth USER:PASSWORD  basic credentials; USER alone asks for the password,
                           @FILE takes them from a file
  -L, --location           follow redirects; other servers get no credentials,
                           fields and cookies, and TLS is not given up
      --max-redirects N    follow so many, and no more (default 10 with -L)
  -z, --compress           offer permessage-deflate
      --timeout SECONDS    limit for connecting, TLS and proxy included
                           (default 10)
      --proxy PROXY        URL of a proxy (http:, https:, socks5:), "env" for
                           HTTP_PROXY and the like, or "none" (default env)
      --unix-socket FILE   connect to this socket in place of the URL's host
  -4, --ipv4               IPv4 only
  -6, --ipv6               IPv6 only

TLS:
      --ca FILE            trust the certificates in this file (PEM), no others
      --cert FILE          certificate of this client (PEM, with its chain)
      --key FILE           its private key (PEM; default: the one in --cert)
      --passphrase TEXT    what the key is encrypted with; @FILE takes it from a
                           file; at a terminal it is asked for
      --servername NAME    name to ask for and to find in the certificate, in
                           place of the URL's host
  -k, --insecure           do not check the server's certificate
`;

/** What `parseArgs` makes of {@link DIALING_OPTIONS}. */
export interface DialingValues extends TlsValues {
  readonly header: readonly string[];
  readonly subprotocol: readonly string[];
  readonly origin?: string | undefined;
  readonly auth?: string | undefined;
  readonly location: boolean;
  readonly "max-redirects"?: string | undefined;
  readonly compress: boolean;
  readonly timeout: string;
  readonly proxy?: string | undefined;
  readonly "unix-socket"?: string | undefined;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

/** How to reach a server. */
export interface DialingPlan {
  /** Complete. */
  readonly url: string;
  /** The URL for people to read. */
  readonly shown: string;
  /** For `connect()` and `reconnecting()`. */
  readonly options: Omit<ConnectOptions, "socket" | "handler" | "data" | "headers"> & {
    readonly headers: readonly Field[];
  };
  /** The proxy that leads there, without its credentials; undefined for none. */
  readonly through: string | undefined;
  /** What must not be printed. */
  readonly secrets: readonly string[];
}

/**
 * Makes the plan, for which it may read files, and ask for a password.
 *
 * @throws {UsageError}
 */
export async function planDialing(text: string, values: DialingValues): Promise<DialingPlan> {
  const url = completeUrl(text);
  const fields = headerFields(values.header);
  const credentials = values.auth === undefined ? undefined : await login(values.auth);
  const headers: Field[] =
    credentials === undefined
      ? fields
      : [...fields, ["Authorization", basicAuthorization(credentials)]];
  const tls = await tlsOptions(values);
  const proxy = values.proxy ?? "env";
  return {
    url,
    shown: shownUrl(url),
    through: values["unix-socket"] === undefined ? proxyFor(url, proxy) : undefined,
    options: {
      handshakeTimeout: parseSeconds("--timeout", values.timeout),
      proxy,
      headers,
      protocols: values.subprotocol,
      tls,
      family: family(values),
      compression: values.compress,
      maxRedirects: maxRedirects(values),
      ...(values.origin === undefined ? {} : { origin: values.origin }),
      ...(values["unix-socket"] === undefined ? {} : { socketPath: values["unix-socket"] }),
    },
    secrets: [
      ...secretsOfUrl(url),
      ...proxyUrls(proxy).flatMap(secretsOfUrl),
      ...headers.flatMap(([name, value]) => secretsOfField(name, value)),
      ...(credentials === undefined ? [] : [credentials.password]),
      ...(tls.passphrase === undefined ? [] : [tls.passphrase]),
    ],
  };
}

function proxyFor(url: string, setting: string): string | undefined {
  try {
    const target = parseTarget(url);
    if (target.socketPath !== undefined) return undefined;
    const proxy = chooseProxy(target, setting, process.env, false);
    return proxy === undefined ? undefined : proxyLabel(proxy);
  } catch (error) {
    // What is wrong with them is told when they are used.
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}

/** As many as wscat follows. */
const REDIRECTS = 10;

function maxRedirects({ location, "max-redirects": most }: DialingValues): number {
  if (most === undefined) return location ? REDIRECTS : 0;
  return parseNumber("--max-redirects", most, 0, 100, "integer");
}

function family({ ipv4, ipv6 }: DialingValues): 0 | 4 | 6 {
  if (ipv4 && ipv6) throw new UsageError("--ipv4 and --ipv6 exclude each other");
  return ipv4 ? 4 : ipv6 ? 6 : 0;
}

/** The URLs of proxies that may be used. */
function proxyUrls(proxy: string): string[] {
  if (proxy !== "env") return [proxy];
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  return names
    .flatMap((name) => [process.env[name], process.env[name.toLowerCase()]])
    .filter((value) => value !== undefined)
    .map((value) => (value.includes("://") ? value : `http://${value}`));
}

/** Options of the library that its errors name, and what they are here. */
const OPTIONS_HERE: readonly (readonly [name: RegExp, here: string])[] = [
  [/\btls\.ca\b/, "--ca"],
  [/\bhandshakeTimeout\b/, "--timeout"],
  [/\bsocketPath\b/, "--unix-socket"],
  [/\bthe proxy option\b/, "--proxy"],
  [/\bmaxMessageSize\b/, "--max-size"],
  [/\bmaxRedirects\b/, "--max-redirects"],
];

/** A message of the library with the options of the command line in the place of its own. */
export function inOptionsHere(message: string): string {
  return OPTIONS_HERE.reduce((text, [name, here]) => text.replace(name, here), message);
}

/** How much of the body of a refusal is shown, in characters. */
const BODY_SHOWN = 500;

/** What to tell of a failure to connect, in lines; its secrets are masked. */
export function failureText(error: Error, secrets: readonly string[]): string {
  const message = inOptionsHere(error.message);
  const received = error instanceof HandshakeError ? error.received?.body.toString() : undefined;
  const body = received?.slice(0, BODY_SHOWN).trim() ?? "";
  return maskSecrets(body === "" ? message : `${message}\n${body}`, secrets);
}

/** A header field for people to read. */
export function shownField([name, value]: Field, secrets: readonly string[]): string {
  const isSecret = secretsOfField(name, value).length > 0;
  return `${name}: ${isSecret ? MASK : maskQuery(maskSecrets(value, secrets))}`;
}
