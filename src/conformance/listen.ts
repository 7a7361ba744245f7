/**
 * Tests clients: a server that speaks Autobahn's control protocol, so that a client written for
 * Autobahn's fuzzing server runs unchanged.
 */
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { ClientProcess } from "./clients/client-process.ts";
import { Tests } from "./clients/tests.ts";
import type { CaseResult } from "./result.ts";
import { caseTimeout } from "./run/attempt.ts";
import { type Selection, selectSome } from "./selection.ts";

/** What can be chosen for {@link listen}. */
export interface ListenOptions extends Selection {
  /** Port to listen on; 9001 when left out, 0 for any. */
  readonly port?: number;
  /** Address to listen on; `"127.0.0.1"` when left out. */
  readonly host?: string;
  /** Upper limit for one case in milliseconds; 60,000 when left out, 480,000 with `full`. */
  readonly timeout?: number;
  /** As `conform()` has it. Default: false. */
  readonly full?: boolean;
  /** Subprotocols that a client may ask for; without them it gets none (RFC 6455 §4.2.2). */
  readonly protocols?: readonly string[];
  /** Certificate and key in PEM, to be reached by `wss:`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Cases left out for some agents: pattern of the agent's name to patterns of cases. */
  readonly excludeByAgent?: Readonly<Record<string, readonly string[]>>;
  /** Ends after the first `/updateReports`. Default: false. */
  readonly once?: boolean;
  /**
   * A command for the shell that starts the client once all is ready; `{url}` in it stands for the
   * address, which is in its environment as `CONFORM_URL`, too. The tests end with it.
   */
  readonly exec?: string;
  /** Called with every result. What it throws ends the run. */
  readonly onResult?: (result: CaseResult) => void;
  /** Called when a client asks for reports; the answer waits for it. What it throws ends the run. */
  readonly onReport?: (results: readonly CaseResult[], agent: string) => void | Promise<void>;
}

/** A running server for clients under test. */
export interface ClientTests {
  /** Port that it listens on. */
  readonly port: number;
  /** All results so far; a case that was repeated counts once, with its last result. */
  results(): readonly CaseResult[];
  /** For each client that has run a case, a result NOT RUN for every case that it has not asked for. */
  notAsked(): readonly CaseResult[];
  /** Exit code of the client that `exec` started: `null` after a signal, `undefined` while it runs. */
  readonly clientExit: number | null | undefined;
  /** Ends it: no more connections, those that are open are dropped. Returns {@link closed}. */
  close(): Promise<void>;
  /**
   * Resolves when it has ended, by {@link close}, by a client's `/stopServer`, or as `once` and `exec`
   * say. Rejects with what `onResult` or `onReport` threw, where that was the end.
   */
  readonly closed: Promise<void>;
}

/** Begins to listen. Rejects with the error of `node:net` if it cannot. */
export async function listen(options: ListenOptions = {}): Promise<ClientTests> {
  const tests = new Tests({
    cases: selectSome(options, "client"),
    timeout: options.timeout ?? caseTimeout(options.full),
    scale: { full: options.full ?? false },
    protocols: options.protocols ?? [],
    excludeByAgent: options.excludeByAgent ?? {},
    once: options.once ?? false,
    onResult: options.onResult,
    onReport: options.onReport,
  });
  const host = options.host ?? "127.0.0.1";
  const server = serverFor(tests, options.tls);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 9001, host, resolve);
  });
  const closed = closing(tests, server);
  const port = portOf(server);
  if (options.exec !== undefined) {
    const scheme = options.tls === undefined ? "ws" : "wss";
    start(tests, options.exec, `${scheme}://${reachable(host)}:${port}`);
  }
  return {
    port,
    results: () => tests.books.results(),
    notAsked: () => tests.notAsked(),
    get clientExit() {
      return tests.client?.exitCode;
    },
    close: () => {
      tests.stop();
      return closed;
    },
    closed,
  };
}

function serverFor(tests: Tests, tls: ListenOptions["tls"]): Server {
  if (tls === undefined) return createServer((socket) => tests.accept(socket));
  const options = { ...tls, ALPNProtocols: ["http/1.1"] };
  const server = createTlsServer(options, (socket) => tests.accept(socket));
  server.on("tlsClientError", () => {});
  return server;
}

/** Resolves when the server has closed and the client that was started has ended. */
function closing(tests: Tests, server: Server): Promise<void> {
  tests.onStop(() => server.close());
  const closed = new Promise<void>((resolve) => server.once("close", resolve)).then(async () => {
    await ended(tests.client);
    await tests.books.allIdle();
    if (tests.failure !== undefined) throw tests.failure.reason;
  });
  // Whoever only calls close() hears of it then.
  closed.catch(() => {});
  return closed;
}

/** A client that has its reports may take a moment to leave. */
const LEAVE_WAIT = 2000;

async function ended(client: ClientProcess | undefined): Promise<void> {
  if (client === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LEAVE_WAIT);
  });
  await Promise.race([client.ended, late]);
  clearTimeout(timer);
  await client.stop();
}

function start(tests: Tests, command: string, url: string): void {
  const client = new ClientProcess(command, url);
  tests.client = client;
  void client.ended.then(() => tests.stop());
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** An address to connect to, for one to listen on. */
const reachable = (host: string) =>
  host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
