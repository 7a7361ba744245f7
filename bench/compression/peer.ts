/**
 * The server under test, in a process of its own: echoes, and reports on itself when asked.
 * Argument: a {@link PeerOptions} as JSON. Answers every message of its parent with one.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { type CompressionOptions, Server } from "../../src/index.ts";

export type PeerOptions =
  | { readonly library: "barewire"; readonly compression: boolean | CompressionOptions }
  | { readonly library: "ws"; readonly perMessageDeflate: boolean | object };

/** What a peer says of itself. */
export interface PeerReport {
  /** Memory of the process after a collection, in bytes. */
  readonly rss: number;
  /** The part of it that V8 and zlib account for: heap, buffers, compressors. */
  readonly counted: number;
  /** CPU time of all threads since the last report, in microseconds. */
  readonly cpu: number;
  /** The longest that the event loop was late since the last report, in milliseconds. */
  readonly longestDelay: number;
}

const MAX_MESSAGE = 16 * 1024 * 1024;
const lag = monitorEventLoopDelay({ resolution: 1 });
let cpu = process.cpuUsage();

async function listen(options: PeerOptions): Promise<number> {
  if (options.library === "barewire") {
    const server = new Server({ compression: options.compression, maxMessageSize: MAX_MESSAGE });
    server.handle("/", { message: (ws, data) => void ws.send(data) });
    return (await server.listen({ port: 0, host: "127.0.0.1" })).port;
  }
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: options.perMessageDeflate,
    maxPayload: MAX_MESSAGE,
  });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as { port: number }).port;
}

async function report(settle: boolean): Promise<PeerReport> {
  const used = process.cpuUsage(cpu);
  const longestDelay = lag.max / 1e6;
  for (let i = 0; settle && i < 3; i++) {
    globalThis.gc?.();
    await delay(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  cpu = process.cpuUsage();
  lag.reset();
  return { rss, counted: heapUsed + external, cpu: used.user + used.system, longestDelay };
}

process.on("message", async (settle: boolean) => process.send?.(await report(settle)));
process.on("disconnect", () => process.exit());
const port = await listen(JSON.parse(process.argv[2] ?? "") as PeerOptions);
lag.enable();
process.send?.(port);
