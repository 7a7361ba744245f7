/** Where a WebSocket is to connect to, as `ws` reads it. */
export interface Address {
  /** What `WebSocket.url` says. */
  readonly url: string;
  /** Whether it is over TLS. */
  readonly secure: boolean;
  /** Host name or address, IPv6 without brackets. */
  readonly host: string;
  /** As text, as it stands in the URL; the default of the scheme where there is none. */
  readonly port: string | number;
  /** Path and query; undefined for "/". */
  readonly path: string | undefined;
  /** Whether it is a Unix socket, or a pipe of Windows. */
  readonly isUnix: boolean;
  /** Path of that, which stands for host and port. */
  readonly socketPath: string | undefined;
  /** `user:password` of the URL, decoded; undefined for none. */
  readonly auth: string | undefined;
  /** Host with port, by which redirects to elsewhere are known; of a Unix socket its path. */
  readonly place: string;
}

const SCHEMES = ["ws:", "wss:", "http:", "https:", "ws+unix:"];
/** The WHATWG standard takes http and https for ws and wss. */
const ALIASES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:" };

/** @throws SyntaxError for what is no address of a WebSocket */
export function parseAddress(address: string | URL): Address {
  const url = parse(address);
  if (!SCHEMES.includes(url.protocol)) {
    throw new SyntaxError(
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    );
  }
  url.protocol = ALIASES[url.protocol] ?? url.protocol;
  const isUnix = url.protocol === "ws+unix:";
  if (isUnix && url.pathname === "") throw new SyntaxError("The URL's pathname is empty");
  // RFC 6455 §3: fragments are meaningless here and MUST NOT be used.
  if (url.hash !== "") throw new SyntaxError("The URL contains a fragment identifier");
  const secure = url.protocol === "wss:";
  const target = `${url.pathname}${url.search}`;
  const [socketPath, path] = isUnix ? target.split(":") : [undefined, target];
  return {
    url: url.href,
    secure,
    host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port || (secure ? 443 : 80),
    path,
    isUnix,
    socketPath,
    auth: credentials(url),
    place: socketPath ?? url.host,
  };
}

function parse(address: string | URL): URL {
  try {
    return new URL(address);
  } catch {
    throw new SyntaxError(`Invalid URL: ${address}`);
  }
}

function credentials({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `${decoded(username)}:${decoded(password)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A "%" that is none of an encoding stands for itself.
    return text;
  }
}
