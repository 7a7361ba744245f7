import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

// The peer is `ws`: a server that is not this project's.
let server: WebSocketServer;
let url: string;
let onConnection: (ws: WebSocket, request: IncomingMessage) => void;

const echo = (ws: WebSocket): void => {
  ws.on("message", (data, isBinary) => ws.send(data as Buffer, { binary: isBinary }));
};

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws, request) => onConnection(ws, request));
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  await endCommands();
});

afterAll(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
});

describe("a conversation", () => {
  it("sends each line and prints what comes back, also after the input has ended", async () => {
    onConnection = (ws) => {
      ws.on("message", (data) => setTimeout(() => ws.send(`got ${data}`), 50));
    };
    const { code, stdout, stderr } = await runCommand(["connect", url], "one\ntwo\r\nthree");
    expect(stdout).toBe("got one\ngot two\ngot three\n");
    expect(stderr).toBe(`connected to ${url}\nclosed with 1000\n`);
    expect(code).toBe(0);
  });

  it("ends when the server closes, with the input still open", async () => {
    onConnection = (ws) => {
      ws.send("bye");
      ws.close(1001, "going");
    };
    const command = startCommand(["connect", url]);
    expect(await command.exit).toBe(0);
    expect(command.stdout).toBe("bye\n");
    expect(command.stderr).toContain("closed with 1001: going\n");
  });

  it.each([
    [1011, 1],
    [1008, 1],
    [1000, 0],
    [4000, 0],
  ])("turns close code %i into exit code %i", async (closeCode, exitCode) => {
    onConnection = (ws) => ws.close(closeCode);
    expect((await runCommand(["connect", url])).code).toBe(exitCode);
  });

  it("fails when the connection is lost", async () => {
    onConnection = (ws) => ws.terminate();
    const { code, stderr } = await runCommand(["connect", url]);
    expect(code).toBe(1);
    expect(stderr).toContain("closed with 1006");
  });

  it("says why it failed the connection itself", async () => {
    onConnection = (_, { socket }) => socket.write(Buffer.from([0x81, 1, 0xff]));
    const { code, stderr } = await runCommand(["connect", url]);
    expect(code).toBe(1);
    expect(stderr).toContain("closed with 1006");
    expect(stderr).toContain("barewire connect: text is not valid UTF-8");
  });

  it("sends --send first, and closes at SIGINT", async () => {
    let closeCode = 0;
    onConnection = (ws) => {
      echo(ws);
      ws.on("close", (code) => {
        closeCode = code;
      });
    };
    const command = startCommand(["connect", url, "--send", "first"]);
    await command.output("stdout", /first/);
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(0);
    expect(closeCode).toBe(1000);
  });

  it("pings at the interval asked for and tells the round-trip time", async () => {
    let pings = 0;
    onConnection = (ws) => ws.on("ping", () => pings++);
    const command = startCommand(["connect", url, "--ping", "0.05"]);
    await command.output("stderr", /pong after [\d.]+ ms\n(.|\n)*pong after/);
    expect(pings).toBeGreaterThanOrEqual(2);
  });

  it("sends header fields, Origin and subprotocols", async () => {
    let request: IncomingMessage | undefined;
    onConnection = (ws, incoming) => {
      request = incoming;
      ws.close();
    };
    const args = ["--header", "X-One: 1", "--header", "Cookie: a=b", "--origin", "https://o.test"];
    const offers = ["--subprotocol", "chat.v2", "--subprotocol", "chat.v1"];
    const { code, stderr } = await runCommand(["connect", url, ...args, ...offers]);
    expect(code).toBe(0);
    expect(request?.headers).toMatchObject({
      "x-one": "1",
      cookie: "a=b",
      origin: "https://o.test",
    });
    expect(stderr).toContain("subprotocol chat.v2\n");
  });

  it("prints binary messages as a hex dump", async () => {
    onConnection = (ws) => {
      ws.send(Buffer.from([0, 1, 0xff, 0x41]));
      ws.close();
    };
    const { stdout } = await runCommand(["connect", url]);
    expect(stdout).toMatch(/^00000000 {2}00 01 ff 41 +\|\.\.\.A\|\n$/);
  });
});

