/** Finds the tests in a checkout, and what each consists of. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve, sep } from "node:path";

/** A checkout, or the folder `websockets/` of one. */
export interface Checkout {
  /** The folder that has `websockets/` and `resources/`. */
  readonly root: string;
}

/** One test, in one of its variants. */
export interface TestFile {
  /** Path below `websockets/`, with the variant: `Close-1000.any.js?wss`. */
  readonly name: string;
  /** The scripts in their order: paths below the root with a slash before, or the text itself. */
  readonly scripts: readonly Script[];
  readonly title: string;
}

export type Script = { readonly path: string } | { readonly text: string };

/** @throws Error that says what was expected, where the folder is none */
export function findCheckout(folder: string): Checkout {
  const given = resolve(folder);
  const root = existsSync(join(given, "websockets")) ? given : dirname(given);
  for (const needed of ["websockets/handlers", "resources/testharness.js"]) {
    if (existsSync(join(root, needed))) continue;
    throw new Error(
      `${root} has no ${needed}; expected a checkout of the Web Platform Tests, or its websockets/`,
    );
  }
  return { root };
}

/** All tests, in the variants without HTTP/2. */
export function findTests({ root }: Checkout): TestFile[] {
  const folder = join(root, "websockets");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => /\.(?:any|window|worker)\.js$|\.html$/.test(path))
    .filter((path) => !/(?:^|\/)(?:handlers|resources|support)\//.test(path));
  return paths.sort().flatMap((path) => testsOf(path, decoded(readFileSync(join(folder, path)))));
}

/** The text of a file, in the encoding that a page says it has. */
function decoded(bytes: Buffer): string {
  const [, charset = "utf-8"] = /<meta charset=["']?([\w-]+)/.exec(bytes.toString("latin1")) ?? [];
  return new TextDecoder(charset).decode(bytes);
}

function testsOf(path: string, text: string): TestFile[] {
  const isPage = path.endsWith(".html");
  const variants = isPage
    ? all(text, /<meta name="?variant"? content="([^"]*)"/g)
    : metas(text, "variant");
  const wanted = (variants.length === 0 ? [""] : variants).filter(
    (name) => !name.includes("wpt_flags"),
  );
  const place = `/websockets/${path}`;
  const scripts = isPage ? pageScripts(text, place) : moduleScripts(text, place);
  const [title = ""] = isPage ? all(text, /<title>([^<]*)<\/title>/gi) : metas(text, "title");
  return scripts.some((script) => "path" in script && script.path === HARNESS)
    ? wanted.map((variant) => ({ name: `${path}${variant}`, scripts, title }))
    : [];
}

const HARNESS = "/resources/testharness.js";

function moduleScripts(text: string, place: string): Script[] {
  // A worker's loads what it needs by itself.
  if (place.endsWith(".worker.js")) return [{ path: HARNESS }, { path: place }];
  const needed = metas(text, "script").map((src) => ({ path: resolved(src, place) }));
  return [{ path: HARNESS }, ...needed, { path: place }];
}

function pageScripts(text: string, place: string): Script[] {
  const scripts: Script[] = [];
  for (const [, attributes = "", body = ""] of text.matchAll(
    /<script([^>]*)>([\s\S]*?)<\/script>/gi,
  )) {
    const src = /src=["']?([^"'\s>]+)/.exec(attributes)?.[1];
    if (src === undefined) scripts.push({ text: body });
    else if (!src.endsWith("testharnessreport.js")) scripts.push({ path: resolved(src, place) });
  }
  return scripts;
}

function resolved(src: string, place: string): string {
  const [path = ""] = src.split("?");
  return path.startsWith("/") ? path : posix.join(posix.dirname(place), path);
}

function metas(text: string, name: string): string[] {
  return all(text, new RegExp(`^// META: ${name}=(.*)$`, "gm")).map((value) => value.trim());
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}
