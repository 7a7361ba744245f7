import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand } from "../cli/run-command.ts";

afterEach(endCommands);

// "connected to ws://user:password@…" went to stderr, and so into the logs of whatever ran the command.
it("the password of the URL is not printed", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `ws://user:hunter2@127.0.0.1:${port}/`;
  const { code, stdout, stderr } = await runCommand(["connect", "--wait", "0", url]);
  expect(stdout + stderr).not.toContain("hunter2");
  expect(stderr).toContain(`connected to ws://user:***@127.0.0.1:${port}/\n`);
  expect(code).toBe(0);
  server.close();
});
