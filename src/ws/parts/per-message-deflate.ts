import { deflateRaw } from "node:zlib";
import { Deflater } from "../../extensions/deflater.ts";
import { Inflater } from "../../extensions/inflater.ts";
import type { DeflateAgreement } from "../../extensions/permessage-deflate.ts";
import { translated } from "../errors.ts";
import { effortOf, messageLimit } from "../settings.ts";
import type { PerMessageDeflateOptions } from "../types/options.ts";
import {
  acceptAnswer,
  acceptOffer,
  agreementOf,
  type DeflateParams,
  offerOf,
  readParams,
} from "./deflate-params.ts";
import type { ParsedParams } from "./extension.ts";

/** What `new PerMessageDeflate()` takes. */
export interface DeflateSettings extends PerMessageDeflateOptions {
  /** Whether it stands on a server. Default false. */
  isServer?: boolean;
  /** Most bytes that a message may inflate to; 0 for no limit. Default 0. */
  maxPayload?: number;
}

/** Gets what was compressed or inflated. */
type Callback = (error: Error | null, data?: Buffer) => void;

/**
 * permessage-deflate (RFC 7692) as `ws` exports it. The connections of this library use what it has negotiated;
 * to compress and inflate by it is for programs that do it themselves.
 */
export class PerMessageDeflate {
  /** What was agreed upon; null before {@link accept}. */
  params: DeflateParams | null = null;
  readonly #options: DeflateSettings;
  #deflater: Deflater | undefined;
  #inflater: Inflater | undefined;
  /** Fragments of a compressed message that has not ended. */
  readonly #fragments: Buffer[] = [];

  constructor(options: DeflateSettings = {}) {
    this.#options = options;
  }

  /** Name of the extension. */
  static get extensionName(): "permessage-deflate" {
    return "permessage-deflate";
  }

  /**
   * What was agreed upon, as connections use it.
   *
   * @throws Error before `accept()`
   */
  get agreement(): DeflateAgreement {
    if (this.params === null) throw new Error("nothing was agreed upon: call accept() first");
    return agreementOf(this.params, this.#isServer);
  }

  /** What a client offers. */
  offer(): DeflateParams {
    return offerOf(this.#options);
  }

  /**
   * Takes the offers of a client, or the answer of a server.
   *
   * @param configurations as `extension.parse` gives them
   * @returns what was agreed upon
   * @throws Error, TypeError for what is not acceptable
   */
  accept(configurations: readonly ParsedParams[]): DeflateParams {
    const read = configurations.map((parsed) => readParams(parsed, this.#isServer));
    this.params = this.#isServer
      ? acceptOffer(read, this.#options)
      : acceptAnswer(read[0] ?? {}, this.#options);
    return this.params;
  }

  /**
   * Compresses a message, or a fragment of one.
   *
   * @param fin whether the message ends with it
   */
  compress(data: Uint8Array | string, fin: boolean, callback: Callback): void {
    this.#deflater ??= new Deflater(this.agreement.send, effortOf(this.#options));
    const deflater = this.#deflater;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    deflateRaw(bytes, deflater.options(bytes.length), (error, deflated) => {
      if (error !== null) {
        callback(error);
        return;
      }
      deflater.rememberFragment(bytes, fin);
      callback(null, deflater.payload(deflated, fin));
    });
  }

  /**
   * Inflates a message, or takes a fragment of one: all of its content comes with the last.
   *
   * @param fin whether the message ends with it
   */
  decompress(data: Buffer, fin: boolean, callback: Callback): void {
    this.#fragments.push(data);
    if (!fin) {
      process.nextTick(callback, null, Buffer.alloc(0));
      return;
    }
    this.#inflater ??= new Inflater(this.agreement.receive);
    const payload = Buffer.concat(this.#fragments.splice(0));
    try {
      const content = this.#inflater.inflate(payload, messageLimit(this.#options.maxPayload ?? 0));
      process.nextTick(callback, null, Buffer.from(content));
    } catch (error) {
      process.nextTick(callback, translated(error as Error));
    }
  }

  /** Forgets the messages before. */
  cleanup(): void {
    this.#deflater = undefined;
    this.#inflater = undefined;
    this.#fragments.length = 0;
  }

  get #isServer(): boolean {
    return this.#options.isServer === true;
  }
}
