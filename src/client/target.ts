/** What a client's URL says: where to connect, what to ask for, and with which credentials. */

import { isIP } from "node:net";
import { ArgumentError } from "../errors.ts";

/** User name and password, decoded from a URL. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where a client connects to and what it asks for there. */
export interface Target {
  /** True for `wss:`: TLS from end to end. */
  readonly secure: boolean;
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  /** TCP port; of no meaning with {@link socketPath}. */
  readonly port: number;
  /** File name of a Unix socket (or Windows pipe) to connect to instead of a host and port. */
  readonly socketPath: string | undefined;
  /** Value of the Host field: the host, and the port where it is not the scheme's default. */
  readonly authority: string;
  /** The request target: path and query, never empty. */
  readonly resource: string;
  /** User name and password of the URL. */
  readonly credentials: Credentials | undefined;
}

// The WHATWG standard takes http and https for ws and wss, so that a page's own URL will do.
const SCHEMES = new Map([
  ["ws:", { secure: false, unix: false }],
  ["http:", { secure: false, unix: false }],
  ["wss:", { secure: true, unix: false }],
  ["https:", { secure: true, unix: false }],
  ["ws+unix:", { secure: false, unix: true }],
  ["wss+unix:", { secure: true, unix: true }],
]);

/**
 * Reads a client's URL (RFC 6455 §3): `ws:`, `wss:`, `http:` and `https:` as aliases of those, or
 * `ws+unix:/path/of/socket:/path?query` (and `wss+unix:`).
 *
 * @throws ArgumentError when it is no such URL or has a fragment.
 */
export function parseTarget(url: string | URL): Target {
  const parsed = parseUrl(url);
  const scheme = SCHEMES.get(parsed.protocol);
  if (scheme === undefined) {
    // It is not repeated: it may be a user name, as in "me:password@example.com".
    throw new ArgumentError("the URL has another scheme than ws:, wss:, ws+unix: and wss+unix:");
  }
  // §3: fragments are meaningless here and MUST NOT be used. An empty one shows in `href` alone.
  if (parsed.href.includes("#")) {
    throw new ArgumentError('the URL has a fragment; write "#" as %23 if it belongs to the path');
  }
  const credentials = urlCredentials(parsed);
  return scheme.unix
    ? unixTarget(parsed, scheme.secure, credentials)
    : {
        secure: scheme.secure,
        host: hostOf(parsed),
        port: parsed.port === "" ? (scheme.secure ? 443 : 80) : Number(parsed.port),
        socketPath: undefined,
        authority: parsed.host,
        resource: parsed.pathname + parsed.search,
        credentials,
      };
}

function parseUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch {
    // The text is not repeated in full: it may hold a password.
    throw new ArgumentError('not a valid URL; expected one such as "wss://example.com/path"');
  }
}

/**
 * A URL as it may stand in a message or a log: without user name, password and query, which may be
 * secret, and without a fragment.
 */
export function withoutSecrets(url: string | URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.search = "";
  shown.hash = "";
  return shown.href;
}

/** `ws+unix:/run/app.sock:/chat?x=1` connects to /run/app.sock and asks for /chat?x=1. */
function unixTarget(url: URL, secure: boolean, credentials: Credentials | undefined): Target {
  const colon = url.pathname.indexOf(":");
  const file = colon === -1 ? url.pathname : url.pathname.slice(0, colon);
  const path = colon === -1 ? "" : url.pathname.slice(colon + 1);
  if (file === "" || url.host !== "") {
    throw new ArgumentError(
      `a ${url.protocol} URL needs the path of a socket, as in "${url.protocol}/run/app.sock:/chat"`,
    );
  }
  return {
    secure,
    host: "localhost",
    port: 0,
    socketPath: decode(file, "the URL's socket path"),
    authority: "localhost",
    resource: (path.startsWith("/") ? path : `/${path}`) + url.search,
    credentials,
  };
}

/** The host of a URL as `node:net` wants it: IPv6 addresses without their brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** The target for messages: no credentials, no path and no query, which may be secret. */
export function labelOf(target: Target): string {
  const scheme = target.secure ? "wss" : "ws";
  return target.socketPath === undefined
    ? `${scheme}://${target.authority}`
    : `${scheme}+unix:${target.socketPath}`;
}

/** `host:port` or the file name of the socket, for messages. */
export function placeOf(target: Target): string {
  return target.socketPath ?? hostAndPort(target.host, target.port);
}

/** `host:port` as people write it: IPv6 addresses in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * The user name and password of a URL, with their percent-encoding undone; undefined for none.
 *
 * @throws ArgumentError when the percent-encoding is not that of UTF-8 text.
 */
export function urlCredentials(url: URL): Credentials | undefined {
  if (url.username === "" && url.password === "") return undefined;
  return {
    username: decode(url.username, "the URL's user name"),
    password: decode(url.password, "the URL's password"),
  };
}

/**
 * The value of an Authorization or Proxy-Authorization field (RFC 7617 §2).
 *
 * @throws ArgumentError when the user name has a colon or either has a control character.
 */
export function basicAuthorization({ username, password }: Credentials): string {
  // RFC 7617 §2: a user-id that contains a colon is invalid, and so are control characters.
  if (username.includes(":")) {
    throw new ArgumentError("a user name with a colon cannot be sent by Basic authentication");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\x00-\x1f\x7f]/.test(username + password)) {
    throw new ArgumentError("the URL's user name or password has a control character in it");
  }
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ArgumentError(`${what} has a "%" that does not begin the encoding of UTF-8 text`);
  }
}
