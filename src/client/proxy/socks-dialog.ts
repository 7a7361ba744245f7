/** What the two versions of SOCKS have in common: answers of known length, and how they can be wrong. */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../../errors.ts";
import { readExactly } from "../../socket/reading.ts";

/** The answers of a SOCKS proxy. */
export class SocksDialog {
  readonly #stream: Duplex;
  readonly #name: string;

  /** @param name what the proxy speaks, for messages: `"SOCKS5"`, for example */
  constructor(stream: Duplex, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /**
   * Reads `length` bytes, at least 1.
   *
   * @param what they are, for messages
   * @throws HandshakeError `PROXY_FAILED` when the proxy hangs up before
   */
  async read(length: number, what: string): Promise<Buffer> {
    let bytes: Buffer | undefined;
    try {
      bytes = await readExactly(this.#stream, length);
    } catch (cause) {
      throw this.failed(`the connection broke before ${what} was complete`, { cause });
    }
    if (bytes === undefined) throw this.failed(`it hung up before ${what} was complete`);
    return bytes;
  }

  /** Throws a HandshakeError `PROXY_FAILED` unless an answer has the version that it must have. */
  checkVersion(version: number | undefined, expected: number): void {
    if (version === expected) return;
    throw this.failed(
      `its answer begins with version ${version}; expected ${expected}: is it ${this.#name}?`,
    );
  }

  /** The error for a proxy that says no. */
  refused(reason: string): HandshakeError {
    const message = `the ${this.#name} proxy refused: ${reason}`;
    return new HandshakeError("PROXY_REFUSED", message, { status: 0 });
  }

  /** The error for a proxy that does not keep to its protocol. */
  failed(reason: string, options?: { cause: unknown }): HandshakeError {
    const message = `the ${this.#name} proxy failed: ${reason}`;
    return new HandshakeError("PROXY_FAILED", message, { status: 0 }, options);
  }
}
