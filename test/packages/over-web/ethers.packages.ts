import { WebSocketProvider } from "ethers";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "../../../src/web/web.ts";
import { serve } from "../../served.ts";

const RESULTS: Readonly<Record<string, unknown>> = {
  eth_chainId: "0x1",
  eth_blockNumber: "0x10",
  eth_getBalance: "0xde0b6b3a7640000",
  eth_subscribe: "0xabc",
  eth_unsubscribe: true,
};

const BLOCK = `0x${"1".repeat(64)}`;

it("ethers asks a node by JSON-RPC, and is told of new blocks", async () => {
  const { address } = await serve({
    message(ws, data) {
      const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
      ws.send(JSON.stringify({ jsonrpc: "2.0", id, result: RESULTS[method] ?? null }));
      if (method !== "eth_subscribe") return;
      const params = { subscription: "0xabc", result: { number: "0x11", hash: BLOCK } };
      ws.send(JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params }));
    },
  });
  const provider = new WebSocketProvider(() => new WebSocket(address.url) as never);
  onTestFinished(() => provider.destroy());
  expect((await provider.getNetwork()).chainId).toBe(1n);
  expect(await provider.getBalance(`0x${"0".repeat(40)}`)).toBe(10n ** 18n);
  const block = await new Promise((resolve) => provider.once("block", resolve));
  expect(block).toBe(17);
  // What it asks while it goes would fail.
  await provider.removeAllListeners("block");
  expect(await provider.getBlockNumber()).toBe(16);
});
