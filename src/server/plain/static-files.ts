/**
 * Serves the files below one directory over node:http: what a page beside a WebSocket needs and
 * no more. GET and HEAD, conditional requests (RFC 9110 §13), no ranges, no directory listings.
 */

import { constants, realpathSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, isAbsolute, join, relative, sep } from "node:path";
import { pipeline } from "node:stream";
import { ArgumentError } from "../../errors.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".ogg": "audio/ogg",
  ".otf": "font/otf",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
  ".webm": "video/webm",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml; charset=utf-8",
};

/** The type for a name that says nothing: with nosniff, a browser saves it and runs nothing. */
const UNKNOWN_TYPE = "application/octet-stream";

// A link as the last part of the name must not be followed: it was resolved and judged before,
// so one that is there now was put there since. Not blocking matters for a FIFO, whose opening
// would hold a thread until somebody writes to it. Both are undefined, which is 0, on Windows.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A request that is answered with a status and a line of text in place of a file. */
class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Makes a node:http request listener that serves the files below `root`.
 *
 * Nothing outside `root` is served, by whatever spelling of the path or symbolic link, and no
 * file or directory whose name starts with a dot. A directory is served as its `index.html`.
 *
 * @throws {ArgumentError} when `root` is not a directory that can be read.
 */
export function staticFiles(
  root: string,
): (request: IncomingMessage, response: ServerResponse) => void {
  const realRoot = resolveRoot(root);
  return (request, response) => {
    answer(realRoot, request, response).catch((error: unknown) => refuse(response, error));
  };
}

function resolveRoot(root: string): string {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(root).isDirectory();
  } catch (error) {
    throw new ArgumentError(`root: expected a directory that can be read, got "${root}"`, {
      cause: error,
    });
  }
  if (!isDirectory) throw new ArgumentError(`root: expected a directory, "${root}" is none`);
  return realpathSync(root);
}

async function answer(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new Refusal(405, "Only GET and HEAD are allowed here.", { Allow: "GET, HEAD" });
  }
  const target = parseTarget(request.url ?? "");
  const file = await openBelow(root, target);
  let streaming = false;
  try {
    const stats = await file.handle.stat();
    if (stats.isDirectory()) {
      throw new Refusal(301, "The directory's address ends with a slash.", {
        Location: `/${target.segments.map(encodeURIComponent).join("/")}/${target.query}`,
      });
    }
    if (!stats.isFile()) throw notFound();
    setHeaders(response, stats);
    if (isUnchanged(request, response, stats)) {
      // RFC 9110 §15.4.5: 304 has the validators and no content.
      response.writeHead(304).end();
    } else {
      response.writeHead(200, {
        "Content-Type": CONTENT_TYPES[extname(file.path).toLowerCase()] ?? UNKNOWN_TYPE,
        "Content-Length": stats.size,
      });
      if (request.method === "HEAD" || stats.size === 0) {
        response.end();
      } else {
        streaming = true;
        stream(file.handle, stats.size, response);
      }
    }
  } finally {
    if (!streaming) await file.handle.close();
  }
}

/** A request target, taken apart. */
interface Target {
  /** The decoded names between the slashes; none of them empty, `.`, `..` or with a separator. */
  readonly segments: readonly string[];
  /** Whether the path ends with a slash, so that a directory is asked for. */
  readonly isDirectory: boolean;
  /** The query with its question mark, `""` for none. */
  readonly query: string;
}

