/** `barewire connect`: a WebSocket client for the terminal and for scripts. */

import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { withoutSecrets } from "../client/target.ts";
import { ArgumentError, ConnectionClosedError, HandshakeError } from "../errors.ts";
import { type Connection, connect } from "../index.ts";
import { EXIT, readCa, UsageError } from "./command-line.ts";
import { CONNECT_HELP, type ConnectOptions, parseConnectOptions } from "./connect-options.ts";
import { Terminal } from "./terminal.ts";

/** Options of the library that its errors name, and what they are here. */
const OPTIONS_HERE: readonly (readonly [name: string, here: string])[] = [
  ["tls.ca", "--ca"],
  ["handshakeTimeout", "--timeout"],
];

/** How much of the body of a refusal is shown, in characters. */
const BODY_SHOWN = 500;

/**
 * Runs the command until the connection has ended.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function connectCommand(args: readonly string[]): Promise<number> {
  const options = parseConnectOptions(args);
  if (options === "help") {
    process.stdout.write(CONNECT_HELP);
    return EXIT.ok;
  }
  const terminal = new Terminal(options.binary);
  // Before connecting: nobody should have to wait for the input with a connection held open.
  const first = options.once ? (options.send ?? (await wholeInput(options))) : options.send;
  const ws = await open(options, terminal);
  if (ws === undefined) return EXIT.failure;
  const stopPings = startPings(ws, options.pingInterval, terminal);
  try {
    if (first !== undefined) await send(ws, first, options);
    const done = options.once
      ? await receiveOne(ws, options, terminal)
      : await converse(ws, options, terminal);
    return (await tellEnd(ws, terminal)) && done ? EXIT.ok : EXIT.failure;
  } finally {
    stopPings();
    terminal.close();
  }
}

async function open(options: ConnectOptions, terminal: Terminal): Promise<Connection | undefined> {
  const tls = {
    ...(options.ca === undefined ? {} : { ca: readCa(options.ca) }),
    rejectUnauthorized: !options.insecure,
  };
  try {
    const ws = await connect(options.url, {
      handshakeTimeout: options.timeout,
      proxy: options.proxy,
      headers: options.headers,
      protocols: options.subprotocols,
      tls,
      ...(options.origin === undefined ? {} : { origin: options.origin }),
    });
    const protocol = ws.protocol === "" ? "" : `, subprotocol ${ws.protocol}`;
    terminal.tell(`connected to ${withoutSecrets(options.url)}${protocol}`);
    return ws;
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message, { cause: error });
    if (!(error instanceof HandshakeError)) throw error;
    terminal.tell(`barewire connect: ${inOptionsHere(error.message)}`);
    const body = error.received?.body.toString().slice(0, BODY_SHOWN).trimEnd() ?? "";
    if (body !== "") terminal.tell(body);
    return undefined;
  }
}

function inOptionsHere(message: string): string {
  return OPTIONS_HERE.reduce((text, [name, here]) => text.replace(name, here), message);
}

/** All of stdin as one message: bytes, or text without its last line end. */
async function wholeInput(options: ConnectOptions): Promise<string | Buffer> {
  const bytes = await buffer(process.stdin);
  if (options.binary) return bytes;
  try {
    // A byte order mark is part of the message like everything else.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError("the input is not UTF-8; expected --binary with it", { cause: error });
  }
}

async function send(
  ws: Connection,
  message: string | Buffer,
  options: ConnectOptions,
): Promise<void> {
  try {
    await ws.send(options.binary && typeof message === "string" ? Buffer.from(message) : message);
  } catch (error) {
    // How it ended is told once, at the end.
    if (!(error instanceof ConnectionClosedError)) throw error;
  }
}

/** Prints the first message that comes, and closes. @returns whether one came in time */
async function receiveOne(
  ws: Connection,
  options: ConnectOptions,
  terminal: Terminal,
): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(options.timeout);
    await terminal.print(await ws.receive({ signal }));
    await ws.close(1000);
    return true;
  } catch (error) {
    if (error instanceof ConnectionClosedError) {
      terminal.tell("barewire connect: the connection ended without a reply");
    } else if (error instanceof DOMException && error.name === "TimeoutError") {
      terminal.tell(`barewire connect: no reply within ${options.timeout / 1000} s`);
      ws.terminate();
    } else {
      throw error;
    }
    return false;
  }
}

/** Sends the lines of the input and prints what comes, until either side has closed. */
async function converse(
  ws: Connection,
  options: ConnectOptions,
  terminal: Terminal,
): Promise<boolean> {
  const interrupt = (): void => {
    // A second Ctrl-C is from somebody who does not want to wait for the peer's Close.
    if (ws.state === "open") void ws.close(1000);
    else ws.terminate();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  let lastMessage = performance.now();
  const sending = sendLines(ws, options, terminal, interrupt)
    .then(() => quiet(ws, options.wait, () => lastMessage))
    .then(() => ws.close(1000));
  try {
    for await (const message of ws) {
      lastMessage = performance.now();
      await terminal.print(message);
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosedError)) throw error;
  }
  await ws.closed;
  terminal.close();
  await sending;
  return true;
}

async function sendLines(
  ws: Connection,
  options: ConnectOptions,
  terminal: Terminal,
  interrupt: () => void,
): Promise<void> {
  for await (const line of terminal.lines(interrupt)) {
    await send(ws, line, options);
    terminal.ready();
  }
}

/** Waits until no message has come for `wait` milliseconds, or the connection has ended. */
async function quiet(ws: Connection, wait: number, lastMessage: () => number): Promise<void> {
  // The answers to the last lines are still on their way when the input ends.
  const end = performance.now();
  let left = wait;
  while (left > 0 && ws.state === "open") {
    const timer = new AbortController();
    await Promise.race([
      setTimeout(left, undefined, { signal: timer.signal }).catch(() => {}),
      ws.closed,
    ]);
    timer.abort();
    left = wait - (performance.now() - Math.max(end, lastMessage()));
  }
}

function startPings(ws: Connection, interval: number | undefined, terminal: Terminal): () => void {
  if (interval === undefined) return () => {};
  const timer = setInterval(() => {
    if (ws.state !== "open") return;
    ws.ping().then(
      (milliseconds) => terminal.tell(`pong after ${milliseconds.toFixed(1)} ms`),
      // A ping fails with its connection, which is told at the end.
      () => {},
    );
  }, interval);
  return () => clearInterval(timer);
}

/** Tells how the connection ended. @returns whether that was a clean end without an error */
async function tellEnd(ws: Connection, terminal: Terminal): Promise<boolean> {
  const { code, reason, clean, error } = await ws.closed;
  terminal.tell(
    `closed with ${code}${reason === "" ? "" : `: ${reason}`}${clean ? "" : " (lost)"}`,
  );
  if (error !== undefined) terminal.tell(`barewire connect: ${error.message}`);
  // §7.4.1: 1000 is normal, 1001 going away, 1005 no code given; applications have 3000 to 4999.
  return clean && (code === 1000 || code === 1001 || code === 1005 || code >= 3000);
}
