import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../../src/index.ts";
import type { Setup } from "./barewire-setups.ts";

/** Setups of servers whose connections come to an end, and of those with something to tell. */
export const endings: Readonly<Record<string, () => Setup>> = { closing, truth, blob, upstream };

/** Closes when asked to, and tells how that ended. */
function closing(): Setup {
  let last: Connection | undefined;
  return {
    handler: {
      open(ws) {
        last = ws;
      },
      message(ws, data) {
        ws.send(data);
      },
    },
    options: { handshakeTimeout: 400, messageTimeout: 400, closeTimeout: 400 },
    commands: {
      close: () => void last!.close(1000),
      ended: async () => (await last!.closed).error?.message ?? "",
    },
  };
}

/** Sends more than a peer takes, destroys the connection, and tells what the promises say. */
function truth(): Setup {
  let last: Connection | undefined;
  return {
    handler: {
      open(ws) {
        last = ws;
      },
      message() {},
    },
    options: { highWaterMark: 1 },
    commands: {
      /** @returns how many of the promises of `send` were fulfilled */
      drop: async ({ count, size }: { count: number; size: number }) => {
        const sent = Array.from({ length: count }, () => last!.send(Buffer.alloc(size)));
        last!.terminate();
        const settled = await Promise.allSettled(sent);
        return settled.filter(({ status }) => status === "fulfilled").length;
      },
    },
  };
}

/** Sends a file that changes before it is read, and does not wait. */
function blob(): Setup {
  let last: Connection | undefined;
  return {
    handler: {
      open(ws) {
        last = ws;
      },
      message() {},
    },
    commands: {
      blob: async () => {
        const folder = mkdtempSync(join(tmpdir(), "barewire-attack-"));
        const file = join(folder, "file");
        writeFileSync(file, "the first content");
        const data = await openAsBlob(file);
        writeFileSync(file, "another content, of another length");
        void last!.send("before");
        void last!.send(data);
        void last!.send("after");
        const { error } = await last!.closed;
        rmSync(folder, { recursive: true });
        return error?.message ?? "";
      },
    },
  };
}

/** Asks another server first, and lets pass whatever its client throws. */
function upstream(): Setup {
  let port = 0;
  return {
    handler: async (request) => {
      const other = await connect(`ws://127.0.0.1:${port}/`);
      const ws = request.upgrade();
      for await (const message of ws) await other.send(message);
    },
    commands: {
      upstream: (to: number) => {
        port = to;
      },
    },
  };
}
