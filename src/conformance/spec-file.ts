/** Autobahn's specification files, `fuzzingclient.json` and `fuzzingserver.json`. */
import { readFile } from "node:fs/promises";
import { ArgumentError } from "../errors.ts";
import { AUTOBAHN_SECTIONS } from "./case-numbers.ts";

/** One server of a specification for the fuzzing client. */
export interface SpecServer {
  readonly url: string;
  readonly agent?: string;
  readonly origin?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Name for TLS (SNI): the field `hostname`. */
  readonly servername?: string;
}

/** What a specification says. */
export interface Spec {
  readonly outdir?: string;
  /** Servers to test; empty for a file that is made for testing clients. */
  readonly servers: readonly SpecServer[];
  /** Address to listen on for clients. */
  readonly listen?: { readonly host: string; readonly port: number };
  readonly cases?: readonly string[];
  readonly exclude: readonly string[];
  readonly excludeByAgent: Readonly<Record<string, readonly string[]>>;
  /** Subprotocols that clients may choose from. */
  readonly protocols: readonly string[];
  /** Options of Autobahn's protocol classes that would change verdicts, and do not here. */
  readonly ignored: readonly string[];
}

/** Reads a specification. Throws {@link ArgumentError} with what is wrong in it. */
export async function readSpec(file: string): Promise<Spec> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new ArgumentError(`cannot read the specification ${file}: ${(error as Error).message}`);
  }
  return parseSpec(value, file);
}

/** Checks a parsed specification; `file` names it in errors. */
export function parseSpec(value: unknown, file: string): Spec {
  const wrong = (what: string) => new ArgumentError(`${file}: expected ${what}`);
  if (!isObject(value)) throw wrong("an object");
  const servers = value.servers ?? [];
  if (!Array.isArray(servers)) throw wrong(`"servers" to be a list`);
  const url = value.url;
  if (servers.length === 0 && typeof url !== "string") {
    throw wrong(`"servers" (to test servers) or "url" (to test clients)`);
  }
  const outdir = value.outdir;
  const cases = stringList(value.cases, `"cases"`, file);
  const listen = typeof url === "string" ? addressOf(url, file) : undefined;
  return {
    ...(typeof outdir === "string" ? { outdir } : {}),
    servers: servers.map((server) => serverOf(server, file)),
    ...(listen === undefined ? {} : { listen }),
    ...(cases === undefined ? {} : { cases: cases.flatMap(ofAutobahn) }),
    exclude: (stringList(value["exclude-cases"], `"exclude-cases"`, file) ?? []).flatMap(
      ofAutobahn,
    ),
    excludeByAgent: agentExcludes(value["exclude-agent-cases"] ?? {}, file),
    protocols: servers.length > 0 ? [] : (stringList(value.protocols, `"protocols"`, file) ?? []),
    ignored: [value, ...servers].flatMap((part: SpecObject) => ignoredOptions(part.options)),
  };
}

/**
 * In these files `*` stands for all that Autobahn has, and a pattern with a `*` for every case
 * that begins so: `12.*.1` also means 12.1.10.
 */
function ofAutobahn(pattern: string): readonly string[] {
  if (pattern === "*") return AUTOBAHN_SECTIONS;
  return [pattern.includes("*") && !pattern.endsWith("*") ? `${pattern}*` : pattern];
}

/** What the judge does anyway: it speaks version 13, and fails connections with a Close frame. */
const KEPT_OPTIONS: Readonly<Record<string, unknown>> = { version: 18, failByDrop: false };

function ignoredOptions(options: unknown): string[] {
  if (!isObject(options)) return [];
  return Object.entries(options)
    .filter(([name, value]) => KEPT_OPTIONS[name] !== value)
    .map(([name, value]) => `option "${name}": ${JSON.stringify(value)}`);
}

function serverOf(server: unknown, file: string): SpecServer {
  if (!isObject(server) || typeof server.url !== "string") {
    throw new ArgumentError(`${file}: expected every server to have a "url"`);
  }
  const { agent, origin, headers, hostname } = server;
  const protocols = stringList(server.protocols, `"protocols" of ${server.url}`, file) ?? [];
  const fields = [
    ...(isObject(headers)
      ? Object.entries(headers).map(([name, text]) => [name, String(text)] as const)
      : []),
    ...(protocols.length > 0 ? [["Sec-WebSocket-Protocol", protocols.join(", ")] as const] : []),
  ];
  return {
    url: server.url,
    ...(typeof agent === "string" ? { agent } : {}),
    ...(typeof origin === "string" ? { origin } : {}),
    ...(typeof hostname === "string" ? { servername: hostname } : {}),
    ...(fields.length > 0 ? { headers: fields } : {}),
  };
}

function addressOf(url: string, file: string): { host: string; port: number } {
  if (!URL.canParse(url))
    throw new ArgumentError(`${file}: expected "url" to be a URL, got ${url}`);
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || 9001 };
}

function agentExcludes(value: unknown, file: string): Record<string, readonly string[]> {
  if (!isObject(value)) {
    throw new ArgumentError(`${file}: expected "exclude-agent-cases" to be an object`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([agent, cases]) => [
      agent,
      stringList(cases, `"exclude-agent-cases"."${agent}"`, file) ?? [],
    ]),
  );
}

function stringList(value: unknown, name: string, file: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new ArgumentError(`${file}: expected ${name} to be a list of patterns`);
}

/** The fields that are looked at, in any object of a specification. */
type SpecObject = Readonly<
  Partial<
    Record<
      | "servers"
      | "url"
      | "outdir"
      | "cases"
      | "agent"
      | "origin"
      | "headers"
      | "hostname"
      | "options"
      | "protocols"
      | "exclude-cases"
      | "exclude-agent-cases",
      unknown
    >
  >
>;

function isObject(value: unknown): value is SpecObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
