import type { Fields } from "./fields.ts";
import { trimmed } from "./token.ts";

/**
 * The cookies of a request (RFC 6265 §5.4), by name, in an object without a prototype: a cookie called
 * `__proto__` is one like any other. Values are percent-decoded where that is possible, and without the
 * quotes that may stand around them. Of several with one name the first counts, which a browser sends for
 * the longest path. What is no pair of name and value is passed over.
 */
export function parseCookies(fields: Fields): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  for (const line of fields.getAll("cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals < 0) continue;
      const name = trimmed(pair, 0, equals);
      if (name !== "" && !(name in cookies)) cookies[name] = decoded(trimmed(pair, equals + 1));
    }
  }
  return cookies;
}

function decoded(value: string): string {
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const bare = quoted ? value.slice(1, -1) : value;
  if (!bare.includes("%")) return bare;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
