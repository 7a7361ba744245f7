import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand } from "../run-command.ts";

/** The secret of all these tests: it must be in nothing that is printed. */
const SECRET = "hunter2-hunter2";

let server: WebSocketServer;
let port: number;
let authorization: string | undefined;
/** Refuses every request, and says back what it was sent: some servers do. */
let refusing: Server;
let refusingPort: number;
let folder: string;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws, request) => {
    authorization = request.headers.authorization;
    ws.close();
  });
  refusing = createServer().on("upgrade", (request, socket) => {
    socket.on("error", () => {});
    const fields = JSON.stringify([request.url, request.headers]);
    socket.end(`HTTP/1.1 403 No\r\nContent-Length: ${fields.length}\r\n\r\n${fields}`);
  });
  refusing.listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(refusing, "listening")]);
  port = (server.address() as AddressInfo).port;
  refusingPort = (refusing.address() as AddressInfo).port;
  folder = mkdtempSync(join(tmpdir(), "barewire-secrets-"));
  writeFileSync(join(folder, "login"), `me:${SECRET}\n`);
  writeFileSync(join(folder, "fields"), `X-Api-Key: ${SECRET}\nCookie: sid=${SECRET}\n`);
});

afterEach(endCommands);

afterAll(async () => {
  server.close();
  refusing.close();
  await once(server, "close");
  rmSync(folder, { recursive: true });
});

/** Runs a command whose arguments hold the secret, and checks that its output does not. */
async function quietly(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await runCommand(args, "", env);
  const encoded = Buffer.from(`me:${SECRET}`).toString("base64");
  for (const output of [stdout, stderr]) {
    expect(output).not.toContain(SECRET);
    expect(output).not.toContain(encoded);
  }
  return { code, stderr };
}

const basic = `Basic ${Buffer.from(`me:${SECRET}`).toString("base64")}`;

describe("a secret is sent, and not printed:", () => {
  it.each([
    ["the URL's password", () => [`ws://me:${SECRET}@127.0.0.1:${port}/`]],
    ["--auth", () => [`127.0.0.1:${port}`, "--auth", `me:${SECRET}`]],
    ["-u @FILE", () => [`127.0.0.1:${port}`, "-u", `@${join(folder, "login")}`]],
    ["a header field", () => [`127.0.0.1:${port}`, "-H", `Authorization: ${basic}`]],
  ])("%s", async (_, args) => {
    authorization = undefined;
    const { code, stderr } = await quietly(["connect", "--verbose", ...args()]);
    expect(authorization).toBe(basic);
    expect(stderr).toContain("connected to ws://");
    expect(code).toBe(0);
  });

  it("a token of the query, which is masked where the URL is shown", async () => {
    const url = `ws://127.0.0.1:${port}/?room=1&access_token=${SECRET}`;
    const { stderr } = await quietly(["connect", url]);
    expect(stderr).toContain(`connected to ws://127.0.0.1:${port}/?room=1&access_token=***`);
  });
});

describe("a secret is not printed by what goes wrong:", () => {
  it.each([
    ["a refusal that says it back", () => [`ws://me:${SECRET}@127.0.0.1:${refusingPort}/`]],
    ["one of a token", () => [`ws://127.0.0.1:${refusingPort}/?token=${SECRET}`]],
    ["one of fields from a file", () => [`:${refusingPort}`, "-H", `@${join(folder, "fields")}`]],
    ["a URL that is none", () => [`ws://me:${SECRET}@:port/`]],
    ["two URLs", () => [`ws://me:${SECRET}@h/`, `ws://me:${SECRET}@h/`]],
    ["a header field without a colon", () => ["h", "-H", SECRET]],
    ["a header field that cannot be sent", () => ["h", "-H", `X-Token: ${SECRET}\u0001`]],
    ["two logins", () => [`ws://me:${SECRET}@h/`, "-u", `me:${SECRET}`]],
    ["a proxy that is none", () => ["h.invalid", "--proxy", `ftp://me:${SECRET}@h/`]],
    [
      "a proxy that is not there",
      () => ["h.invalid", "--proxy", `http://me:${SECRET}@127.0.0.1:1/`],
    ],
    ["a wrong option with a value", () => ["h", `--pasword=${SECRET}`]],
  ])("%s", async (_, args) => {
    const { code, stderr } = await quietly(["connect", "-v", ...args()]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/^barewire connect: /m);
  });

  it("the environment's proxy", async () => {
    const env = { ALL_PROXY: `http://me:${SECRET}@127.0.0.1:1`, HTTP_PROXY: "", http_proxy: "" };
    const { stderr } = await quietly(["connect", "h.invalid"], env);
    expect(stderr).toContain("127.0.0.1:1");
  });

  it("the same of bench", async () => {
    const { code } = await quietly([
      "bench",
      `ws://me:${SECRET}@127.0.0.1:${refusingPort}/?key=${SECRET}`,
    ]);
    expect(code).toBe(1);
  });

  it("a URL in the place of a command", async () => {
    const { code, stderr } = await quietly([`ws://me:${SECRET}@h/`]);
    expect(stderr).toContain("for a URL: barewire connect URL");
    expect(code).toBe(2);
  });
});

describe("login and fields", () => {
  it.each([
    [["-u", "me"], "--auth: expected USER:PASSWORD or @FILE; only at a terminal"],
    [["-u", "@missing"], "--auth: cannot read missing (ENOENT)"],
    [["-H", "@missing"], "--header: cannot read missing (ENOENT)"],
    [["-H", "@package.json"], '--header: expected "NAME: VALUE" in package.json'],
  ])("%j: %s", async (args, message) => {
    const { code, stderr } = await runCommand(["connect", "h", ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
