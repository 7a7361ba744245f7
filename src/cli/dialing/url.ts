/** The URL on a command line: what people leave out of it, and how it is shown. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../command-line.ts";
import { MASK, maskQuery } from "./secrets.ts";

/**
 * The URL that is meant:
 *
 * - `example.com/chat`, `localhost:8080`, `[::1]:8080`: `ws:`, for port 443 `wss:`
 * - `:8080/chat`, `8080`: that port of this machine
 * - `/run/app.sock`, `./app.sock:/chat`: a Unix socket, and what to ask for there
 *
 * A URL with a scheme is returned as it is.
 *
 * @throws {UsageError} for the path of something that is no Unix socket
 */
export function completeUrl(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^wss?\+unix:/i.test(text)) return text;
  if (/^\.{0,2}\//.test(text)) return unixUrl(text);
  if (/^:\d/.test(text)) return `ws://localhost${text}`;
  if (/^\d+(?=[/?]|$)/.test(text)) return `ws://localhost:${text}`;
  return `${/^[^/?#]*:443(?![^/?#])/.test(text) ? "wss" : "ws"}://${text}`;
}

function unixUrl(text: string): string {
  const [, file = "", path = ""] = /^([^:]*):?(.*)$/s.exec(text) ?? [];
  if (!isSocket(file)) {
    throw new UsageError(
      `${file} is no Unix socket; for a path of this machine write localhost:PORT/path`,
    );
  }
  return `ws+unix:${encodeURI(resolve(file)).replaceAll("?", "%3F").replaceAll("#", "%23")}:${path}`;
}

function isSocket(file: string): boolean {
  try {
    return statSync(file).isSocket();
  } catch {
    return false;
  }
}

/**
 * A URL for people to read: password and whatever in the query is called token, key or the like are
 * masked. A user name without a password may be a token, so it is masked too.
 */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return "the URL";
  const shown = new URL(url);
  if (shown.password !== "") shown.password = MASK;
  else if (shown.username !== "") shown.username = MASK;
  return maskQuery(shown.href);
}

/** Whether a URL leads to this machine, so that whoever starts the command is its master. */
export function isLocal(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (
    /unix:$/.test(protocol) || /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  );
}
