import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { serve, until } from "../served.ts";

// Each socket beyond maxConnections was answered with 503 and kept for 2 s, so that its peer could take that:
// with a limit of 10, ten thousand connections had 9,934 descriptors open.
test("sockets beyond maxConnections are dropped, but for a few that are told why", async () => {
  const all = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap");
  const before = all().length;
  const { address } = await serve({}, { maxConnections: 10 });
  let accepted = 0;
  const note = () => void accepted++;
  subscribe("net.server.socket", note);
  const sockets: Socket[] = [];
  for (let i = 0; i < 300; i++) {
    // They do not go by themselves.
    const socket = connect({ port: address.port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket.on("error", () => {}));
  }
  onTestFinished(() => {
    unsubscribe("net.server.socket", note);
    for (const socket of sockets) socket.destroy();
  });
  const open = () => sockets.filter(({ closed }) => !closed).length;
  await until(() => accepted === 300);
  await new Promise((resolve) => setImmediate(resolve));
  expect(all().length - before - open()).toBeLessThanOrEqual(10 + 32);
});
