/** A server to be tested: where it is and how to connect to it. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ArgumentError } from "../errors.ts";

/** A server under test. */
export interface Testee {
  /** As it was given. */
  readonly url: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Host and port for the Host field (§4.1). */
  readonly host: string;
  /** Path and query for the request line. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly origin: string | undefined;
  /** Certificates to trust, PEM. */
  readonly ca: string | undefined;
  /** Accept any certificate. */
  readonly insecure: boolean;
  /** Name for TLS (SNI) instead of the URL's host. */
  readonly servername: string | undefined;
  /** WebSockets are opened over HTTP/2 (RFC 8441): TLS with ALPN, TCP with prior knowledge. */
  readonly http2: boolean;
  /** Process of the server on this machine, whose memory is judged in section 25. */
  readonly pid: number | undefined;
  /** Name in reports; the `Server` field of its answers when left out. */
  readonly agent: string | undefined;
  /** Drops all connections to it. */
  readonly signal: AbortSignal | undefined;
}

/** What may be given besides the address. */
export type TesteeOptions = Partial<
  Pick<
    Testee,
    "headers" | "origin" | "ca" | "insecure" | "servername" | "http2" | "pid" | "agent" | "signal"
  >
>;

/** A testee from a `ws:` or `wss:` URL. Throws {@link ArgumentError} for anything else. */
export function testeeFrom(url: string, options: TesteeOptions = {}): Testee {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["ws:", "wss:"].includes(parsed.protocol) || parsed.hash !== "") {
    throw new ArgumentError(`expected a ws: or wss: URL without fragment, got ${url}`);
  }
  const secure = parsed.protocol === "wss:";
  return {
    url,
    secure,
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port) || (secure ? 443 : 80),
    host: parsed.host,
    path: parsed.pathname + parsed.search,
    headers: options.headers ?? [],
    origin: options.origin,
    ca: options.ca,
    insecure: options.insecure ?? false,
    servername: options.servername,
    http2: options.http2 ?? false,
    pid: options.pid,
    agent: options.agent,
    signal: options.signal,
  };
}

/** There was no connection to a testee: its message says why. */
export class NoConnection extends Error {
  override readonly name = "NoConnection";
}

/** The name for SNI; an address is none (RFC 6066 §3). */
function servername({ servername: given, hostname }: Testee): { servername?: string } {
  const name = given ?? hostname;
  return /^[\d.]+$|:/.test(name) ? {} : { servername: name };
}

/**
 * Connects (and does the TLS handshake). Rejects with a {@link NoConnection} whose cause is the
 * socket's error, or after `wait` milliseconds.
 */
export function open(testee: Testee, wait: number): Promise<Socket> {
  const { hostname: host, port, secure } = testee;
  return new Promise((resolve, reject) => {
    const socket = secure
      ? connectTls({
          host,
          port,
          ...(testee.ca === undefined ? {} : { ca: testee.ca }),
          rejectUnauthorized: !testee.insecure,
          ALPNProtocols: [testee.http2 ? "h2" : "http/1.1"],
          ...servername(testee),
        })
      : connectTcp({ host, port });
    const drop = () => socket.destroy();
    testee.signal?.addEventListener("abort", drop, { once: true });
    socket.once("close", () => testee.signal?.removeEventListener("abort", drop));
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection to ${host}:${port} within ${wait} ms`));
    }, wait);
    const failed = (error: Error) => {
      clearTimeout(timer);
      const { code, message } = error as NodeJS.ErrnoException;
      reject(new NoConnection(message.trim() || code, { cause: error }));
    };
    socket.once("error", failed);
    socket.once("close", () => failed(new Error("the connection was dropped")));
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", failed);
      resolve(socket);
    });
  });
}
