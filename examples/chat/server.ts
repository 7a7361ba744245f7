// A chat with login, rooms, and who is there. SIGHUP to the first process is a rolling restart: a new process takes
// over, and the browsers come back to it while the last one still says goodbye to others.

import cluster from "node:cluster";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Connection, Server } from "barewire";
import { clusterBroker, relayCluster } from "barewire/broker/cluster";

type Member = { readonly name: string; readonly room: string };

const PAGE = readFileSync(new URL("public/index.html", import.meta.url));
const LOGIN = `<!doctype html><title>Log in</title><form method="post" action="/login">
<input name="name" aria-label="Name" required> <input name="password" type="password" aria-label="Password"> <button>Log in</button></form>`;
const password = process.env["PASSWORD"] ?? "apple"; // A real program has a database of users.
const secret = process.env["SECRET"] ?? randomBytes(32).toString("base64url");

if (cluster.isPrimary) supervise();
else await serve();

/** Starts the process that serves, and replaces it. */
function supervise(): void {
  relayCluster();
  let current = cluster.fork({ SECRET: secret });
  process.on("SIGHUP", () => {
    const last = current;
    current = cluster.fork({ SECRET: secret });
    current.once("listening", () => last.process.kill("SIGTERM"));
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => current.process.kill());
}

async function serve(): Promise<void> {
  const members = new Set<Connection<Member>>();
  const server = new Server({
    listener: (request, response) => void answer(request, response).catch(() => response.destroy()),
    broker: clusterBroker(),
    hosts: ["localhost", "ip-address"],
    maxMessageSize: 4096,
    maxMessageRate: 20,
    maxConnectionsPerAddress: 100,
  });

  /** Tells all in a room who is there, of this process. */
  const announce = (room: string): void => {
    const there = [...members].filter(({ data }) => data.room === room);
    const present = there.map(({ data }) => data.name);
    server.publish(`room:${room}`, JSON.stringify({ process: process.pid, present }));
  };

  server.handle<Member>("/rooms/:room", {
    upgrade(request) {
      const name = nameOf(request.cookies["session"]);
      const room = request.params["room"] ?? "";
      if (name === undefined) return request.reject(401, { body: "log in first\n" });
      if (room.length > 40) return request.reject(404, { body: "no such room\n" });
      return { data: { name, room } };
    },
    async open(ws) {
      const joined = ws.subscribe(`room:${ws.data.room}`);
      members.add(ws);
      announce(ws.data.room);
      await joined;
    },
    message({ data: { name, room } }, data) {
      server.publish(`room:${room}`, JSON.stringify({ from: name, text: String(data) }));
    },
    close: (ws) => members.delete(ws) && announce(ws.data.room),
  });

  process.once("SIGTERM", async () => {
    await server.shutdown({ code: 1012, reason: "restart", spread: 1000, timeout: 5000 });
    process.exit();
  });
  process.on("SIGINT", () => {}); // The first process says when.
  const port = Number(process.env["PORT"] ?? 8199);
  const listener = await server.listen({ port, host: "localhost" });
  console.log(`http://localhost:${listener.port}/`);
}

/** Answers what is no WebSocket: the page, or the way to it. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") {
    const session = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(nameOf(session) === undefined ? LOGIN : PAGE);
    return;
  }
  if (!(Number(request.headers["content-length"]) < 1000))
    return void response.writeHead(413).end();
  const form = new URLSearchParams(await text(request));
  const name = form.get("name")?.trim() ?? "";
  if (sign(form.get("password") ?? "") !== sign(password) || name === "" || name.length > 40) {
    return void response.writeHead(401).end("That is not the password.\n");
  }
  const cookie = `session=${sessionOf(name)}; HttpOnly; SameSite=Strict; Path=/`;
  response.writeHead(303, { Location: "/", "Set-Cookie": cookie }).end();
}

/** A name with a signature, so that the next process knows it, too. */
function sessionOf(name: string): string {
  return `${Buffer.from(name).toString("base64url")}.${sign(name)}`;
}

function nameOf(session = ""): string | undefined {
  const name = Buffer.from(session.split(".")[0] ?? "", "base64url").toString();
  return sign(session) === sign(sessionOf(name)) ? name : undefined;
}

/** Signatures can be compared in plain: nobody can choose them, so the time that it takes tells nothing. */
function sign(value: string): string {
  return createHmac("sha256", secret).update(value).digest("base64url");
}
