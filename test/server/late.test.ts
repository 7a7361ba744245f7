import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { RawPeer, upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

/** Keeps this process, the server's here, from doing anything else. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("a server that was blocked beyond its deadline", () => {
  it("serves the request that lies in the socket", async () => {
    const { connect } = await serve({}, { handshakeTimeout: 50 });
    const peer = await connect();
    await new Promise((resolve) => setImmediate(resolve));
    peer.write(upgradeHead());
    block(200);
    await peer.readUpgraded();
  });

  it("serves the rest of a request that had begun", async () => {
    const { connect } = await serve({}, { handshakeTimeout: 50 });
    const peer = await connect();
    const head = upgradeHead();
    peer.write(head.slice(0, 20));
    await sleep(10);
    peer.write(head.slice(20));
    block(200);
    await peer.readUpgraded();
  });

  it("still refuses who has sent nothing", async () => {
    const { connect } = await serve({}, { handshakeTimeout: 50 });
    const peer = await connect();
    await new Promise((resolve) => setImmediate(resolve));
    block(200);
    expect((await peer.readResponse()).status).toBe(408);
  });
});

describe("a server that was stopped beyond its deadline", () => {
  const SCRIPT = fileURLToPath(new URL("./stopped-server.ts", import.meta.url));
  const TIMEOUT = 300;

  async function start() {
    const args = ["--import", "tsx", SCRIPT, `${TIMEOUT}`];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const [port = 0, tlsPort = 0] = `${line}`.split(" ").map(Number);
    const tcp = async (to: number) => {
      const peer = await RawPeer.connect({ port: to, host: "127.0.0.1" });
      onTestFinished(() => peer.destroy());
      return peer;
    };
    return { child, port, tlsPort, tcp };
  }

  it("serves the request that lies in the socket", async () => {
    const { child, port, tcp } = await start();
    const peer = await tcp(port);
    await sleep(20);
    child.kill("SIGSTOP");
    peer.write(upgradeHead());
    await sleep(3 * TIMEOUT);
    child.kill("SIGCONT");
    await peer.readUpgraded();
  });

  it("lets a TLS handshake go on, which takes the peer's answers", async () => {
    const { child, tlsPort, tcp } = await start();
    const { socket } = await tcp(tlsPort);
    await sleep(20);
    child.kill("SIGSTOP");
    socket.removeAllListeners("data");
    const secure = new RawPeer(connectTls({ socket, rejectUnauthorized: false }));
    secure.write(upgradeHead());
    await sleep(3 * TIMEOUT);
    child.kill("SIGCONT");
    await secure.readUpgraded();
  });
});
