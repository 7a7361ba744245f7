import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type Connection, type ConnectOptions, connect } from "../../../src/index.ts";
import { directory, freePort, makeCertificates, startProgram } from "../processes.ts";
import { proxyCommand } from "./binaries.ts";
import { ask, serveFacts, statusFor } from "./facts.ts";
import { shown } from "./page.ts";

let caddy: string;

beforeAll(async () => {
  [caddy] = await proxyCommand("caddy");
});

/** Runs it with what the page shows, changed by `change`. */
async function startCaddy(
  backend: number,
  change: (shown: string) => string = (text) => text,
  environment: readonly string[] = [],
) {
  const folder = await directory();
  const { ca, server } = await makeCertificates(folder);
  const [port, admin] = [await freePort(), await freePort()];
  await writeFile(join(folder, "site.pem"), server.cert);
  await writeFile(join(folder, "site.key"), server.key);
  const site = change(await shown("caddy"))
    .replace(
      "example.com {",
      `https://localhost:${port} {
        bind 127.0.0.1
        tls ${folder}/site.pem ${folder}/site.key`,
    )
    .replace("127.0.0.1:8199", `127.0.0.1:${backend}`);
  const file = join(folder, "Caddyfile");
  const global = `{
    admin localhost:${admin}
    auto_https off
    persist_config off
    storage file_system ${folder}
    log {
      level ERROR
    }
  }`;
  await writeFile(file, `${global}\n${site}`);
  const config = ["--config", file, "--adapter", "caddyfile"];
  await startProgram("env", [...environment, caddy, "run", ...config], port);
  const reload = () =>
    promisify(execFile)(caddy, ["reload", "--force", ...config, "--address", `localhost:${admin}`]);
  const address = `localhost:${port}`;
  return { url: `wss://${address}/ws`, origin: `https://${address}`, address, tls: { ca }, reload };
}

async function expectEcho(ws: Connection, text: string): Promise<void> {
  await ws.send(text);
  expect(await ws.receive()).toBe(text);
}

describe("Caddy as the page has it", () => {
  it("tells who is there, and checks of origins hold", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, origin, address, tls } = await startCaddy(port);
    expect(await ask(url, origin, tls)).toMatchObject({
      remoteAddress: "127.0.0.1",
      secure: true,
      host: address,
    });
    expect(await statusFor(url, "https://evil.test", tls)).toBe(403);
  });

  it("does not pass on what a client says of its address", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, origin, tls } = await startCaddy(port);
    const headers = { "X-Forwarded-For": "203.0.113.9" };
    expect(await ask(url, origin, tls, { headers })).toMatchObject({ remoteAddress: "127.0.0.1" });
  });

  it("opens WebSockets over HTTP/2 where its environment says so", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const http2: ConnectOptions = { http: 2 };
    const without = await startCaddy(port);
    await expect(ask(without.url, without.origin, without.tls, http2)).rejects.toThrow("RFC 8441");
    const { url, origin, tls } = await startCaddy(port, undefined, ["GODEBUG=http2xconnect=1"]);
    expect(await ask(url, origin, tls, http2)).toMatchObject({ secure: true });
  });

  it("leaves WebSockets open on a reload for as long as stream_close_delay says", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, tls, reload } = await startCaddy(port);
    const ws = await connect(url, { tls, proxyLoopback: false });
    await ws.receive();
    await reload();
    await expectEcho(ws, "still here");
    await ws.close();
  });

  it("closes them on a reload without it", async () => {
    const { port } = await serveFacts({ trustProxy: ["loopback"] });
    const { url, tls, reload } = await startCaddy(port, (text) =>
      text.replace(/^.*stream_close_delay.*\n/m, ""),
    );
    const ws = await connect(url, { tls, proxyLoopback: false });
    await ws.receive();
    await reload();
    expect(await ws.closed).toMatchObject({ code: 1001, initiator: "peer" });
  });
});
