/** The command line of `barewire conform`. */
import { readFile } from "node:fs/promises";
import { type Expectation, readExpectations } from "../../conformance/expectations.ts";
import { FORMATS, type FormatName } from "../../conformance/report/formats/all.ts";
import { caseTimeout } from "../../conformance/run/attempt.ts";
import { readSpec, type Spec, type SpecServer } from "../../conformance/spec-file.ts";
import { ArgumentError } from "../../errors.ts";
import { certificateFault, parseCommandLine, parseNumber, readCa } from "../command-line.ts";
import { givenOptions } from "./given-options.ts";
import { type ListPlan, listPlanOf } from "./list.ts";

/** A command line, understood. */
export interface ConformPlan {
  readonly servers: readonly SpecServer[];
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly cases: readonly string[] | undefined;
  readonly exclude: readonly string[];
  readonly excludeByAgent: Readonly<Record<string, readonly string[]>>;
  /** Subprotocols that clients may choose from. */
  readonly protocols: readonly string[];
  /** What of the specification cannot be done, for the user to read. */
  readonly ignored: readonly string[];
  readonly jobs: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly retries: number;
  readonly full: boolean;
  readonly out: string;
  readonly strict: boolean;
  readonly headers: readonly (readonly [string, string])[];
  readonly origin: string | undefined;
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly http2: boolean;
  /** Process of the server, whose memory is judged. */
  readonly pid: number | undefined;
  /** Command that starts the server. */
  readonly start: string | undefined;
  /** Whether listening ends after the first reports. */
  readonly once: boolean;
  /** Command that starts the client. */
  readonly exec: string | undefined;
  /** What the verdicts are compared with. */
  readonly expectations: readonly Expectation[] | undefined;
  /** Whether verdicts may be better than expected. */
  readonly allowBetter: boolean;
  /** File that the verdicts are written to, as expectations. */
  readonly writeExpect: string | undefined;
  /** What is printed on stdout. */
  readonly format: FormatName;
  /** The options as they were given, for reports: without secrets. */
  readonly given: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

const OPTIONS = {
  listen: { type: "string" },
  spec: { type: "string" },
  cases: { type: "string", multiple: true },
  exclude: { type: "string", multiple: true },
  agent: { type: "string" },
  jobs: { type: "string" },
  timeout: { type: "string" },
  retries: { type: "string" },
  start: { type: "string" },
  once: { type: "boolean" },
  exec: { type: "string" },
  expect: { type: "string" },
  "write-expect": { type: "string" },
  "allow-better": { type: "boolean" },
  format: { type: "string" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  version: { type: "boolean", short: "v" },
  full: { type: "boolean" },
  out: { type: "string" },
  strict: { type: "boolean" },
  header: { type: "string", multiple: true },
  origin: { type: "string" },
  ca: { type: "string" },
  insecure: { type: "boolean" },
  http2: { type: "boolean" },
  pid: { type: "string" },
  host: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Options of one mode, which would do nothing in the other. */
const FOR_SERVERS = "agent,ca,header,http2,insecure,jobs,origin,pid,retries,start".split(",");
const FOR_CLIENTS = ["cert", "exec", "host", "key", "once"];

/** Reads the arguments and the files they name. Throws {@link ArgumentError}. */
export async function parseConformArguments(
  argv: readonly string[],
): Promise<ConformPlan | ListPlan | "help" | "version"> {
  const { values, positionals } = parse(argv);
  if (values.help) return "help";
  if (values.version) return "version";
  if (values.list) {
    const [cases, exclude] = [patterns(values.cases), patterns(values.exclude)];
    return listPlanOf({ ...values, cases, exclude }, positionals);
  }
  if (values.json) throw new ArgumentError("--json goes with --list; a run has --format json");
  return await runPlanOf(values, positionals);
}

type Values = ReturnType<typeof parse>["values"];

async function runPlanOf(values: Values, positionals: readonly string[]): Promise<ConformPlan> {
  const spec = values.spec === undefined ? undefined : await readSpec(values.spec);
  const listen = listenOn(values.listen, values.host, spec);
  const servers = listen === undefined ? serversOf(positionals, values.agent, spec) : [];
  if (listen === undefined && servers.length === 0) {
    throw new ArgumentError("expected the URL of a server, or --listen PORT (see --help)");
  }
  if (listen !== undefined && positionals.length > 0) {
    throw new ArgumentError(`--listen tests clients: no URL expected, got ${positionals[0]}`);
  }
  checkMode(values, listen === undefined);
  checkProcess(values, servers.length);
  const cases = patterns(values.cases) ?? spec?.cases;
  return {
    servers,
    listen,
    cases,
    exclude: [...(patterns(values.exclude) ?? []), ...(spec?.exclude ?? [])],
    excludeByAgent: spec?.excludeByAgent ?? {},
    protocols: spec?.protocols ?? [],
    ignored: spec?.ignored ?? [],
    jobs: parseNumber("--jobs", values.jobs ?? "8", 1, 1000, "integer"),
    timeout:
      values.timeout === undefined
        ? caseTimeout(values.full)
        : parseNumber("--timeout", values.timeout, 0.001, 86_400, "decimal") * 1000,
    retries: parseNumber("--retries", values.retries ?? "1", 0, 10, "integer"),
    full: values.full ?? false,
    out: values.out ?? spec?.outdir ?? "reports",
    strict: values.strict ?? false,
    headers: (values.header ?? []).map(headerOf),
    origin: values.origin,
    ca: values.ca === undefined ? undefined : readCa(values.ca),
    insecure: values.insecure ?? false,
    http2: values.http2 ?? false,
    pid:
      values.pid === undefined
        ? undefined
        : parseNumber("--pid", values.pid, 1, 2 ** 31, "integer"),
    start: values.start,
    once: values.once ?? false,
    exec: values.exec,
    ...(await gateOf(values)),
    format: formatOf(values.format ?? "console"),
    given: givenOptions(values),
    tls: await certificate(values.cert, values.key),
  };
}

function formatOf(name: string): FormatName {
  if (Object.hasOwn(FORMATS, name)) return name as FormatName;
  const names = Object.keys(FORMATS).join(", ");
  throw new ArgumentError(`--format: expected one of ${names}, got ${name}`);
}

/** What the verdicts are compared with, or written to. */
async function gateOf(values: {
  expect?: string;
  "write-expect"?: string;
  "allow-better"?: boolean;
}): Promise<Pick<ConformPlan, "expectations" | "allowBetter" | "writeExpect">> {
  const { "allow-better": allowBetter = false, expect, "write-expect": writeExpect } = values;
  if (allowBetter && expect === undefined) {
    throw new ArgumentError("--allow-better is of use with --expect FILE only");
  }
  const expectations = expect === undefined ? undefined : await readExpectations(expect);
  return { expectations, allowBetter, writeExpect };
}

/** An option of the other mode would do nothing. */
function checkMode(values: object, testsServers: boolean): void {
  const misplaced = (testsServers ? FOR_CLIENTS : FOR_SERVERS).find((name) => name in values);
  if (misplaced === undefined) return;
  const use = testsServers ? "tests of clients (--listen)" : "servers under test";
  throw new ArgumentError(`--${misplaced} is for ${use} only`);
}

/** One process belongs to one server. */
function checkProcess(values: { pid?: string; start?: string }, servers: number): void {
  const given = (["pid", "start"] as const).filter((name) => values[name] !== undefined);
  if (given.length > 1) throw new ArgumentError("--pid and --start exclude each other");
  if (given.length > 0 && servers > 1) {
    throw new ArgumentError(`--${given[0]} is for one server, got ${servers}`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseCommandLine({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ArgumentError(`${(error as Error).message} (see --help)`);
  }
}

function listenOn(port: string | undefined, host: string | undefined, spec: Spec | undefined) {
  if (port !== undefined) {
    return { port: parseNumber("--listen", port, 0, 65_535, "integer"), host: host ?? "127.0.0.1" };
  }
  if (spec?.listen === undefined || spec.servers.length > 0) return undefined;
  return { ...spec.listen, ...(host === undefined ? {} : { host }) };
}

function serversOf(urls: readonly string[], agent: string | undefined, spec: Spec | undefined) {
  const given = urls.map((url) => ({ url, ...(agent === undefined ? {} : { agent }) }));
  return given.length > 0 ? given : (spec?.servers ?? []);
}

function patterns(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(",").map((part) => part.trim()));
}

function headerOf(text: string): readonly [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)$/.exec(text);
  if (match === null) throw new ArgumentError(`expected --header "Name: value", got ${text}`);
  return [match[1]!, match[2]!];
}

async function certificate(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new ArgumentError("--cert and --key go together");
  const pair = { cert: await contents(cert), key: await contents(key) };
  const fault = certificateFault({ cert, key }, pair);
  if (fault !== undefined) throw new ArgumentError(fault);
  return pair;
}

async function contents(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ArgumentError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
