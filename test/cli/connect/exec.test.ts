import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

afterEach(endCommands);

/** A program for `node -e`, in quotes for any shell. */
const program = (code: string): string => `"${process.execPath}" -e "${code}"`;

/** Says back each line with its length. */
const LINES = program(
  "require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(l.length+' '+l))",
);
const CAT = program("process.stdin.pipe(process.stdout)");

async function listen(...args: string[]) {
  const command = startCommand(["connect", "--listen", "0", ...args]);
  const [, url = ""] = await command.output("stderr", /listening on (\S+)\n/);
  return { command, url };
}

async function open(url: string): Promise<WebSocket> {
  const ws = new WebSocket(url);
  await once(ws, "open");
  return ws;
}

async function ask(ws: WebSocket, message: string | Buffer): Promise<string | Buffer> {
  ws.send(message);
  const [data, isBinary] = await once(ws, "message");
  return isBinary ? data : String(data);
}

describe("--listen --exec", () => {
  it("starts a process for each connection, which speaks in lines", async () => {
    const { command, url } = await listen("--exec", LINES);
    const [one, two] = [await open(url), await open(url)];
    expect(await ask(one, "hello")).toBe("5 hello");
    expect(await ask(two, "you")).toBe("3 you");
    expect(await ask(one, "ä")).toBe("1 ä");
    // The process ends with its input, and the connection with it.
    one.close();
    await command.output("stderr", /client 1 closed with 1005\n/);
    expect(await ask(two, "still here")).toBe("10 still here");
    two.terminate();
  });

  it("passes bytes through with --binary", async () => {
    const { url } = await listen("--binary", "--exec", CAT);
    const ws = await open(url);
    const bytes = Buffer.from([0, 0xff, 10, 13, 0x80]);
    expect(await ask(ws, bytes)).toEqual(bytes);
    ws.terminate();
  });

  it("closes with 1000 when the process has ended, after all that it wrote", async () => {
    const { url } = await listen("--exec", program("console.log('one');console.log('two')"));
    const ws = new WebSocket(url);
    const got: string[] = [];
    ws.on("message", (data) => got.push(String(data)));
    expect((await once(ws, "close"))[0]).toBe(1000);
    expect(got).toEqual(["one", "two"]);
  });

  it("closes with 1011 when it has failed, and says so", async () => {
    const { command, url } = await listen("--exec", program("process.exit(3)"));
    const ws = await open(url);
    expect((await once(ws, "close"))[0]).toBe(1011);
    await command.output("stderr", /client 1 the command ended with exit code 3\n/);
  });

  it("tells the process who it is for", async () => {
    const variables =
      "JSON.stringify(Object.keys(process.env).filter(k=>k[0]==='B'&&k[1]==='A'&&k[8]==='_').sort().map(k=>process.env[k]))";
    const { url } = await listen("-s", "chat", "--exec", program(`console.log(${variables})`));
    const ws = new WebSocket(`${url}room?id=1`, ["chat"]);
    const [data] = await once(ws, "message");
    expect(JSON.parse(String(data))).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      "chat",
      "/room?id=1",
    ]);
    ws.terminate();
  });

  it("ends a process that does not end by itself, and what that has started", {
    timeout: 30_000,
  }, async () => {
    const { command, url } = await listen(
      "--exec",
      program("process.on('SIGTERM',()=>{});setInterval(()=>{},1e6);console.log(process.pid)"),
    );
    const ws = new WebSocket(url);
    const [data] = await once(ws, "message");
    const pid = Number(String(data));
    ws.close();
    await command.output("stderr", /client 1 closed/);
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("ends the processes when it is ended itself", async () => {
    const { command, url } = await listen(
      "--exec",
      program("console.log(process.pid);process.stdin.resume()"),
    );
    const ws = new WebSocket(url);
    const [data] = await once(ws, "message");
    command.child.kill("SIGTERM");
    expect(await command.exit).toBe(0);
    expect(() => process.kill(Number(String(data)), 0)).toThrow("ESRCH");
  });
});

describe("--exec of a client", () => {
  it("lets the process speak with the server", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    const got: string[] = [];
    server.on("connection", (ws) => {
      ws.send("who are you?");
      ws.on("message", (data) => {
        got.push(String(data));
        ws.close(1000);
      });
    });
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await runCommand(["connect", `:${port}`, "-4", "--exec", LINES]);
    expect(got).toEqual(["12 who are you?"]);
    expect(stdout).toBe("");
    expect(code).toBe(0);
    const failing = await runCommand([
      "connect",
      `:${port}`,
      "-4",
      "-e",
      program("process.exit(1)"),
    ]);
    expect(failing.stderr).toContain("barewire connect: the command ended with exit code 1\n");
    expect(failing.code).toBe(1);
    server.close();
  });
});
