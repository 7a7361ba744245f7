import type { AddressInfo, Server as NetServer } from "node:net";
import type { SecureContextOptions, TlsOptions, Server as TlsServer } from "node:tls";
import { ArgumentError } from "../../errors.ts";

/** A port or a path that a server listens on. */
export class Listener {
  /** Port; 0 for a Unix socket. */
  readonly port: number;
  /** IP address, or the path of a Unix socket. */
  readonly address: string;
  /** Whether it is a TLS port. */
  readonly secure: boolean;
  /** How to reach it from this machine, for example `"ws://127.0.0.1:8199"`. */
  readonly url: string;
  readonly #server: NetServer;
  readonly #tls: { readonly server: TlsServer; options: TlsOptions } | undefined;
  readonly #onClose: (sockets: Promise<void>) => void;

  /**
   * @internal
   * @param onClose is told when it is closed: the promise resolves when its sockets are gone too
   */
  constructor(
    server: NetServer,
    tls: { readonly server: TlsServer; readonly options: TlsOptions } | undefined,
    onClose: (sockets: Promise<void>) => void,
  ) {
    this.#server = server;
    this.#tls = tls;
    this.#onClose = onClose;
    this.secure = tls !== undefined;
    const place = describeAddress(server.address(), this.secure);
    this.port = place.port;
    this.address = place.address;
    this.url = place.url;
  }

  /**
   * Stops to listen: nothing more is accepted here. Connections, and handshakes under way, stay. Calling it
   * again does nothing.
   *
   * @returns a promise that resolves once the port or path is free
   */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    // Its own promise waits for all its connections too.
    this.#onClose(new Promise((resolve) => this.#server.close(() => resolve())));
  }

  /** Stops to listen, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Takes another certificate, for example one that was renewed, for the handshakes that begin from now on.
   * What is not given stays as `listen` was told.
   *
   * @param options `key`, `cert` and what else `tls.createSecureContext` takes
   * @throws ArgumentError where this is no TLS port, and the error of `node:tls` for what it cannot use;
   * nothing has changed then
   */
  setSecureContext(options: SecureContextOptions): void {
    if (this.#tls === undefined) throw new ArgumentError(`${this.url} is no TLS port`);
    if (typeof options !== "object" || options === null) {
      throw new ArgumentError("setSecureContext takes an object, with key and cert for example");
    }
    const merged = { ...this.#tls.options, ...options };
    this.#tls.server.setSecureContext(merged);
    this.#tls.options = merged;
  }

  /** Keeps the process running as long as it listens, which is the default. */
  ref(): this {
    this.#server.ref();
    return this;
  }

  /** Lets the process end although it listens, unless something else keeps it running. */
  unref(): this {
    this.#server.unref();
    return this;
  }
}

/** Where a server listens, and how to get there. */
function describeAddress(
  address: AddressInfo | string | null,
  secure: boolean,
): Pick<Listener, "port" | "address" | "url"> {
  const scheme = secure ? "wss" : "ws";
  if (address === null || typeof address === "string") {
    const path = address ?? "";
    // What has a meaning in a URL, as `:` and `%`, is part of a name here.
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return { port: 0, address: path, url: `${scheme}+unix:${encoded}` };
  }
  const everywhere = address.address === "::" || address.address === "0.0.0.0";
  const host = everywhere
    ? "localhost"
    : address.family === "IPv6"
      ? `[${address.address}]`
      : address.address;
  const { port } = address;
  return { port, address: address.address, url: `${scheme}://${host}:${port}` };
}
