/**
 * What the package does, checked on whatever runs this, in a folder whose `node_modules` has it:
 * `RUNTIME checks.mjs CERT KEY RUNTIME…`, where the last is how to start the runtime. Plain JavaScript
 * and no test runner, since none runs everywhere. Prints a line of JSON for each check,
 * `{ name, problem }`, where the problem is null if all is well. `--list` prints their names.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, request as httpRequest } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ArgumentError,
  CloseCode,
  ConnectionClosedError,
  connect,
  HandshakeError,
  ProtocolError,
  Server,
} from "barewire";

const require = createRequire(import.meta.url);
const [certFile, keyFile, ...command] = process.argv.slice(2);
const isList = certFile === "--list";
const cert = isList ? "" : await readFile(certFile, "utf8");
const key = isList ? "" : await readFile(keyFile, "utf8");
const LOCAL = { host: "127.0.0.1", port: 0 };

/** Ends what a check has begun, whatever comes of it; run in reverse. */
const cleanups = [];

/** A server with one route, shut down behind the check. */
async function serve(handler, options = {}, target = LOCAL) {
  const server = new Server({ onError: () => {}, ...options });
  if (handler !== undefined) server.handle("/ws", handler);
  const address = await server.listen(target);
  cleanups.push(() => server.shutdown({ timeout: 500 }));
  return { server, ...address, url: `${address.url}/ws` };
}

const echo = { message: (ws, data) => void ws.send(data) };

async function open(url, options = {}) {
  const ws = await connect(url, options);
  cleanups.push(() => ws.terminate());
  return ws;
}

/** What a plain TCP client reads in answer to some bytes, until the other side ends or `enough` holds. */
async function raw(port, bytes, enough = () => false) {
  const socket = net.connect(port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes);
  let answer = Buffer.alloc(0);
  await new Promise((resolve) => {
    socket.on("close", resolve);
    socket.on("end", resolve);
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (enough(answer)) resolve();
    });
  });
  return { answer, socket };
}

const UPGRADE = [
  "GET /ws HTTP/1.1",
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
].join("\r\n");

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** An answer of `node:http`: status, headers and body. */
async function get(port, path, options = {}) {
  const { body, ...rest } = options;
  const request = httpRequest({ host: "127.0.0.1", port, path, agent: false, ...rest });
  request.end(body);
  const [response] = await once(request, "response");
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    ...response,
    status: response.statusCode,
    headers: response.headers,
    text: Buffer.concat(chunks).toString(),
  };
}

