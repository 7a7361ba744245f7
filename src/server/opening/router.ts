import { ArgumentError } from "../../errors.ts";

/** A route that a path has led to. */
export interface RouteMatch<T> {
  readonly target: T;
  /** What the parameters matched, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern<T> {
  readonly segments: readonly string[];
  readonly target: T;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Routes by path. A pattern is a path whose segments may be parameters (`/rooms/:room`); a last
 * segment `*` takes the rest of the path and is called `*`. A path without parameters wins over a
 * pattern; among patterns the one that was added first.
 */
export class Router<T> {
  readonly #exact = new Map<string, T>();
  readonly #patterns: Pattern<T>[] = [];

  /** @throws ArgumentError for a malformed path and for one that is there already */
  add(path: string, target: T): void {
    checkPath(path);
    const segments = path.split("/");
    if (!segments.some(isParameter)) {
      if (this.#exact.has(path)) throw taken(path);
      this.#exact.set(path, target);
      return;
    }
    if (this.#patterns.some((pattern) => pattern.segments.join("/") === path)) throw taken(path);
    this.#patterns.push({ segments, target });
  }

  /** @param path as it was received, without the query */
  find(path: string): RouteMatch<T> | undefined {
    const target = this.#exact.get(path);
    if (target !== undefined) return { target, params: NO_PARAMS };
    if (this.#patterns.length === 0) return undefined;
    const given = path.split("/");
    for (const pattern of this.#patterns) {
      const params = match(pattern.segments, given);
      if (params !== undefined) return { target: pattern.target, params };
    }
    return undefined;
  }
}

function isParameter(segment: string): boolean {
  return segment.startsWith(":") || segment === "*";
}

function checkPath(path: string): void {
  if (typeof path !== "string" || !/^\/[!-~]*$/.test(path) || /[?#]/.test(path)) {
    throw new ArgumentError(
      `a route's path begins with "/" and has no space, query or fragment; got ${String(path)}`,
    );
  }
  const segments = path.split("/");
  const names = segments.filter(isParameter);
  if (names.includes(":") || new Set(names).size < names.length) {
    throw new ArgumentError(`each parameter of ${path} needs a name of its own`);
  }
  if (segments.slice(0, -1).includes("*")) {
    throw new ArgumentError(`* may only be the last segment of a path; got ${path}`);
  }
}

function taken(path: string): ArgumentError {
  return new ArgumentError(`there is a handler for ${path} already`);
}

function match(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null);
  for (const [i, segment] of segments.entries()) {
    if (segment === "*") {
      const rest = decode(given.slice(i).join("/"));
      if (rest === undefined || i >= given.length) return undefined;
      params["*"] = rest;
      return params;
    }
    if (!isParameter(segment)) {
      if (given[i] !== segment) return undefined;
      continue;
    }
    const value = decode(given[i] ?? "");
    if (value === undefined || value === "") return undefined;
    params[segment.slice(1)] = value;
  }
  return given.length === segments.length ? params : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
