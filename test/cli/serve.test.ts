import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { PAGE_HEADERS } from "../../src/cli/serve/page-headers.ts";
import { type Command, endCommands, runCommand, startCommand } from "./run-command.ts";

afterEach(async () => {
  await endCommands();
});

/** Starts `barewire serve` on a free port of 127.0.0.1. */
async function serve(...args: string[]): Promise<{ command: Command; port: number }> {
  const command = startCommand(["serve", "--port", "0", "--host", "127.0.0.1", ...args]);
  const [, port] = await command.output("stdout", /Echo: wss?:\/\/127\.0\.0\.1:(\d+)\/wss?\n/);
  return { command, port: Number(port) };
}

async function open(url: string, options = {}): Promise<WebSocket> {
  const ws = new WebSocket(url, options);
  await once(ws, "open");
  return ws;
}

describe("barewire serve", () => {
  it("serves the page and echoes text and binary on both paths", async () => {
    const { port } = await serve();
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("<title>barewire echo</title>");
    for (const path of ["/ws", "/wss"]) {
      const ws = await open(`ws://127.0.0.1:${port}${path}`);
      ws.send("text");
      expect((await once(ws, "message")).map(String)).toEqual(["text", "false"]);
      ws.send(Buffer.from([1, 2]));
      expect(await once(ws, "message")).toEqual([Buffer.from([1, 2]), true]);
      ws.terminate();
    }
  });

  it("keeps the page from everything else, and everything else from the page", async () => {
    const { port } = await serve();
    for (const path of ["/", "/app.js", "/missing"]) {
      const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
      for (const [name, value] of Object.entries(PAGE_HEADERS)) {
        expect(headers.get(name), path).toBe(value);
      }
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    }
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page) ?? [];
    expect(PAGE_HEADERS["Content-Security-Policy"]).toBe(`${policy}; frame-ancestors 'none'`);
  });

  it("serves another directory with --root", async () => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-serve-"));
    writeFileSync(join(folder, "index.html"), "another page");
    const { port } = await serve("--root", folder);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).toBe("another page");
    expect(page.headers.has("content-security-policy")).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it.each([["--tls"], ["--cert and --key"]])("serves over TLS with %s", async (way) => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-serve-"));
    const certificate = selfSignedCertificate();
    writeFileSync(join(folder, "cert.pem"), certificate.cert);
    writeFileSync(join(folder, "key.pem"), certificate.key);
    const files = ["--cert", join(folder, "cert.pem"), "--key", join(folder, "key.pem")];
    const { command, port } = await serve(...(way === "--tls" ? ["--tls"] : files));
    const trust = way === "--tls" ? { rejectUnauthorized: false } : { ca: certificate.cert };
    const ws = await open(`wss://127.0.0.1:${port}/wss`, trust);
    ws.send("secret");
    expect(String((await once(ws, "message"))[0])).toBe("secret");
    expect(command.stdout).toContain(`Page: https://127.0.0.1:${port}/\n`);
    ws.terminate();
    rmSync(folder, { recursive: true });
  });

  it("logs who comes and how they go, unless --quiet", async () => {
    const { command, port } = await serve();
    const ws = await open(`ws://127.0.0.1:${port}/ws`);
    ws.close(4001, "that is all");
    await command.output(
      "stdout",
      /^\S+Z 127\.0\.0\.1:\d+ connected\n\S+Z \S+ closed with 4001 "that is all"\n/m,
    );
    const other = await serve("--quiet");
    const quiet = await open(`ws://127.0.0.1:${other.port}/ws`);
    quiet.close();
    await once(quiet, "close");
    other.command.child.kill("SIGTERM");
    await other.command.exit;
    expect(other.command.stdout).not.toContain("connected");
  });

  it("refuses pages of other origins, and lets those of --origin in", async () => {
    const { port } = await serve("--origin", "https://friend.test");
    const url = `ws://127.0.0.1:${port}/ws`;
    const refused = new WebSocket(url, { origin: "https://stranger.test" });
    const [error] = (await once(refused, "error")) as [Error];
    expect(error.message).toContain("403");
    for (const origin of ["https://friend.test", `http://127.0.0.1:${port}`]) {
      (await open(url, { origin })).terminate();
    }
    const all = await serve("--origin", "*");
    const stranger = { origin: "https://stranger.test" };
    (await open(`ws://127.0.0.1:${all.port}/ws`, stranger)).terminate();
  });

  it("refuses requests for other hosts, and answers for those of --allow-host", async () => {
    const { port } = await serve("--allow-host", "friend.test");
    // A page of evil.test whose name was bound to this address: its Origin is that of its Host.
    const rebound = (host: string) => ({
      headers: { Host: `${host}:${port}` },
      origin: `http://${host}:${port}`,
    });
    const url = `ws://127.0.0.1:${port}/ws`;
    const refused = new WebSocket(url, rebound("evil.test"));
    const [error] = (await once(refused, "error")) as [Error];
    expect(error.message).toContain("421");
    for (const host of ["friend.test", "localhost", "127.0.0.1", "[::1]"]) {
      (await open(url, rebound(host))).terminate();
    }
    const page = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { Host: host };
        get({ port, host: "127.0.0.1", headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject);
      });
    expect([await page("evil.test"), await page("friend.test")]).toEqual([421, 200]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("closes everyone with 1001 at %s", async (signal) => {
    const { command, port } = await serve();
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => open(`ws://127.0.0.1:${port}/ws`)),
    );
    const closes = clients.map((ws) => once(ws, "close"));
    command.child.kill(signal);
    for (const [code] of await Promise.all(closes)) expect(code).toBe(1001);
    expect(await command.exit).toBe(0);
  });

  it("stops at once at the second signal", async () => {
    const { command, port } = await serve();
    // A client that never answers the Close keeps the first signal's shutdown waiting.
    const stubborn = connectTcp(port, "127.0.0.1");
    stubborn.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    stubborn.on("error", () => {});
    await once(stubborn, "data");
    command.child.kill("SIGTERM");
    await command.output("stdout", /SIGTERM: closing/);
    // One within 200 ms would count as the same signal, passed on twice by npm and the terminal.
    const again = setInterval(() => command.child.kill("SIGTERM"), 100);
    const started = performance.now();
    expect(await command.exit).toBe(143);
    clearInterval(again);
    expect(performance.now() - started).toBeLessThan(4000);
    stubborn.destroy();
  });
});

describe("what keeps it from serving", () => {
  it("is a port that is taken", async () => {
    const other = createServer();
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const args = ["serve", "--port", String(port), "--host", "127.0.0.1"];
    const { code, stdout, stderr } = await runCommand(args);
    expect(stderr).toBe(
      `barewire serve: port ${port} of 127.0.0.1 is taken; choose another with --port (0 for any free port)\n`,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
    other.close();
  });

  it.each([
    [["--host", "192.0.2.1"], 1, /192\.0\.2\.1: that is no address of this machine/],
    [["--cert", "missing.pem", "--key", "missing.pem"], 1, /cannot read missing\.pem \(ENOENT\)/],
    [["--cert", "package.json", "--key", "package.json"], 1, /^barewire serve: .*certificate/],
    [["--root", "missing"], 2, /root: expected a directory/],
    [["--port", "x"], 2, /--port: expected an integer[^\n]+\nTry "barewire serve --help"/],
  ])("is %j: exit code %i", async (args, exitCode, message) => {
    const { code, stderr } = await runCommand(["serve", "--port", "0", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });
});
