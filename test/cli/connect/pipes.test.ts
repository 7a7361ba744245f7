import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

// The peer is `ws`: a server that is not this project's.
let server: WebSocketServer;
let url: string;
/** What the server got: text as strings. */
let got: (string | Buffer)[];
let onMessage: (ws: WebSocket, data: Buffer, isBinary: boolean) => void;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws) => {
    got = [];
    ws.on("message", (data: RawData, isBinary) => {
      got.push(isBinary ? (data as Buffer) : String(data));
      onMessage(ws, data as Buffer, isBinary);
    });
  });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(endCommands);

afterAll(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
});

const echo = (ws: WebSocket, data: Buffer, binary: boolean): void => ws.send(data, { binary });

/** Echoes, and closes when so many bytes have come. */
const echoUntil =
  (bytes: number) =>
  (ws: WebSocket, data: Buffer, binary: boolean): void => {
    echo(ws, data, binary);
    if (got.reduce((sum, message) => sum + message.length, 0) === bytes) ws.close(1000);
  };
const nothing = (): void => {};

/** Every byte, in an order that no text has. */
const BYTES = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff));

describe("what is sent", () => {
  it("is each --send in its order, then the input", async () => {
    onMessage = echo;
    const args = ["connect", url, "-x", "one", "--send", "two", "-xthree", "--max-messages", "4"];
    const { code, stdout } = await runCommand(args, "four\n");
    expect(got).toEqual(["one", "two", "three", "four"]);
    expect(stdout).toBe("one\ntwo\nthree\nfour\n");
    expect(code).toBe(0);
  });

  it("is a stream of bytes with --binary, and so is what comes", async () => {
    onMessage = echoUntil(BYTES.length);
    const { code, stdout } = await runCommand(["connect", "-b", url, "-w", "forever"], BYTES);
    expect(Buffer.concat(got as Buffer[]).equals(BYTES)).toBe(true);
    expect(Buffer.from(stdout, "latin1").equals(BYTES)).toBe(true);
    expect(code).toBe(0);
  });

  it("is cut into pieces of a size with --split", async () => {
    onMessage = nothing;
    await runCommand(["connect", "-b", "--split", "1000", url, "-w", "0"], BYTES);
    expect(got.map((message) => message.length)).toEqual([1000, 1000, 1000, 1000, 96]);
  });

  it("is cut at zero bytes with --null, which also end what comes", async () => {
    onMessage = echo;
    const args = ["connect", "-0", url, "--max-messages", "2"];
    const { stdout } = await runCommand(args, "a\nb\0c\0");
    expect(got).toEqual(["a\nb", "c"]);
    expect(stdout).toBe("a\nb\0c\0");
  });

  it("is lines as binary messages with --binary --split line", async () => {
    onMessage = nothing;
    await runCommand(["connect", "-b", "--split", "line", url, "-w", "0"], "a\nb\n");
    expect(got).toEqual([Buffer.from("a"), Buffer.from("b")]);
  });

  it("must be UTF-8 to be text: the connection is closed with 1011", async () => {
    onMessage = nothing;
    const closed = once(server, "connection").then(([ws]) => once(ws as WebSocket, "close"));
    const input = Buffer.from("good\n\xff\n", "latin1");
    const { code, stderr } = await runCommand(["connect", url], input);
    expect(stderr).toContain(
      "barewire connect: message 2 of the input is not UTF-8; expected --binary with it\n",
    );
    expect(code).toBe(1);
    expect((await closed)[0]).toBe(1011);
    expect(got).toEqual(["good"]);
  });

  it("is not the input with --no-input", async () => {
    onMessage = echo;
    const args = ["connect", "--no-input", "-x", "only", url, "-w", "0.1"];
    const command = startCommand(args);
    // Nobody ends the input.
    expect(await command.exit).toBe(0);
    expect(got).toEqual(["only"]);
  });

  it("is held back while the server does not read", async () => {
    const [connected] = [once(server, "connection")];
    onMessage = (ws) => ws.pause();
    const command = startCommand(["connect", "-b", url]);
    await connected;
    let isFull = false;
    for (let i = 0; i < 2000 && !isFull; i++) {
      isFull = !command.child.stdin.write(Buffer.alloc(65_536));
      if (isFull) {
        // It is full for good, not for a moment.
        const drained = once(command.child.stdin, "drain").then(() => "drained");
        const waited = new Promise((resolve) => setTimeout(resolve, 300));
        isFull = (await Promise.race([drained, waited])) !== "drained";
      }
    }
    expect(isFull).toBe(true);
    for (const client of server.clients) client.terminate();
  });
});

