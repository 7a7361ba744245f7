import { type Authority, parseAuthority } from "./authority.ts";

/** The absolute form of a request target (RFC 9112 §3.2.2), split into scheme, authority and the rest. */
const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * The resource name (RFC 6455 §3) of a request target: path and query, beginning with "/". A
 * target in absolute form loses its scheme and authority; any other is returned as it is.
 */
export function resourceName(target: string): string {
  if (target.startsWith("/")) return target;
  const rest = ABSOLUTE_FORM.exec(target)?.[3];
  if (rest === undefined) return target;
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** The path of a request target, without its query, percent-encoding as received. */
export function pathOf(target: string): string {
  const resource = resourceName(target);
  const query = resource.indexOf("?");
  return query < 0 ? resource : resource.slice(0, query);
}

/**
 * What is wrong with the target of an upgrade request, which is not repeated, since its query may be
 * secret; or undefined where it is in order: origin
 * form or absolute form, visible ASCII, no fragment.
 *
 * @param host the Host field of the request, where it is well-formed
 */
export function targetFault(target: string, host: Authority | undefined): string | undefined {
  // §3: a fragment is never part of a resource name, and a literal "#" is written %23.
  if (target.includes("#")) return "the request target has a fragment";
  if (/[^!-~]/.test(target)) {
    return "the request target has a character that must be percent-encoded";
  }
  if (target.startsWith("/")) return undefined;
  const absolute = ABSOLUTE_FORM.exec(target);
  if (absolute === null) {
    return "the request target has another form, expected a path or an http(s) URL";
  }
  const own = parseAuthority(absolute[2] ?? "");
  if (own === undefined) return "the request target has a malformed host";
  // RFC 9112 §3.2.2: a target's authority beats Host; two that differ are a trick, not a request.
  const usual = absolute[1]?.toLowerCase() === "https" ? 443 : 80;
  const same =
    host === undefined || (own.host === host.host && (own.port ?? usual) === (host.port ?? usual));
  if (!same) {
    return "the request target names another host than the Host field";
  }
  return undefined;
}
