import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, it } from "vitest";
import { WebSocketServer } from "ws";
import { endTypedCommands, TypedCommand } from "../cli/typed-command.ts";

afterEach(endTypedCommands);

// `barewire connect --binary` wrote the bytes of a message to the terminal as they were, without a line
// end: the prompt, which was written anew behind them, began by clearing that line.
it("a binary reply stays on the screen", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (ws) => ws.send(Buffer.from("reply")));
  const { port } = server.address() as AddressInfo;
  const command = new TypedCommand(["connect", "--binary", `ws://127.0.0.1:${port}`]);
  await command.seen(/reply/);
  command.type("typed\r");
  // It is there still when the prompt has been written anew, and something was typed behind it.
  await command.seen(/reply.*\n> typed/s);
  for (const client of server.clients) client.terminate();
  server.close();
});
