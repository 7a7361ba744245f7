import type { ClientOptions } from "../types/client.ts";
import type { Address } from "./address.ts";

/**
 * The user's header fields, with the credentials among them. Requests of redirects take them along, but not those
 * that may be secret to another host, or from TLS to plain text.
 */
export class UserHeaders {
  readonly #fields = new Map<string, unknown>();
  readonly #first: Address;

  /** @param options where the address has no credentials, their `auth` counts: `user:password` */
  constructor(first: Address, options: ClientOptions & { readonly auth?: string }) {
    this.#first = first;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      this.#fields.set(name, value);
    }
    const auth = first.auth ?? options.auth;
    // As a header: the credentials of a later address do not count.
    if (auth && !this.#has("authorization")) {
      this.#fields.set("Authorization", `Basic ${Buffer.from(auth).toString("base64")}`);
    }
  }

  /** As `http.request` takes them. */
  get fields(): Record<string, string> {
    return Object.fromEntries(this.#fields) as Record<string, string>;
  }

  /** Leaves out what is not for this address. */
  leaveFor(address: Address): void {
    const first = this.#first;
    const isSameHost = address.place === first.place && address.isUnix === first.isUnix;
    if (isSameHost && (address.secure || !first.secure)) return;
    const left = isSameHost ? ["authorization", "cookie"] : ["authorization", "cookie", "host"];
    for (const name of [...this.#fields.keys()]) {
      if (left.includes(name.toLowerCase())) this.#fields.delete(name);
    }
  }

  #has(lowercase: string): boolean {
    return [...this.#fields.keys()].some((name) => name.toLowerCase() === lowercase);
  }
}
