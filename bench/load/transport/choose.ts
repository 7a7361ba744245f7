import type { Transport } from "./transport.ts";

/**
 * The transport of the runtime that this process runs on: Bun's sockets where its binary is installed,
 * since they cost less processor time than Node's and the generator must not be the bottleneck.
 */
export async function chooseTransport(): Promise<Transport> {
  const { bun } = process.versions;
  return bun === undefined
    ? (await import("./node.ts")).nodeTransport
    : (await import("./bun.ts")).bunTransport;
}
