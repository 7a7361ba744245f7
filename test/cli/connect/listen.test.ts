import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { type Command, endCommands, runCommand, startCommand } from "../run-command.ts";

const clients: WebSocket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await endCommands();
});

/** Starts a server that listens, on a free port. */
async function listen(...args: string[]): Promise<{ command: Command; url: string }> {
  const command = startCommand(["connect", "--listen", "0", ...args]);
  const [, url = ""] = await command.output("stderr", /listening on (\S+)\n/);
  return { command, url };
}

/** A client, open; what it gets is collected, and answered. */
async function open(url: string, options: object = {}, answer?: (text: string) => string) {
  const ws = new WebSocket(url, options);
  clients.push(ws);
  const got: string[] = [];
  ws.on("message", (data) => {
    got.push(String(data));
    if (answer !== undefined) ws.send(answer(String(data)));
  });
  await once(ws, "open");
  return { ws, got };
}

/** The status with which a client is refused. */
async function refusal(url: string, options: object = {}): Promise<number | undefined> {
  const ws = new WebSocket(url, options);
  clients.push(ws);
  ws.on("error", () => {});
  const [, response] = await once(ws, "unexpected-response");
  ws.terminate();
  return response.statusCode;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("--listen", () => {
  it("prints what clients send, and sends each line to all of them", async () => {
    const { command, url } = await listen();
    const [one, two] = [await open(`${url}a/b?c`), await open(url)];
    one.ws.send("from one");
    await command.output("stdout", /^from one\n$/);
    command.child.stdin.write("to all\n");
    await until(() => one.got.length === 1 && two.got.length === 1);
    expect([one.got, two.got]).toEqual([["to all"], ["to all"]]);
    expect(command.stderr).toMatch(/client 1 connected from 127\.0\.0\.1:\d+ to \/a\/b\n/);
    one.ws.close(4000, "bye");
    await command.output("stderr", /client 1 closed with 4000: bye\n/);
    command.child.kill("SIGINT");
    const [code] = await once(two.ws, "close");
    expect(code).toBe(1001);
    expect(await command.exit).toBe(0);
  });

  it("keeps lines until there is a client, and ends behind the last one", async () => {
    const { command, url } = await listen("-x", "welcome");
    command.child.stdin.end("one\ntwo\n");
    const { ws, got } = await open(url, {}, (text) => `got ${text}`);
    await once(ws, "close");
    expect(got).toEqual(["welcome", "one", "two"]);
    expect(await command.exit).toBe(0);
    expect(command.stdout).toContain("got two\n");
  });

  it("keeps lines for the next client when all have left, and says so", async () => {
    const { command, url } = await listen();
    const first = await open(url);
    command.child.stdin.write("to the first\n");
    await until(() => first.got.length === 1);
    first.ws.close();
    await command.output("stderr", /client 1 closed/);
    command.child.stdin.write("to the second\n");
    await command.output("stderr", /nobody is there: it waits for the next client\n/);
    const second = await open(url);
    await until(() => second.got.length === 1);
    expect(second.got).toEqual(["to the second"]);
  });

  it("ends after --max-messages, of all clients together", async () => {
    const { command, url } = await listen("--max-messages", "2");
    (await open(url)).ws.send("1");
    await command.output("stdout", /1\n/);
    (await open(url)).ws.send("2");
    expect(await command.exit).toBe(0);
    expect(command.stdout).toBe("1\n2\n");
  });

  it("fails when it is ended before --max-messages", async () => {
    const { command } = await listen("--max-messages", "2");
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(1);
    expect(command.stderr).toContain("0 of 2 messages came\n");
  });

  it("says which client a message is from where messages have marks", async () => {
    const { command, url } = await listen("--show", "mark");
    await open(url);
    (await open(url)).ws.send("second");
    await command.output("stdout", /^2< second\n$/);
  });

  it("agrees on subprotocols, sends fields and compresses", async () => {
    const fields = ["-H", "Set-Cookie: a=1", "-H", "Set-Cookie: b=2"];
    const { command, url } = await listen("-s", "v2", "-s", "v1", "-z", ...fields);
    const ws = new WebSocket(url, ["v1", "v2"]);
    clients.push(ws);
    const [[response]] = await Promise.all([once(ws, "upgrade"), once(ws, "open")]);
    expect(response.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(ws.protocol).toBe("v2");
    expect(ws.extensions).toContain("permessage-deflate");
    await command.output("stderr", /subprotocol v2\n/);
  });

  it("limits how many clients there are, and how large their messages", async () => {
    const { url } = await listen("--max-connections", "1", "--max-size", "10");
    const { ws } = await open(url);
    expect(await refusal(url)).toBe(503);
    ws.send("x".repeat(11));
    expect((await once(ws, "close"))[0]).toBe(1009);
  });

  it("tells about requests with --verbose, but not what is secret in them", async () => {
    const { command, url } = await listen("-v");
    await open(`${url}?token=hunter2`, { headers: { "X-One": "1", Cookie: "sid=hunter2" } });
    await command.output("stderr", /> GET \/\?token=\*\*\*\n(> .*\n)*> x-one: 1\n/);
    await command.output("stderr", /> cookie: \*\*\*\n/);
    expect(command.stderr).not.toContain("hunter2");
  });
});

describe("who may connect to --listen", () => {
  it("must have the credentials of --auth", async () => {
    const { command, url } = await listen("--auth", "me:hunter2");
    expect(await refusal(url)).toBe(401);
    expect(await refusal(url, { auth: "me:wrong" })).toBe(401);
    await open(url, { auth: "me:hunter2" });
    await command.output("stderr", /refused a client at 127\.0\.0\.1: it had no credentials\n/);
    await command.output("stderr", /its credentials were wrong\n/);
    expect(command.stderr).not.toContain("hunter2");
  });

  it("is no page of another origin, unless --origin names it", async () => {
    const { command, url } = await listen();
    expect(await refusal(url, { origin: "https://stranger.test" })).toBe(403);
    await command.output(
      "stderr",
      /refused a page of https:\/\/stranger\.test; --origin https:\/\/stranger\.test lets it in\n/,
    );
    const friendly = await listen("--origin", "https://a.test,https://b.test");
    await open(friendly.url, { origin: "https://b.test" });
    await open((await listen("--origin", "*")).url, { origin: "https://stranger.test" });
  });

  it("is nobody who asks for another host: a page's own name may lead here", async () => {
    const { command, url } = await listen();
    const rebound = { headers: { Host: "evil.test", Origin: "http://evil.test" } };
    expect(await refusal(url, rebound)).toBe(403);
    await command.output("stderr", /refused a client at .*: it was for the host evil\.test\n/);
    await open(url, { headers: { Host: "localhost:1" } });
  });
});

describe("--listen over TLS", () => {
  it("has a certificate made on the fly with --tls", async () => {
    const { url } = await listen("--tls");
    expect(url).toMatch(/^wss:/);
    await open(url, { rejectUnauthorized: false });
  });

  it("takes certificates of both sides", async () => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-listen-"));
    const [own, clients] = [selfSignedCertificate(), selfSignedCertificate()];
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const files = ["--cert", write("cert", own.cert), "--key", write("key", own.key)];
    const { url } = await listen(...files, "--ca", write("ca", clients.cert));
    const { ws } = await open(url, { ca: own.cert, ...clients });
    ws.close();
    const stranger = new WebSocket(url, { ca: own.cert });
    const [error] = await once(stranger, "error");
    expect(String(error)).toMatch(/certificate|alert|reset|hang up/i);
    rmSync(folder, { recursive: true });
  });

  it("and over a Unix socket", { skip: process.platform === "win32" }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-listen-"));
    const file = join(folder, "app.sock");
    const command = startCommand(["connect", "--listen", file]);
    await command.output("stderr", /listening on ws\+unix:/);
    const client = startCommand(["connect", file, "-x", "through the socket"]);
    await command.output("stdout", /through the socket\n/);
    expect(client.stderr).toContain(`connected to ws+unix:${file}:`);
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe("--listen says why it cannot", () => {
  it("a port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { code, stderr } = await runCommand(["connect", "--listen", String(port)]);
    expect(stderr).toBe(
      `barewire connect: port ${port} of 127.0.0.1 is taken; choose another with --listen (0 for any free port)\n`,
    );
    expect(code).toBe(1);
    other.close();
  });

  it.each([
    [["--cert", "package.json"], 2, /--cert: expected --key FILE with it: package\.json has no/],
    [["--key", "k"], 2, /--key: expected --cert FILE with it/],
    [["--cert", "missing", "--key", "k"], 2, /--cert: cannot read missing \(ENOENT\)/],
  ])("%j", async (args, exitCode, message) => {
    const { code, stderr } = await runCommand(["connect", "--listen", "0", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });
});
