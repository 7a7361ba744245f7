import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "../served.ts";

// A file that became shorter while it was sent was to end its connection, but the response had let go of
// the socket by then: the client waited for the rest, or took the answer to its next request for it.
test("a static file that shrinks while it is sent breaks its connection", async () => {
  const root = mkdtempSync(join(tmpdir(), "barewire-shrinks-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const file = join(root, "large.bin");
  const size = 32 * 1024 * 1024;
  writeFileSync(file, Buffer.alloc(size));
  const { connect } = await serve(undefined, { root });
  const peer = await connect();
  peer.socket.pause();
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  peer.write(get("/large.bin"), get("/none"));
  await sleep(200);
  truncateSync(file, 1000);
  peer.socket.resume();
  expect((await peer.readResponse()).field("Content-Length")).toBe(String(size));
  const body = await peer.readToEnd();
  expect(body.length).toBeLessThan(size);
  expect(body.includes("HTTP/1.1")).toBe(false);
});
