import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import { serve, serveAttached, until } from "../served.ts";

// A request for an upgrade that stood behind an answer which the peer did not read waited for ever, and with
// it its socket and the file that was being sent: the deadline of opening handshakes began with its turn.

const GET = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LARGE = 32 * 1024 * 1024;

test("a server of its own gives up an upgrade behind an answer that is not read", async () => {
  const root = await mkdtemp(join(tmpdir(), "barewire-unread-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, "large"), Buffer.alloc(LARGE));
  const { server, connect } = await serve(undefined, { root, handshakeTimeout: 100 });
  server.handle("/ws", {});
  const peer = await connect();
  peer.socket.pause();
  peer.write(GET, upgradeHead("/ws"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  peer.socket.resume();
  await peer.untilEnded();
  expect(peer.socket.bytesRead).toBeLessThan(LARGE);
});

test("an attached server does, too", async () => {
  const http = createServer((_, response) => response.end(Buffer.alloc(LARGE)));
  const refused: string[] = [];
  const { connect } = await serveAttached(
    http,
    {},
    { handshakeTimeout: 100, onRefused: ({ code }) => void refused.push(code) },
  );
  const peer = await connect();
  peer.socket.pause();
  peer.write(GET, upgradeHead("/ws"));
  await until(() => refused.length > 0);
  expect(refused).toEqual(["HANDSHAKE_TIMEOUT"]);
});