function parseTarget(url: string): Target {
  // RFC 9112 §3.2.2: a server accepts the absolute form, too. `URL` is no help here: it would
  // quietly resolve the dot segments that are to be refused.
  const relativeUrl = url.replace(/^https?:\/\/[^/?#]*/i, "");
  const questionMark = relativeUrl.indexOf("?");
  const path = questionMark === -1 ? relativeUrl : relativeUrl.slice(0, questionMark);
  const query = questionMark === -1 ? "" : relativeUrl.slice(questionMark);
  if (path === "" && url !== relativeUrl) return { segments: [], isDirectory: true, query };
  if (!path.startsWith("/") || path.includes("#")) throw badPath();

  const names = path.slice(1).split("/");
  const isDirectory = names.at(-1) === "";
  if (isDirectory) names.pop();
  return { segments: names.map(decodeSegment), isDirectory, query };
}

function decodeSegment(encoded: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    throw badPath();
  }
  // Decoded once and judged after that: an encoded separator must not become one. On Windows a
  // colon starts a drive's path or an alternate stream. An empty name would let `//host` through
  // into the Location of a redirect.
  if (name === "" || name === ".." || name === "." || /[/\\\0]/.test(name)) throw badPath();
  if (sep === "\\" && name.includes(":")) throw badPath();
  if (name.startsWith(".")) throw notFound();
  return name;
}

/** Opens the file that the target names, or the directory when its trailing slash is missing. */
async function openBelow(
  root: string,
  target: Target,
): Promise<{ handle: FileHandle; path: string }> {
  const names = target.isDirectory ? [...target.segments, "index.html"] : target.segments;
  try {
    const path = await realpath(join(root, ...names));
    // What a symbolic link leads to is held to the same rules as a name in the request. A path
    // outside starts with `..` here, which is a dotfile as well, or is on another drive.
    const below = relative(root, path);
    if (isAbsolute(below) || below.split(sep).some((name) => name.startsWith("."))) {
      throw notFound();
    }
    return { handle: await open(path, OPEN_FLAGS), path };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // EISDIR: Windows does not open directories; the redirect is lost there, nothing else.
    if (code === "EACCES" || code === "EPERM") throw new Refusal(403, "Forbidden.");
    if (typeof code === "string" && /^E(NOENT|NOTDIR|LOOP|NAMETOOLONG|ISDIR|NXIO)$/.test(code)) {
      throw notFound();
    }
    throw error;
  }
}

function setHeaders(response: ServerResponse, stats: Stats): void {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("ETag", `W/"${stats.size.toString(16)}-${stats.mtimeMs.toString(16)}"`);
  response.setHeader("Last-Modified", stats.mtime.toUTCString());
  // Kept, but asked for again each time: pages change while somebody works on them.
  response.setHeader("Cache-Control", "no-cache");
}

/** Whether the client's copy is still good (RFC 9110 §13.1.2, §13.1.3, §13.2.2). */
function isUnchanged(request: IncomingMessage, response: ServerResponse, stats: Stats): boolean {
  const ifNoneMatch = request.headers["if-none-match"];
  if (ifNoneMatch !== undefined) {
    // §13.2.2: If-Modified-Since counts only where If-None-Match is absent.
    if (ifNoneMatch.trim() === "*") return true;
    const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
    const ours = opaque(String(response.getHeader("ETag")));
    return ifNoneMatch.split(",").some((tag) => opaque(tag) === ours);
  }
  const ifModifiedSince = request.headers["if-modified-since"];
  if (ifModifiedSince === undefined) return false;
  // §13.1.3: what is no HTTP-date is ignored; `Date.parse` alone would take "7" for one.
  const since = new Date(ifModifiedSince);
  if (since.toUTCString() !== ifModifiedSince) return false;
  // The header has whole seconds, the file system has more.
  return Math.floor(stats.mtimeMs / 1000) * 1000 <= since.getTime();
}

function stream(handle: FileHandle, size: number, response: ServerResponse): void {
  // A file that grows meanwhile must not exceed the announced length.
  const content = handle.createReadStream({ start: 0, end: size - 1 });
  // One that shrank cannot be completed: the client has to see a broken transfer, not to wait for the
  // rest or to take the next answer for it. So this comes before the pipeline ends the response.
  content.once("end", () => {
    if (content.bytesRead < size) response.destroy();
  });
  // An error is a client that left or a disk that failed: the pipeline has destroyed the response.
  pipeline(content, response, () => {});
}

function notFound(): Refusal {
  return new Refusal(404, "Not found.");
}

function badPath(): Refusal {
  return new Refusal(400, "The path of the request is malformed.");
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, "The file could not be read.");
  const body = Buffer.from(`${refusal.message}\n`);
  response.removeHeader("ETag");
  response.removeHeader("Last-Modified");
  response.writeHead(refusal.status, {
    ...refusal.headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}
