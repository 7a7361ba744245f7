/** A host and a port, as in the Host field, a request target or an origin. */
export interface Authority {
  /** In lower case; an IPv6 address in its shortest form, in brackets. */
  readonly host: string;
  /** 0 to 65535, or undefined for the default of the scheme. */
  readonly port: number | undefined;
}

// RFC 3986 §3.2.2, but for the comma: it is in no host name, and in a Host field it is the trace
// of two that an intermediary has joined.
const AUTHORITY =
  /^(\[[0-9A-Fa-f:.]{2,45}\]|(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(?::([0-9]*))?$/;

/**
 * Reads `host[:port]` (RFC 9110 §7.2). Undefined where that is malformed: an empty host, user
 * information, a path, space, a port above 65535, or brackets around what is no IPv6 address.
 */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const port = digits === "" ? undefined : Number(digits);
  if (port !== undefined && port > 65_535) return undefined;
  const name = match[1] ?? "";
  const host = name.startsWith("[") ? canonicalAddress(name) : name.toLowerCase();
  return host === undefined ? undefined : { host, port };
}

/** A bracketed IPv6 address in its one canonical form, or undefined where it is none. */
function canonicalAddress(bracketed: string): string | undefined {
  try {
    return new URL(`http://${bracketed}/`).hostname;
  } catch {
    return undefined;
  }
}
