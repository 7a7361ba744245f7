/** A client in another language, which our server is tested against. */

import { type PeerCommand, type PeerLine, PeerProcess } from "./peer-process.ts";

/** Where and how a peer is to connect. */
export interface PeerConnectOptions {
  readonly url: string;
  /** The certificate to trust, PEM; needed for `wss:`. */
  readonly ca?: string;
  readonly protocols?: readonly string[];
  /** Sends messages in frames of at most so many characters or bytes; whole if not given. */
  readonly fragmentSize?: number;
}

/** Code and reason of the Close frame that the peer has received. */
export interface PeerClose {
  readonly code: number;
  readonly reason: string;
}

/**
 * The program reads a command per line, `{"op":"connect",…}`, and answers each with a line, which
 * has an `error` if it failed. It has one connection at a time, the last that was made.
 */
export class PeerClient {
  readonly #process: PeerProcess;

  constructor(command: PeerCommand) {
    this.#process = new PeerProcess(command);
  }

  /** @returns the subprotocol that it sees agreed upon, `""` for none */
  async connect(options: PeerConnectOptions): Promise<string> {
    const { protocol } = await this.#obey({ op: "connect", ...options });
    return protocol as string;
  }

  async send(message: string | Buffer): Promise<void> {
    const data = Buffer.from(message).toString("base64");
    await this.#obey({ op: "send", text: typeof message === "string", data });
  }

  async receive(): Promise<string | Buffer> {
    const { text, data } = await this.#obey({ op: "receive" });
    const bytes = Buffer.from((data as string | null) ?? "", "base64");
    return text ? bytes.toString("utf8") : bytes;
  }

  /** Pings, and waits for the Pong. */
  async ping(payload: string): Promise<string> {
    const { payload: received } = await this.#obey({ op: "ping", payload });
    return received as string;
  }

  /** Closes. */
  async close(code: number, reason: string): Promise<PeerClose> {
    return closeOf(await this.#obey({ op: "close", code, reason }));
  }

  /** Waits for the server to close. */
  async closed(): Promise<PeerClose> {
    return closeOf(await this.#obey({ op: "closed" }));
  }

  async end(): Promise<void> {
    await this.#process.end();
  }

  async #obey(command: PeerLine & { readonly op: string }): Promise<PeerLine> {
    this.#process.write(command);
    const answer = await this.#process.read();
    const { error } = answer;
    if (error !== undefined) throw new Error(`the peer could not ${command.op}: ${error}`);
    return answer;
  }
}

function closeOf({ code, reason }: PeerLine): PeerClose {
  return { code: code as number, reason: reason as string };
}