describe("--once", () => {
  it("sends the whole input, prints the first reply and closes", async () => {
    onConnection = echo;
    const { code, stdout } = await runCommand(["connect", url, "--once"], "two\nlines\n");
    expect(stdout).toBe("two\nlines\n");
    expect(code).toBe(0);
  });

  it("sends the text of --send", async () => {
    onConnection = echo;
    const { code, stdout } = await runCommand(["connect", "--once", "--send", "", url], "unread");
    expect(stdout).toBe("\n");
    expect(code).toBe(0);
  });

  it("passes bytes through with --binary", async () => {
    onConnection = echo;
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index & 0xff));
    const { code, stdout } = await runCommand(["connect", url, "--once", "--binary"], bytes);
    expect(Buffer.from(stdout, "latin1").equals(bytes)).toBe(true);
    expect(code).toBe(0);
  });

  it("wants --binary for what is not UTF-8", async () => {
    const { code, stderr } = await runCommand(["connect", url, "--once"], Buffer.from([0xff]));
    expect(stderr).toContain("expected --binary");
    expect(code).toBe(2);
  });

  it("fails without a reply in time", async () => {
    onConnection = () => {};
    const args = ["connect", url, "--once", "--send", "x", "--timeout", "0.3"];
    const { code, stdout, stderr } = await runCommand(args);
    expect(stderr).toContain("no reply within 0.3 s");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("fails when the connection ends without a reply", async () => {
    onConnection = (ws) => ws.close(1000);
    const { code, stderr } = await runCommand(["connect", url, "--once", "--send", "x"]);
    expect(stderr).toContain("ended without a reply");
    expect(code).toBe(1);
  });
});

describe("connecting", () => {
  it("tells the status and the body of a refusal", async () => {
    const refusing = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      verifyClient: (_info, answer) => answer(false, 403, "no \x1b[2J entry"),
    });
    await once(refusing, "listening");
    const { port } = refusing.address() as AddressInfo;
    const { code, stderr } = await runCommand(["connect", `ws://127.0.0.1:${port}/`]);
    expect(stderr).toMatch(/^barewire connect: .*403/);
    expect(stderr).toContain("no \\x1b[2J entry");
    expect(code).toBe(1);
    refusing.close();
  });

  it("fails when nobody listens", async () => {
    const closed = createTcpServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const { code, stderr } = await runCommand(["connect", `ws://127.0.0.1:${port}/`]);
    expect(stderr).toContain("ECONNREFUSED");
    expect(code).toBe(1);
  });

  it("fails when the server does not answer in time", async () => {
    const silent = createTcpServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const args = ["connect", `ws://127.0.0.1:${port}/`, "--timeout", "0.2"];
    const { code, stderr } = await runCommand(args);
    expect(stderr).toMatch(/^barewire connect: .* within 200 ms \(--timeout\)/);
    expect(code).toBe(1);
    silent.close();
  });

  it("uses a proxy from the environment unless told not to", async () => {
    const proxied = { ALL_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "", http_proxy: "" };
    const remote = "ws://barewire.invalid/";
    const viaProxy = await runCommand(["connect", remote], "", proxied);
    expect(viaProxy.stderr).toContain("127.0.0.1:1");
    expect(viaProxy.code).toBe(1);
    const wrong = await runCommand(["connect", url, "--proxy", "nonsense"]);
    expect(wrong.stderr).toContain("proxy");
    expect(wrong.code).toBe(2);
  });

  it.each([["ftp://localhost/"], ["no host"], ["/no/socket"], ["ws://localhost/#fragment"]])(
    "refuses the URL %s",
    async (wrong) => {
      const { code, stderr } = await runCommand(["connect", wrong]);
      expect(stderr).toMatch(/^barewire connect: .+\nTry "barewire connect --help"/);
      expect(code).toBe(2);
    },
  );
});

describe("over TLS", () => {
  let httpsServer: Server;
  let secureUrl: string;
  let folder: string;
  let ca: string;

  beforeAll(async () => {
    const certificate = selfSignedCertificate();
    folder = mkdtempSync(join(tmpdir(), "barewire-connect-"));
    ca = join(folder, "ca.pem");
    writeFileSync(ca, certificate.cert);
    httpsServer = createServer(certificate);
    new WebSocketServer({ server: httpsServer }).on("connection", echo);
    httpsServer.listen(0, "127.0.0.1");
    await once(httpsServer, "listening");
    secureUrl = `wss://127.0.0.1:${(httpsServer.address() as AddressInfo).port}/`;
  });

  afterAll(() => {
    httpsServer.closeAllConnections();
    httpsServer.close();
    rmSync(folder, { recursive: true });
  });

  it("refuses a certificate that nobody vouches for", async () => {
    const { code, stderr } = await runCommand(["connect", secureUrl]);
    expect(stderr).toMatch(/^barewire connect: .*certificate .* as --ca\)/i);
    expect(code).toBe(1);
  });

  it.each([["--ca"], ["--insecure"]])("connects with %s", async (option) => {
    const trust = option === "--ca" ? ["--ca", ca] : [option];
    const args = ["connect", secureUrl, "--once", "--send", "hello", ...trust];
    const { code, stdout } = await runCommand(args);
    expect(stdout).toBe("hello\n");
    expect(code).toBe(0);
  });

  it("says which file of --ca it cannot read", async () => {
    const { code, stderr } = await runCommand(["connect", secureUrl, "--ca", "missing.pem"]);
    expect(stderr).toContain("--ca: cannot read missing.pem (ENOENT)");
    expect(code).toBe(2);
  });
});
