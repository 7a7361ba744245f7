import type { CompressionOptions } from "../compression/options.ts";
import { ArgumentError } from "../errors.ts";
import type { HeaderValues } from "../handshake/header-lines.ts";
import { givenOptions } from "../options/checks.ts";
import type { UpgradeOptions, UpgradeRequest } from "../server/opening/upgrade-request.ts";
import type { CrosswsSettings } from "./options.ts";
import type { PeerInit } from "./peer.ts";
import type { HookRequest, Hooks, PerMessageDeflateOptions, UpgradeResult } from "./types.ts";
import { webRequest } from "./web-request.ts";

/** What opens a connection. */
export interface Admission {
  readonly peer: PeerInit;
  readonly options: UpgradeOptions;
}

/** Whether anybody wants to see a request before it is accepted. */
export function isAsked({
  hooks,
  resolve,
  getNamespace,
  handleProtocols,
}: CrosswsSettings): boolean {
  const asked = [hooks.upgrade, resolve, getNamespace, handleProtocols];
  return asked.some((wanted) => wanted !== undefined);
}

/**
 * Has the hooks decide about a request.
 *
 * @returns a Response that is the answer instead
 */
export async function decide(
  settings: CrosswsSettings,
  request: UpgradeRequest,
): Promise<Admission | Response> {
  const web = webRequest(request);
  const namespace = settings.getNamespace?.(web) ?? new URL(web.url).pathname;
  try {
    const general = await settings.hooks.upgrade?.(web);
    if (general instanceof Response) return general;
    const hooks = (await settings.resolve?.(web)) ?? undefined;
    const special = await hooks?.upgrade?.(web);
    if (special instanceof Response) return special;
    return await admit(settings, web, { namespace, hooks }, special ?? general ?? {});
  } catch (error) {
    const response = responseOf(error);
    if (response === undefined) throw error;
    return response;
  }
}

async function admit(
  settings: CrosswsSettings,
  request: HookRequest,
  { namespace, hooks }: { readonly namespace: string; readonly hooks: Hooks | undefined },
  result: UpgradeResult,
): Promise<Admission> {
  if (result.handled) {
    throw new ArgumentError(
      "the hook upgrade has returned { handled: true }, but barewire keeps the socket: serve such a path " +
        "with an HTTP server of your own and server.attach()",
    );
  }
  Object.assign(request.context ?? {}, result.context);
  const headers = new Headers(result.headers);
  const chosen =
    result.protocol ||
    headers.get("sec-websocket-protocol") ||
    (await chooseProtocol(settings, request));
  const { perMessageDeflate } = result;
  return {
    peer: { namespace: result.namespace || namespace, hooks, request },
    options: {
      headers: headerValues(headers),
      ...(chosen && { protocol: chosen }),
      ...(perMessageDeflate !== undefined && { compression: compressionFor(perMessageDeflate) }),
    },
  };
}

async function chooseProtocol(
  { handleProtocols }: CrosswsSettings,
  request: HookRequest,
): Promise<string | false | null | undefined> {
  const offered = request.headers.get("sec-websocket-protocol");
  if (handleProtocols === undefined || offered === null) return undefined;
  const names = offered.split(",").map((name) => name.trim());
  return handleProtocols(new Set(names.filter((name) => name !== "")), request);
}

/** What a hook has thrown to refuse: a Response, or an error that has one, as those of h3 do. */
function responseOf(thrown: unknown): Response | undefined {
  if (thrown instanceof Response) return thrown;
  const { response } = (thrown ?? {}) as { readonly response?: unknown };
  return response instanceof Response ? response : undefined;
}

/** Answers a request with a Response. */
export async function refuse(request: UpgradeRequest, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  request.reject(response.status, { headers: headerValues(response.headers), body });
}

/** Fields that the handshake writes itself, and an app's answer may have too. */
const OWN_FIELDS = /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/;

function headerValues(headers: Headers): HeaderValues {
  const values: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    if (OWN_FIELDS.test(name)) continue;
    values[name] ??= [];
    values[name].push(value);
  }
  return values;
}

function compressionFor(given: boolean | PerMessageDeflateOptions): boolean | CompressionOptions {
  if (typeof given === "boolean") return given;
  const { serverMaxWindowBits = 15, clientMaxWindowBits = 15, threshold } = given;
  const { level, memLevel } = given.zlibDeflateOptions ?? {};
  const windowBits = Math.min(serverMaxWindowBits, clientMaxWindowBits);
  const named = given.serverMaxWindowBits ?? given.clientMaxWindowBits;
  return givenOptions({
    level,
    memLevel,
    threshold,
    windowBits: named === undefined ? undefined : windowBits,
    sendContextTakeover: given.serverNoContextTakeover === true ? false : undefined,
    receiveContextTakeover: given.clientNoContextTakeover === true ? false : undefined,
  }) as CompressionOptions;
}
