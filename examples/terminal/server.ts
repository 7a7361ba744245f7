// A shell in the browser: a child process for each connection, whose input and output are the messages. Whoever
// reaches it can do what you can do. So it listens on this machine only, and asks for a token that it prints.

import { spawn } from "node:child_process";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Connection, Server } from "barewire";

const [SHELL, ...ARGUMENTS] = process.platform === "win32" ? ["cmd.exe"] : ["/bin/sh"];
const TOKEN = randomBytes(24).toString("base64url");

const server = new Server({
  root: fileURLToPath(new URL("public", import.meta.url)),
  hosts: ["localhost"],
});

server.handle("/shell", async (request) => {
  if (!isToken(request.query.get("token"))) return request.reject(403);
  const ws = request.upgrade();
  const child = spawn(SHELL!, ARGUMENTS, { stdio: "pipe", windowsHide: true });
  // The shell may end while something is still written to it.
  child.stdin.on("error", () => {});
  const exit = once(child, "exit");
  void ws.closed.then(() => child.kill("SIGKILL"));
  void typeInto(ws, child.stdin);
  await Promise.all([show(ws, child.stdout), show(ws, child.stderr)]);
  const [code, signal] = await exit;
  await ws.close(1000, `the shell has ended: ${signal ?? code}`);
});

function isToken(given: string | null): boolean {
  const [one, other] = [Buffer.from(given ?? ""), Buffer.from(TOKEN)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Sends what the shell writes. A browser that is slow holds up the shell. */
async function show(ws: Connection, output: Readable): Promise<void> {
  for await (const chunk of output) {
    if (ws.state !== "open") return;
    await ws.send(chunk);
  }
}

/** Writes what is typed. A shell that does not read holds up the browser. */
async function typeInto(ws: Connection, input: NodeJS.WritableStream): Promise<void> {
  try {
    for await (const typed of ws) {
      if (!input.write(typed)) await Promise.race([once(input, "drain"), ws.closed]);
    }
  } finally {
    input.end();
  }
}

const { port } = await server.listen({
  port: Number(process.env["PORT"] ?? 8199),
  host: "localhost",
});
console.log(`http://localhost:${port}/#${TOKEN}`);
