/** `barewire serve`: the echo page and the echo behind it. */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { ArgumentError, ConnectionClosedError } from "../../errors.ts";
import { type HostRule, type OriginRule, Server, type UpgradeRequest } from "../../index.ts";
import { certificateFault, EXIT, errorCode, UsageError } from "../command-line.ts";
import { PAGE_FOLDER } from "../page-folder.ts";
import { listenFailure, peerName, portName, urlHost } from "../places.ts";
import { selfSignedCertificate } from "../self-signed-certificate.ts";
import { parseServeOptions, SERVE_HELP, type ServeOptions } from "./options.ts";
import { sendPageHeaders } from "./page-headers.ts";

/** How long connections have to say goodbye when the server stops, in milliseconds. */
const SHUTDOWN_TIMEOUT = 5000;

/**
 * A signal within this time after the first is the same one twice, in milliseconds: Ctrl-C
 * reaches the whole process group, and npm and tsx pass on what they get as well.
 */
const SAME_SIGNAL = 200;

/** Something outside keeps the server from starting; the message is for the user. */
class StartError extends Error {}

/**
 * Runs the command until a signal stops it.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function serve(args: readonly string[]): Promise<number> {
  const options = parseServeOptions(args);
  if (options === "help") {
    process.stdout.write(SERVE_HELP);
    return EXIT.ok;
  }
  try {
    const server = makeServer(options);
    const port = await listen(server, options);
    // Pages of others have their own ideas of what they may load.
    if (options.root === PAGE_FOLDER) sendPageHeaders(port);
    announce(port, options);
    await stopAtSignal(server);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`barewire serve: ${error.message}\n`);
    return EXIT.failure;
  }
}

function makeServer(options: ServeOptions): Server {
  let server: Server;
  try {
    server = new Server({
      root: options.root,
      origin: originRule(options),
      hosts: hostRule(options),
    });
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  const log = options.quiet ? () => {} : logLine;
  for (const path of ["/ws", "/wss"]) server.handle(path, (request) => echo(request, log));
  return server;
}

function originRule({ origins }: ServeOptions): OriginRule {
  // A list alone would shut out the page that is served here.
  return origins === "*" ? "*" : ["same-origin", ...origins];
}

/**
 * A page whose name somebody has bound to this machine's address would be of the same origin as this server
 * (DNS rebinding). An address and the names of this machine itself cannot be bound by others.
 */
function hostRule({ hosts, host }: ServeOptions): HostRule {
  if (hosts === "*") return "*";
  const own = host === undefined || isIP(host) !== 0 ? [] : [host];
  return ["localhost", "*.localhost", "ip-address", ...own, ...hosts];
}

async function echo(request: UpgradeRequest, log: (text: string) => void): Promise<void> {
  const ws = request.upgrade();
  const peer = peerName(ws);
  log(`${peer} connected`);
  void ws.closed.then(({ code, reason }) => {
    log(`${peer} closed with ${code}${reason === "" ? "" : ` ${JSON.stringify(reason)}`}`);
  });
  try {
    for await (const message of ws) await ws.send(message);
  } catch (error) {
    // How it ended was logged, and a peer that is lost is nobody's mistake here.
    if (!(error instanceof ConnectionClosedError)) throw error;
  }
}

/** @returns the port */
async function listen(server: Server, options: ServeOptions): Promise<number> {
  const tls = makeTls(options);
  try {
    const { port } = await server.listen({
      port: options.port,
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(tls === undefined ? {} : { tls }),
    });
    return port;
  } catch (error) {
    const name = portName(options.port, options.host);
    const wanted = { name, portOption: "--port", hostOption: "--host" };
    throw new StartError(listenFailure(error, wanted), { cause: error });
  }
}

function announce(port: number, options: ServeOptions): void {
  const authority = `${urlHost(options.host)}:${port}`;
  const secure = options.tls === undefined ? "" : "s";
  process.stdout.write(`Page: http${secure}://${authority}/\n`);
  process.stdout.write(`Echo: ws${secure}://${authority}/ws${secure}\n`);
  if (options.tls === "self-signed") {
    process.stdout.write("The certificate was made on the fly: nobody trusts it unless told to.\n");
  }
}

function makeTls({ tls, host }: ServeOptions): { cert: string; key: string } | undefined {
  if (tls === undefined) return undefined;
  if (tls === "self-signed") return selfSignedCertificate(host === undefined ? [] : [host]);
  const certificate = { cert: readText(tls.cert), key: readText(tls.key) };
  const fault = certificateFault(tls, certificate);
  if (fault !== undefined) throw new StartError(fault);
  return certificate;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new StartError(`cannot read ${file} (${errorCode(error)})`, { cause: error });
  }
}

/** Resolves when the first signal has led to a complete shutdown. */
async function stopAtSignal(server: Server): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    let first = 0;
    const onSignal = (name: string, number: number): void => {
      if (first === 0) {
        first = performance.now();
        resolve(name);
      } else if (performance.now() - first > SAME_SIGNAL) {
        process.exit(128 + number);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
  process.stdout.write(`${signal}: closing all connections; once more to stop at once\n`);
  await server.shutdown({ timeout: SHUTDOWN_TIMEOUT });
}

function logLine(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}