describe("what comes", () => {
  it("ends the connection after --max-messages", async () => {
    onMessage = (ws) => {
      for (let i = 0; i < 5; i++) ws.send(`reply ${i}`);
    };
    const command = startCommand(["connect", url, "-x", "go", "--max-messages", "2"]);
    expect(await command.exit).toBe(0);
    expect(command.stdout).toBe("reply 0\nreply 1\n");
  });

  it("fails when fewer come than asked for", async () => {
    onMessage = echoUntil(1);
    const args = ["connect", url, "-x", "a", "--max-messages", "2"];
    const { code, stderr } = await runCommand(args);
    expect(stderr).toContain("barewire connect: 1 of 2 messages came\n");
    expect(code).toBe(1);
  });

  it("is indented with --json, and marked, timed and measured with --show", async () => {
    onMessage = echo;
    const args = ["connect", url, "-x", '{"a":[1]}', "-1j", "--show", "mark,size,time"];
    const { stdout } = await runCommand(args);
    const indented = '{\n  "a": [\n    1\n  ]\n}\n';
    expect(stdout.replaceAll(/[\d:.]{12}/g, "TIME")).toBe(
      `> TIME 9 B\n${indented}< TIME 9 B\n${indented}`,
    );
  });

  it("is coloured where that is asked for", async () => {
    onMessage = echo;
    const args = ["connect", url, "-1j", "-x", "[1]"];
    const plain = await runCommand(args, "", { FORCE_COLOR: "0" });
    expect(plain.stdout).toBe("[\n  1\n]\n");
    const forced = await runCommand(args, "", { FORCE_COLOR: "1" });
    expect(forced.stdout).toContain("\x1b[33m1\x1b[0m");
    expect(forced.stderr).toContain("\x1b[32mconnected to");
    const never = await runCommand([...args, "--color=never"], "", { FORCE_COLOR: "1" });
    expect(never.stdout + never.stderr).not.toContain("\x1b");
  });

  it("is base64 or raw with --bytes", async () => {
    onMessage = (ws) => ws.send(Buffer.from([0xff, 0]));
    const base64 = await runCommand(["connect", url, "-1x", "", "--bytes", "base64"]);
    expect(base64.stdout).toBe("/wA=\n");
    const raw = await runCommand(["connect", url, "-1x", "", "--bytes", "raw"]);
    expect(raw.stdout).toBe("\xff\0");
  });

  it("may be as large as --max-size says", async () => {
    onMessage = (ws) => ws.send("x".repeat(2 ** 20 + 1));
    const large = await runCommand(["connect", url, "-1x", ""]);
    expect(large.stdout).toHaveLength(2 ** 20 + 2);
    const limited = await runCommand(["connect", url, "-1x", "", "--max-size", "1M"]);
    expect(limited.stderr).toMatch(/larger than the limit.*--max-size/);
    expect(limited.code).toBe(1);
  });
});

describe("what is told", () => {
  it("is little with --quiet, and much with --verbose", async () => {
    onMessage = echo;
    const quiet = await runCommand(["connect", url, "-1qx", "a"]);
    expect(quiet).toEqual({ code: 0, stdout: "a\n", stderr: "" });
    const fields = ["-H", "X-One: 1", "-H", "X-Token: 1", "-o", "https://o.test", "-u", "me:pass"];
    const verbose = await runCommand(["connect", `${url}?key=1`, "-1vzx", "a", ...fields]);
    const { host } = new URL(url);
    expect(verbose.stderr).toContain(
      `> GET /?key=***\n> Host: ${host}\n> Origin: https://o.test\n` +
        "> Sec-WebSocket-Extensions: permessage-deflate\n> X-One: 1\n> X-Token: ***\n" +
        "> Authorization: ***\n< HTTP/1.1 101\n",
    );
    expect(verbose.stderr).toMatch(
      /connecting took [\d.]+ ms\nno proxy\naddresses: 127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+\nno TLS\n/,
    );
    expect(verbose.stderr).toMatch(/< HTTP\/1\.1 101\n(< .*\n)*< sec-websocket-accept: \S{28}\n/);
  });

  it("is each Ping and Pong that comes, with --verbose", async () => {
    onMessage = (ws) => {
      ws.ping("anybody there?");
      ws.pong();
      ws.close(1000);
    };
    const { stderr } = await runCommand(["connect", url, "-vx", "go"]);
    expect(stderr).toContain('a Ping came "anybody there?"\na Pong came\nclosed with 1000\n');
  });

  it("says what compression was agreed upon", async () => {
    onMessage = echo;
    const compressing = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate: true,
    });
    await once(compressing, "listening");
    compressing.on("connection", (ws) => ws.on("message", (data) => ws.send(String(data))));
    const { port } = compressing.address() as AddressInfo;
    const text = "compress me ".repeat(50);
    const { stdout, stderr } = await runCommand(["connect", `:${port}`, "-z1vx", text, "-4"]);
    expect(stdout).toBe(`${text}\n`);
    expect(stderr).toMatch(/extensions: permessage-deflate/);
    compressing.close();
  });
});
