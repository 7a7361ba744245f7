import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { endTypedCommands, TypedCommand } from "../typed-command.ts";

let server: WebSocketServer;
let url: string;
let folder: string;
/** What the server got: text as strings. */
let got: (string | Buffer)[];
let request: IncomingMessage | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "barewire-typed-"));
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws, incoming) => {
    request = incoming;
    ws.on("message", (data: RawData, isBinary) => {
      got.push(isBinary ? (data as Buffer) : String(data));
      ws.send(data as Buffer, { binary: isBinary });
    });
    ws.on("ping", (data) => got.push(`ping ${data}`));
    ws.on("pong", (data) => got.push(`pong ${data}`));
    ws.on("close", (code, reason) => got.push(`close ${code} ${reason}`));
  });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

beforeEach(() => {
  got = [];
});

afterEach(async () => {
  await endTypedCommands();
  // What they leave behind must not be taken for something of the next test.
  await until(() => server.clients.size === 0);
});

afterAll(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
  rmSync(folder, { recursive: true });
});

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const UP = "\x1b[A";
const TAB = "\t";

/** Starts `barewire connect` at a terminal, and waits for its prompt. */
async function connect(args: readonly string[] = [], env = {}): Promise<TypedCommand> {
  const command = new TypedCommand(["connect", url, ...args], env);
  await command.seen(/connected to .*\n>$/s);
  return command;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("at a terminal", () => {
  it("sends what is typed, and shows what comes with mark, time and size", async () => {
    const command = await connect();
    command.type("hello\r");
    await command.seen(/^< \d\d:\d\d:\d\d\.\d{3} 5 B {2}hello$/m);
    command.type(CTRL_D);
    expect(await command.exit).toBe(0);
    expect(command.text).toContain("closed with 1000");
    await until(() => got.length === 2);
    expect(got).toEqual(["hello", "close 1000 "]);
  });

  it("shows nothing in front of messages with --show none", async () => {
    const command = await connect(["--show", "none"]);
    command.type("hello\r");
    await command.seen(/\n> hello\nhello\n>$/);
  });

  it("is left by Ctrl-C", async () => {
    const command = await connect();
    command.type(CTRL_C);
    expect(await command.exit).toBe(0);
    await until(() => got.length === 1);
    expect(got).toEqual(["close 1000 "]);
  });

  it("keeps what is being typed when a message comes", async () => {
    const command = await connect(["--show", "mark"]);
    command.type("half a li");
    await command.seen(/half a li/);
    for (const client of server.clients) client.send("from the server");
    // The line is taken away, the message is written, and the line is there again.
    await command.seen(/\n< from the server\n> half a li$/);
    command.type("ne\r");
    await until(() => got.length > 0);
    expect(got).toEqual(["half a line"]);
  });

  it("clears all rows of a line that has grown to several", async () => {
    const size = { cols: 20, rows: 10 };
    const command = new TypedCommand(["connect", url, "--show", "mark"], {}, size);
    await command.seen(/\n>$/);
    command.type("x".repeat(50));
    await command.seen(/\n> x{50}$/);
    for (const client of server.clients) client.send("message");
    await command.seen(/connected to[^>]*\n< message\n> x{50}$/);
  });

  it("escapes control characters of messages", async () => {
    const command = await connect(["--show", "mark"]);
    for (const client of server.clients) client.send("\x1b]0;title\x07");
    await command.seen(/^< \\x1b\]0;title\\x07$/m);
  });

  it("has colours, unless NO_COLOR says none", async () => {
    const colored = await connect([], { NO_COLOR: undefined });
    expect(colored.output).toContain("\x1b[32mconnected to");
    expect(colored.output).toContain("\x1b[32m>\x1b[0m ");
    const plain = await connect();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such sequences
    expect(plain.output).not.toMatch(/\x1b\[\d*m/);
  });

  it("shows what --send sends", async () => {
    const command = await connect(["-x", "one", "-x", "two", "--show", "mark"]);
    await command.seen(/> one\n> two\n.*< two$/ms);
    expect(got).toEqual(["one", "two"]);
  });

  it("shows the reply alone with --once", async () => {
    const command = new TypedCommand(["connect", url, "-1qx", "question"]);
    expect(await command.exit).toBe(0);
    expect(command.text).toBe("question");
  });

  it("completes commands and file names by the tabulator", async () => {
    writeFileSync(join(folder, "long-name.txt"), "text of a file");
    const command = await connect();
    command.type(`/se${TAB}`);
    await command.seen(/> \/send$/);
    command.type(` ${join(folder, "long")}${TAB}`);
    await command.seen(/long-name\.txt$/);
    command.type("\r");
    await until(() => got.length > 0);
    expect(got).toEqual(["text of a file"]);
  });
});

describe("the history", () => {
  it("is kept from session to session, but for lines that begin with a blank", async () => {
    const env = { BAREWIRE_HISTORY: join(folder, "state", "history") };
    const first = await connect([], env);
    first.type("remember me\r");
    await first.seen(/< .*remember me/);
    first.type(" but not me\r");
    await first.seen(/< .*but not me/);
    first.type(`${UP}\r`);
    await until(() => got.length === 3);
    first.type(CTRL_D);
    expect(await first.exit).toBe(0);
    await until(() => got.at(-1) === "close 1000 ");
    expect(readFileSync(env.BAREWIRE_HISTORY, "utf8")).toBe("remember me\nremember me\n");

    const second = await connect([], env);
    second.type(`${UP}\r`);
    await until(() => got.length === 5);
    expect(got.at(-1)).toBe("remember me");
    second.type("another\r");
    await second.seen(/< .*another/);

    const third = await connect(["--no-history"], env);
    third.type(`${UP}not kept\r`);
    await third.seen(/< .*not kept/);
    expect(got.at(-1)).toBe("not kept");
    const kept = readFileSync(env.BAREWIRE_HISTORY, "utf8");
    expect(kept).toContain("another");
    expect(kept).not.toContain("not kept");
  });
});

describe("slash commands", () => {
  it("ping, send bytes and files, switch what lines are, and close", async () => {
    writeFileSync(join(folder, "file.bin"), Buffer.from([0xff, 0xfe]));
    const command = await connect(["--show", "mark"]);
    const type = async (line: string, seen: RegExp): Promise<void> => {
      command.type(`${line}\r`);
      await command.seen(seen);
    };
    await type("/ping", /pong after [\d.]+ ms/);
    await type("/ping hi", /pong after .*pong after/s);
    await type("/pong there", /> \/pong there\n>$/);
    await type("/hex 00 ff", /00000000 {2}00 ff /);
    await type("/binary bin", /00000000 {2}62 69 6e /);
    await type("/binary", /lines go as binary messages/);
    await type("line", /00000000 {2}6c 69 6e 65 /);
    await type(
      `/send ${join(folder, "file.bin")}`,
      /sent .*file\.bin, 2 bytes as a binary message/,
    );
    await type("/text plain", /< plain/);
    await type("/text", /lines go as text/);
    await type("//slash", /< \/slash/);
    await type("/json", /JSON is indented/);
    await type('{"a":1}', /<\n\{\n {2}"a": 1\n\}/);
    await type("/info", /addresses: 127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+\nno TLS$/m);
    await type("/help", /\/ping \[TEXT\] +sends a Ping/);
    await type("/close 4001 that is all", /closed with 4001/);
    expect(await command.exit).toBe(0);
    await until(() => got.length === 11);
    expect(got.map(String)).toEqual([
      expect.stringMatching(/^ping /),
      "ping hi",
      "pong there",
      "\0\ufffd",
      "bin",
      "line",
      "\ufffd\ufffd",
      "plain",
      "/slash",
      '{"a":1}',
      "close 4001 that is all",
    ]);
    for (const index of [3, 4, 5, 6]) expect(got[index]).toBeInstanceOf(Buffer);
  });

  it("say what is wrong with them, and nothing is sent", async () => {
    const command = await connect(["--show", "mark"]);
    const type = async (line: string, seen: RegExp): Promise<void> => {
      command.type(`${line}\r`);
      await command.seen(seen);
    };
    await type("/pnig", /there is no command \/pnig; did you mean \/ping\?/);
    await type("/hex 0", /\/hex: expected bytes of two hex digits each/);
    await type("/hex xy", /\/hex: expected/);
    await type("/send", /\/send: expected the name of a file/);
    await type("/send missing", /cannot read missing \(ENOENT\)/);
    await type(`/send ${folder}`, /is no file/);
    await type(`/send ${join(folder, "file.bin")}`, /is not UTF-8; send it as a binary message/);
    await type("/close 1005", /1005/);
    await type(`/ping ${"x".repeat(126)}`, /125/);
    await type("still here", /< still here/);
    expect(got).toEqual(["still here"]);
    command.type("/quit\r");
    expect(await command.exit).toBe(0);
    await until(() => got.length === 2);
    expect(got.at(-1)).toBe("close 1000 ");
  });

  it("are lines like others with --no-slash", async () => {
    const command = await connect(["--no-slash"]);
    command.type("/help\r");
    await until(() => got.length > 0);
    expect(got).toEqual(["/help"]);
  });
});

describe("--reconnect", () => {
  it("keeps the prompt, and what is typed meanwhile goes to the next connection", async () => {
    const command = await connect(["--reconnect", "--show", "mark"]);
    for (const client of server.clients) client.close(1012, "restart");
    await command.seen(/closed with 1012: restart\nconnecting again in/);
    command.type("typed meanwhile\r");
    await command.seen(/< typed meanwhile/);
    command.type("/close\r");
    expect(await command.exit).toBe(0);
  });
});

describe("--listen", () => {
  it("sends what is typed to its clients", async () => {
    const command = new TypedCommand(["connect", "--listen", "0", "--show", "mark"]);
    const [, own = ""] = await command.seen(/listening on (\S+)/);
    const client = new WebSocket(own);
    await once(client, "open");
    await command.seen(/client 1 connected/);
    client.send("knock");
    await command.seen(/^1< knock$/m);
    const answer = once(client, "message");
    command.type("who is there?\r");
    expect(String((await answer)[0])).toBe("who is there?");
    const closed = once(client, "close");
    command.type("/close 4002 go away\r");
    expect((await closed)[0]).toBe(4002);
    await command.seen(/client 1 closed with 4002/);
    // The server goes on until its user leaves.
    command.type("/quit\r");
    expect(await command.exit).toBe(0);
  });
});

describe("a password", () => {
  it("is asked for, and is not seen", async () => {
    const command = new TypedCommand(["connect", url, "--auth", "me"]);
    await command.seen(/Password of me:$/);
    command.type("hunter2\r");
    await command.seen(/connected to/);
    expect(command.output).not.toContain("hunter2");
    expect(request?.headers.authorization).toBe(
      `Basic ${Buffer.from("me:hunter2").toString("base64")}`,
    );
  });

  it("that is not given is a mistake", async () => {
    const command = new TypedCommand(["connect", url, "--auth", "me"]);
    await command.seen(/Password of me:$/);
    command.type(CTRL_C);
    await command.seen(/--auth: expected USER:PASSWORD/);
    expect(await command.exit).toBe(2);
  });
});
