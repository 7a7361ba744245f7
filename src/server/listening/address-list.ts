import { BlockList, isIP, isIPv4 } from "node:net";
import { ArgumentError } from "../../errors.ts";

/** Ranges that have a name (RFC 6890). */
const NAMED: ReadonlyMap<unknown, readonly unknown[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  [
    "private",
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"],
  ],
]);

/** Addresses and ranges of them, as an option names them. */
export class AddressList {
  readonly #ranges = new BlockList();
  readonly #unixSockets: boolean;

  /**
   * @param option its name, for messages
   * @param entries addresses, ranges such as `"10.0.0.0/8"`, `"loopback"` and `"private"`
   * @throws ArgumentError for anything else
   */
  constructor(option: string, entries: readonly unknown[]) {
    this.#unixSockets = entries.includes("loopback");
    for (const [index, entry] of entries.entries()) {
      if ((NAMED.get(entry) ?? [entry]).every((range) => this.#add(range))) continue;
      throw new ArgumentError(
        `${option}[${index}] is no address, expected one such as "192.0.2.1" or "2001:db8::1", a range such as ` +
          '"10.0.0.0/8", "loopback" or "private"',
      );
    }
  }

  /** Whether an address is one of them; undefined, of a Unix socket, is one of "loopback". */
  has(address: string | undefined): boolean {
    if (address === undefined) return this.#unixSockets;
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#ranges.check(plain, family === 4 ? "ipv4" : "ipv6");
  }

  #add(entry: unknown): boolean {
    if (typeof entry !== "string") return false;
    const [network = "", prefix, ...rest] = entry.split("/");
    const family = isIP(network);
    const bits = family === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const right = /^[0-9]{1,3}$/.test(prefix ?? "0") && length <= bits && rest.length === 0;
    if (family === 0 || !right) return false;
    this.#ranges.addSubnet(network, length, family === 4 ? "ipv4" : "ipv6");
    return true;
  }
}

/** An IPv4 address that a socket for both families shows as one of IPv6 (RFC 4291 §2.5.5.2), in its own form. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}
