import type { RequestInfo } from "../connection/request-info.ts";
import type { HookRequest } from "./types.ts";

/**
 * The request as the Fetch standard has it, with an object of its own for what hooks want to remember. Over HTTP/2,
 * whose method for it no Request may have, it is a GET too (RFC 8441 §4).
 */
export function webRequest(
  info: RequestInfo,
): HookRequest & { readonly context: Record<string, unknown> } {
  const { url } = info;
  url.protocol = info.secure ? "https:" : "http:";
  const headers = new Headers();
  for (const [name, value] of info.headers) if (!name.startsWith(":")) headers.append(name, value);
  return Object.assign(new Request(url, { headers }), { context: {} });
}
