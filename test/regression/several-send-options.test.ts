import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand } from "../cli/run-command.ts";

afterEach(endCommands);

// `barewire connect --send one --send two` sent "two" alone.
it("each --send is sent", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const got: string[] = [];
  server.on("connection", (ws) => ws.on("message", (data) => got.push(String(data))));
  const { port } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}`;
  await runCommand(["connect", "--send", "one", "--send", "two", "--wait", "0", url]);
  expect(got).toEqual(["one", "two"]);
  server.close();
});
