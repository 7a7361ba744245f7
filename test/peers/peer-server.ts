/** A server in another language, which our client is tested against. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateAndKey } from "../../src/cli/self-signed-certificate.ts";
import { type PeerCommand, PeerProcess } from "./peer-process.ts";

/** How the peer saw a connection end. */
export interface PeerEnd {
  /** The code of our Close frame, 1006 if none came. */
  readonly code: number;
  readonly reason: string;
}

/**
 * The program takes `--cert FILE --key FILE` for TLS, listens on a free port of 127.0.0.1, prints
 * `{"event":"listening","port":N}`, and serves four paths: `/echo`; `/fragments`, which echoes in
 * several frames; `/ping`, which pings with what has come and sends `pong` and the payload when
 * the Pong is there; `/close`, which closes as `{"code":N,"reason":S}` has it. When a connection
 * has ended it prints `{"event":"ended","query":S,"code":N,"reason":S}`: the query of its URL, and
 * what our Close frame said, 1006 where there was none.
 */
export class PeerServer {
  readonly #process: PeerProcess;
  readonly #origin: string;
  /** How connections ended, by their query. */
  readonly #ends = new Map<string, PeerEnd>();

  private constructor(process: PeerProcess, origin: string) {
    this.#process = process;
    this.#origin = origin;
  }

  /** Starts the program, over TLS if there is a certificate. */
  static async start(command: PeerCommand, tls?: CertificateAndKey): Promise<PeerServer> {
    const folder = await mkdtemp(join(tmpdir(), "barewire-peer-"));
    const cert = join(folder, "cert.pem");
    const key = join(folder, "key.pem");
    if (tls !== undefined) {
      await writeFile(cert, tls.cert);
      await writeFile(key, tls.key);
    }
    const files = tls === undefined ? [] : ["--cert", cert, "--key", key];
    const process = new PeerProcess([...command, ...files]);
    try {
      const { event, port } = await process.read();
      if (event !== "listening") throw new Error(`expected "listening", got ${event}`);
      const scheme = tls === undefined ? "ws" : "wss";
      return new PeerServer(process, `${scheme}://127.0.0.1:${port}`);
    } catch (error) {
      await process.end();
      throw error;
    } finally {
      // It has read them before it listens.
      await rm(folder, { recursive: true });
    }
  }

  /** The URL of one of its paths. */
  url(path: "/echo" | "/fragments" | "/ping" | "/close"): string {
    return this.#origin + path;
  }

  /** How the connection with this query in its URL ended, once it has. */
  async ended(query: string): Promise<PeerEnd> {
    let end = this.#ends.get(query);
    while (end === undefined) {
      const { query: ended, code, reason } = await this.#process.read();
      this.#ends.set(ended as string, { code: code as number, reason: reason as string });
      end = this.#ends.get(query);
    }
    return end;
  }

  async end(): Promise<void> {
    await this.#process.end();
  }
}