const CHECKS = {
  "`import` and `require` give the same classes": async () => {
    const required = require("barewire");
    assert.equal(required.Server, Server);
    assert.equal(required.HandshakeError, HandshakeError);
    assert.equal(required.connect, connect);
  },

  "text and binary messages, handler object": async () => {
    const { url } = await serve(echo);
    const ws = await open(url);
    ws.send("Grüße ✓");
    assert.equal(await ws.receive(), "Grüße ✓");
    ws.send(new Uint8Array([0, 255, 1]));
    const binary = await ws.receive();
    assert.ok(Buffer.isBuffer(binary));
    assert.deepEqual([...binary], [0, 255, 1]);
    const end = await ws.close(1000);
    assert.deepEqual([end.code, end.clean], [1000, true]);
  },

  "handler function and `for await` on both sides": async () => {
    const { url } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) await ws.send(`re: ${message}`);
    });
    const ws = await open(url);
    for (const word of ["one", "two", "three"]) ws.send(word);
    const got = [];
    for await (const message of ws) {
      got.push(message);
      if (got.length === 3) break;
    }
    assert.deepEqual(got, ["re: one", "re: two", "re: three"]);
    await ws.close();
  },

  "messages in parts and in fragments": async () => {
    const { url } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws.messages) {
        let size = 0;
        for await (const part of message) size += part.length;
        await ws.send(`${message.type} ${size}`);
      }
    });
    const ws = await open(url);
    await ws.sendFragments(["a".repeat(50_000), "b".repeat(50_000)]);
    assert.equal(await ws.receive(), "text 100000");
  },

  "a message of 8 MiB": async () => {
    const size = 8 * 1024 * 1024;
    const { url } = await serve(echo, { maxMessageSize: size });
    const ws = await open(url, { maxMessageSize: size });
    const sent = Buffer.alloc(size, "0123456789");
    await ws.send(sent);
    assert.ok(sent.equals(await ws.receive()));
  },

  "10,000 messages in order": async () => {
    const { url } = await serve(echo);
    const ws = await open(url);
    const receiving = (async () => {
      for (let i = 0; i < 10_000; i++) assert.equal(await ws.receive(), `message ${i}`);
    })();
    for (let i = 0; i < 10_000; i++) await ws.send(`message ${i}`);
    await receiving;
  },

  "a Blob": async () => {
    const { url } = await serve(echo);
    const ws = await open(url);
    await ws.send(new Blob(["in ", "parts"]));
    assert.equal((await ws.receive()).toString(), "in parts");
  },

  "TLS, and what was agreed upon": async () => {
    const { url } = await serve(echo, {}, { ...LOCAL, tls: { cert, key } });
    const ws = await open(url, { tls: { ca: cert, servername: "localhost" } });
    ws.send("secret");
    assert.equal(await ws.receive(), "secret");
    assert.match(ws.tls.version, /^TLSv1\.[23]$/);
    assert.equal(ws.tls.authorized, true);
  },

  "TLS with a certificate that nobody trusts": async () => {
    const { url } = await serve(echo, {}, { ...LOCAL, tls: { cert, key } });
    await assert.rejects(connect(url), { code: "TLS_FAILED" });
  },

  "compression of short messages": async () => {
    const { url } = await serve(echo, { compression: true });
    const ws = await open(url, { compression: true });
    assert.match(ws.extensions, /permessage-deflate/);
    for (let i = 0; i < 50; i++) {
      const text = JSON.stringify({ i, text: "the same again and again" });
      ws.send(text);
      assert.equal(await ws.receive(), text);
    }
  },

  "compression of long messages, by zlib": async () => {
    const { url } = await serve(echo, { compression: true });
    const ws = await open(url, { compression: true });
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join("\n");
    for (let i = 0; i < 3; i++) {
      await ws.send(text);
      assert.equal(await ws.receive(), text);
    }
  },

  "a compressed bomb is stopped at maxMessageSize": async () => {
    const { url } = await serve(echo, { compression: true, maxMessageSize: 10_000 });
    const ws = await open(url, { compression: true });
    await ws.send("0".repeat(1_000_000));
    assert.equal((await ws.closed).code, 1009);
  },

  "subprotocols, header fields and parameters": async () => {
    const { server, url } = await serve(undefined);
    server.handle("/rooms/:room", (request) => {
      const { params, headers } = request;
      const ws = request.upgrade({ protocol: "chat.v2", headers: { "X-Room": params.room } });
      ws.send(headers.get("x-token"));
    });
    const ws = await open(url.replace("/ws", "/rooms/lobby"), {
      protocols: ["chat.v1", "chat.v2"],
      headers: { "X-Token": "abc" },
    });
    assert.equal(ws.protocol, "chat.v2");
    assert.equal(ws.response.get("x-room"), "lobby");
    assert.equal(await ws.receive(), "abc");
  },

  "ping, and the Pings of the heartbeat": async () => {
    const { url } = await serve(echo, { heartbeatInterval: 30 });
    const ws = await open(url);
    assert.ok((await ws.ping()) >= 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    ws.send("alive");
    assert.equal(await ws.receive(), "alive");
  },

  "a peer that falls silent is given up": async () => {
    const { server, port } = await serve(echo, { heartbeatInterval: 30, heartbeatTimeout: 50 });
    await raw(port, `${UPGRADE}\r\n\r\n`, (answer) => answer.includes("\r\n\r\n"));
    await until(() => server.connections.size === 1);
    const [ws] = server.connections;
    const { code, error } = await ws.closed;
    assert.deepEqual([code, error.code], [1006, "HEARTBEAT_TIMEOUT"]);
  },

  "close codes and reasons, both ways": async () => {
    const closed = [];
    const { url } = await serve({
      message: (ws) => void ws.close(4001, "enough"),
      close: (_, code, reason) => closed.push([code, reason]),
    });
    const one = await open(url);
    await one.close(4000, "moved");
    const two = await open(url);
    two.send("close me");
    const { code, reason, initiator } = await two.closed;
    assert.deepEqual([code, reason, initiator], [4001, "enough", "peer"]);
    await until(() => closed.length === 2);
    assert.deepEqual(closed[0], [4000, "moved"]);
    await assert.rejects(two.receive(), ConnectionClosedError);
    assert.equal(CloseCode.goingAway, 1001);
  },

  "a breach of the protocol is 1002": async () => {
    const ended = [];
    const { port } = await serve({ open: (ws) => void ws.closed.then((end) => ended.push(end)) });
    const unmasked = Buffer.from([0x81, 0x02, 0x68, 0x69]);
    const { answer } = await raw(
      port,
      Buffer.concat([Buffer.from(`${UPGRADE}\r\n\r\n`), unmasked]),
    );
    const close = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
    assert.deepEqual([close[0], close.readUInt16BE(2)], [0x88, 1002]);
    await until(() => ended.length === 1);
    assert.ok(ended[0].error instanceof ProtocolError);
    assert.equal(ended[0].error.code, "MASK_REQUIRED");
  },

  "a message over the limit is 1009": async () => {
    const { url } = await serve(echo, { maxMessageSize: 100 });
    const ws = await open(url);
    ws.send("x".repeat(101));
    assert.equal((await ws.closed).code, 1009);
  },

  "a handshake that takes too long is 408": async () => {
    const { port } = await serve(echo, { handshakeTimeout: 60 });
    const { answer } = await raw(port, "GET /ws HTTP/1.1\r\nHost: a\r\n");
    assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
  },

  "a head that is too large is 431": async () => {
    const { port } = await serve(echo, { maxHeadSize: 1024 });
    const { answer } = await raw(port, `${UPGRADE}\r\nX: ${"x".repeat(2000)}\r\n\r\n`);
    assert.match(answer.toString(), /^HTTP\/1\.1 431 /);
  },

  "a page of another origin is refused": async () => {
    const { url } = await serve(echo);
    await assert.rejects(connect(url, { origin: "https://evil.example" }), (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.deepEqual([error.code, error.status], ["REFUSED", 403]);
      return true;
    });
  },

  "static files beside the sockets": async () => {
    const root = await mkdtemp(join(tmpdir(), "barewire-files-"));
    cleanups.push(() => rm(root, { recursive: true, force: true }));
    await writeFile(join(root, "index.html"), "<p>hello</p>");
    const { port } = await serve(echo, { root });
    const page = await get(port, "/");
    assert.deepEqual([page.status, page.text], [200, "<p>hello</p>"]);
    assert.match(page.headers["content-type"], /^text\/html/);
    assert.equal((await get(port, "/none")).status, 404);
    assert.equal((await get(port, "/ws")).status, 426);
  },

  "plain HTTP goes to a listener, bodies too": async () => {
    const listener = async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      response.end(`${request.method} ${body}`);
    };
    const { port, url } = await serve(echo, { listener });
    assert.equal((await get(port, "/api", { method: "POST", body: "data" })).text, "POST data");
    const ws = await open(url);
    ws.send("beside it");
    assert.equal(await ws.receive(), "beside it");
  },

  "an upgrade on a kept-alive connection": async () => {
    const { port } = await serve(echo, { listener: (_, response) => response.end("plain") });
    const first = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";
    const { answer, socket } = await raw(port, first, (text) => text.includes("plain"));
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    socket.write(`${UPGRADE}\r\n\r\n`);
    const closed = once(socket, "close").then(() => ["closed"]);
    const [second] = await Promise.race([once(socket, "data"), closed]);
    assert.match(second.toString(), /^HTTP\/1\.1 101 /);
  },

  "attached to a server of node:http": async () => {
    const http = createHttpServer((_, response) => response.end("theirs"));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    cleanups.push(
      () =>
        new Promise((resolve) => {
          http.close(resolve);
          http.closeAllConnections();
        }),
    );
    const server = new Server();
    server.handle("/ws", echo);
    const detach = server.attach(http);
    const { port } = http.address();
    const ws = await open(`ws://127.0.0.1:${port}/ws`);
    ws.send("attached");
    assert.equal(await ws.receive(), "attached");
    assert.equal((await get(port, "/")).text, "theirs");
    await ws.close();
    detach();
  },

  "attached to a server of node:https": async () => {
    const https = createHttpsServer({ cert, key }, (_, response) => response.end("theirs"));
    https.listen(0, "127.0.0.1");
    await once(https, "listening");
    cleanups.push(
      () =>
        new Promise((resolve) => {
          https.close(resolve);
          https.closeAllConnections();
        }),
    );
    const server = new Server();
    server.handle("/ws", echo);
    server.attach(https);
    const tls = { ca: cert, servername: "localhost" };
    const ws = await open(`wss://127.0.0.1:${https.address().port}/ws`, { tls });
    ws.send("attached");
    assert.equal(await ws.receive(), "attached");
    await ws.close();
  },

  "a Unix socket": async () => {
    const folder = await mkdtemp(join(tmpdir(), "barewire-unix-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    const path =
      process.platform === "win32"
        ? `\\\\.\\pipe\\barewire-${process.pid}`
        : join(folder, "socket");
    await serve(echo, {}, path);
    const ws = await open("ws://localhost/ws", { socketPath: path });
    ws.send("local");
    assert.equal(await ws.receive(), "local");
    await ws.close();
  },

  IPv6: async () => {
    const { url } = await serve(echo, {}, { host: "::1", port: 0 });
    const ws = await open(url);
    ws.send("six");
    assert.equal(await ws.receive(), "six");
  },

  "through an HTTP proxy": async () => {
    const { url, port } = await serve(echo);
    const proxy = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (head) => {
        assert.match(head.toString(), /^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1\r\n/);
        const target = net.connect(port, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.pipe(target).pipe(socket);
        });
        target.on("error", () => socket.destroy());
      });
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    cleanups.push(() => proxy.close());
    const ws = await open(url, {
      proxy: `http://127.0.0.1:${proxy.address().port}`,
      proxyLoopback: true,
    });
    ws.send("through the proxy");
    assert.equal(await ws.receive(), "through the proxy");
    await ws.close();
  },

  broadcast: async () => {
    const { server, url } = await serve(echo);
    const all = await Promise.all(Array.from({ length: 10 }, () => open(url)));
    server.broadcast("to all");
    for (const ws of all) assert.equal(await ws.receive(), "to all");
  },

  "back-pressure: send waits for a peer that does not read": async () => {
    const { server, url } = await serve({});
    const slow = await open(url);
    slow.pause();
    await until(() => server.connections.size === 1);
    const [ws] = server.connections;
    let sent = 0;
    let waiting;
    while (waiting === undefined) {
      waiting = ws.send(Buffer.alloc(16_384));
      sent++;
      assert.ok(sent < 2000, "32 MB were taken without a promise");
    }
    slow.resume();
    for (let i = 0; i < sent; i++) assert.equal((await slow.receive()).length, 16_384);
    await waiting;
  },

  "an abort gives up connecting": async () => {
    const silent = net.createServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanups.push(() => silent.close());
    const url = `ws://127.0.0.1:${silent.address().port}/`;
    const signal = AbortSignal.timeout(50);
    await assert.rejects(
      connect(url, { signal }),
      (error) => error === signal.reason || error.cause === signal.reason,
    );
  },

  "errors of connecting": async () => {
    const { port, server } = await serve(echo);
    await server.shutdown();
    await assert.rejects(connect(`ws://127.0.0.1:${port}/`), { code: "CONNECT_FAILED" });
    await assert.rejects(connect("nonsense"), ArgumentError);
    await assert.rejects(async () => new Server({ nonsense: 1 }), ArgumentError);
  },

  "diagnostics channels": async () => {
    const seen = [];
    subscribe("barewire:connection:open", () => seen.push("open"));
    subscribe("barewire:connection:closed", () => seen.push("closed"));
    const { url } = await serve(echo);
    const ws = await open(url);
    await ws.close();
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ["open", "closed"]);
  },

  "shutdown closes all and reports": async () => {
    const { server, url, port } = await serve(echo);
    const all = await Promise.all([open(url), open(url)]);
    const report = await server.shutdown({ timeout: 2000 });
    assert.deepEqual([report.closed, report.destroyed], [2, 0]);
    for (const ws of all) assert.equal((await ws.closed).code, 1001);
    await assert.rejects(connect(`ws://127.0.0.1:${port}/ws`), { code: "CONNECT_FAILED" });
  },

  "disposal: `await using`, where there is Symbol.asyncDispose": async () => {
    const { url } = await serve(echo);
    const ws = await connect(url);
    if (Symbol.asyncDispose === undefined) await ws.close();
    else await ws[Symbol.asyncDispose]();
    assert.equal(ws.state, "closed");
  },

  "`barewire serve` and `barewire connect`": async () => {
    const cli = join(require.resolve("barewire/package.json"), "..", "dist", "cli", "barewire.cjs");
    const [program, ...args] = command;
    const server = spawn(program, [...args, cli, "serve", "--port", "0", "--host", "127.0.0.1"]);
    cleanups.push(() => server.kill("SIGKILL"));
    let printed = "";
    server.stdout.on("data", (part) => {
      printed += part;
    });
    await until(() => /^Echo: .*\n/m.test(printed));
    const url = /^Echo: (.*)$/m.exec(printed)[1];
    const client = spawn(program, [...args, cli, "connect", "--once", "--send", "hello", url]);
    let answer = "";
    for await (const part of client.stdout) answer += part;
    assert.equal(answer, "hello\n");
  },
};

if (isList) {
  console.log(JSON.stringify(Object.keys(CHECKS)));
  process.exit(0);
}

/** A limit in milliseconds for each check, on a machine that is busy. */
const LIMIT = 10_000;

for (const [name, check] of Object.entries(CHECKS)) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT} ms`)), LIMIT);
  });
  let problem = null;
  try {
    await Promise.race([check(), late]);
  } catch (error) {
    problem = error instanceof Error ? error.message.split("\n").join(" ") : String(error);
  }
  clearTimeout(timer);
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup();
    } catch {
      // It was over already.
    }
  }
  console.log(JSON.stringify({ name, problem }));
}
process.exit(0);
