import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { LookupFunction } from "node:net";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type ConnectOptions, connect } from "../../src/index.ts";
import { until } from "../served.ts";

// When this process was blocked or stopped, the timer of the deadline fired before what lay in the
// socket was read, and the attempt failed although the server had answered in time.

/** Milliseconds; this process stands still for longer at one go. */
const TIMEOUT = 120;

function block(): void {
  const end = performance.now() + 3 * TIMEOUT;
  while (performance.now() < end);
}

const CERTIFICATE = selfSignedCertificate();

/** Servers of the package `ws`, in a thread of their own: they answer while this one stands still. */
const SERVER = `
  const { workerData, parentPort } = require("node:worker_threads");
  const { WebSocketServer } = require("ws");
  const servers = [require("node:http").createServer(), require("node:https").createServer(workerData)];
  for (const server of servers) {
    const wss = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      if (request.url === "/refused") {
        socket.write("HTTP/1.1 403 x\\r\\nContent-Length: 4\\r\\n\\r\\n");
        setTimeout(() => socket.end("body"), 30);
      } else {
        const accept = () => wss.handleUpgrade(request, socket, head, () => {});
        setTimeout(accept, request.url === "/late" ? ${TIMEOUT / 2} : 0);
      }
    });
  }
  let left = servers.length;
  for (const server of servers) server.listen(0, "127.0.0.1", () => {
    if (--left === 0) parentPort.postMessage(servers.map((one) => one.address().port));
  });`;

let worker: Worker;
let ports: [plain: number, secure: number];
beforeAll(async () => {
  worker = new Worker(SERVER, { eval: true, workerData: CERTIFICATE });
  [ports] = await once(worker, "message");
});
afterAll(() => worker.terminate());

const lookup: LookupFunction = (_, options, callback) => {
  setImmediate(() => {
    if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
    else callback(null, "127.0.0.1", 4);
  });
};

describe("an attempt to connect outlasts a process that stands still", () => {
  const tls = { ca: CERTIFICATE.cert };
  const secure: ConnectOptions = { tls, lookup };

  it.each<[string, () => string, ConnectOptions, number]>([
    ["at once", () => `ws://127.0.0.1:${ports[0]}/`, {}, 0],
    ["at once, by name and TLS", () => `wss://localhost:${ports[1]}/`, secure, 0],
    ["while TLS is under way", () => `wss://localhost:${ports[1]}/`, secure, 3],
    ["while the answer is awaited", () => `ws://127.0.0.1:${ports[0]}/late`, {}, TIMEOUT / 4],
  ])("%s", async (_, url, options, wait) => {
    const attempt = connect(url(), { ...options, handshakeTimeout: TIMEOUT });
    attempt.catch(() => {});
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    block();
    const ws = await attempt;
    expect(ws.state).toBe("open");
    ws.terminate();
  });

  it("and has the body of a refusal that came meanwhile", async () => {
    const attempt = connect(`ws://127.0.0.1:${ports[0]}/refused`, { handshakeTimeout: TIMEOUT });
    attempt.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 10));
    block();
    const error = await attempt.catch((reason) => reason);
    expect(error).toMatchObject({ code: "REFUSED", status: 403 });
    expect(error.received.body.toString()).toBe("body");
  });

  it("that is stopped by a signal and continued", async () => {
    const script = `
      import { connect } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url))};
      const attempt = connect("ws://127.0.0.1:" + process.argv[1], { handshakeTimeout: ${TIMEOUT} });
      process.stdout.write("asked");
      const ws = await attempt;
      process.stdout.write(ws.state);
      process.exit();`;
    // It answers only when it is told: with the client stopped.
    const held: (() => void)[] = [];
    const http = createHttpServer();
    http.on("upgrade", (request, socket) => {
      const key = request.headers["sec-websocket-key"] ?? "";
      held.push(() => {
        void import("../../src/handshake/response.ts").then(({ acceptHead }) =>
          socket.write(acceptHead({ key }), "latin1"),
        );
      });
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as { port: number };
    const args = ["--import", "tsx", "--input-type=module", "--eval", script, String(port)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await until(() => held.length > 0);
    child.kill("SIGSTOP");
    held[0]?.();
    await new Promise((resolve) => setTimeout(resolve, 3 * TIMEOUT));
    child.kill("SIGCONT");
    const [status] = await once(child, "exit");
    http.close();
    http.closeAllConnections();
    expect([output, status]).toEqual(["askedopen", 0]);
  });
});

it("an attempt that nobody answers fails all the same, blocked or not", async () => {
  const http = createHttpServer().on("upgrade", () => {});
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as { port: number };
  const attempt = connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout: TIMEOUT });
  attempt.catch(() => {});
  block();
  await expect(attempt).rejects.toMatchObject({ code: "HANDSHAKE_TIMEOUT" });
  http.close();
  http.closeAllConnections();
});
