// Files of any size, with progress that is true: the server says how much it has written. The browser never has more
// than a megabyte under way, so that a slow disk holds it up.

import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Connection, Server } from "barewire";

const FOLDER = process.env["UPLOADS"] ?? join(tmpdir(), "uploads");
const MAX_FILE_SIZE = 10 * 1024 ** 3;
await mkdir(FOLDER, { recursive: true });

const server = new Server({
  root: fileURLToPath(new URL("public", import.meta.url)),
  hosts: ["localhost", "ip-address"],
  maxMessageSize: 1024 ** 2,
});

// The first message is the size, all others are parts of the file.
server.handle("/upload", async (request) => {
  const ws = request.upgrade();
  const size = Number(await ws.receive());
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
    await ws.close(1008, `a file has 0 to ${MAX_FILE_SIZE} bytes`);
    return;
  }
  // The name is the server's: one that a browser has chosen could lead anywhere.
  const path = join(FOLDER, randomUUID());
  const hash = createHash("sha256");
  try {
    await pipeline(
      partsOf(ws, size),
      async function* (parts) {
        for await (const part of parts as AsyncIterable<Buffer>) {
          hash.update(part);
          yield part;
        }
      },
      createWriteStream(path),
    );
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  await ws.send(JSON.stringify({ done: true, sha256: hash.digest("hex") }));
});

/** The parts of a file. Whoever asks for the next one has written the one before, so it is acknowledged then. */
async function* partsOf(ws: Connection, size: number): AsyncGenerator<Buffer> {
  let received = 0;
  while (received < size) {
    const part = await ws.receive();
    if (typeof part === "string" || part.length > size - received) {
      void ws.close(1008, "expected the rest of the file");
      continue; // to `receive`, which says that the connection is closed
    }
    received += part.length;
    yield part;
    await ws.send(JSON.stringify({ received }));
  }
}

const { port } = await server.listen({
  port: Number(process.env["PORT"] ?? 8199),
  host: "localhost",
});
console.log(`http://localhost:${port}/`);
