/** The clients of a measured server, as a process: it speaks as long as it has input, and says what it has counted. */

import { createInterface } from "node:readline";
import { type Connection, connect } from "../../src/index.ts";
import { dialogueOf } from "./dialogues.ts";

const { id, port, connections, depth } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly id: string;
  readonly port: number;
  readonly connections: number;
  readonly depth: number;
};
const { path, protocols, first, react } = dialogueOf(id);
let counted = 0;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function end(problem: string): void {
  process.stderr.write(`Error: ${problem}\n`);
  process.exit(1);
}

function open(): Promise<Connection> {
  return connect(`ws://127.0.0.1:${port}${path}`, {
    protocols,
    handler: {
      message: (ws, data) => {
        const { send, counts } = react(String(data), depth);
        if (counts) counted++;
        for (const message of send ?? []) ws.send(message);
      },
      close: (_, code) => end(`the server has closed with ${code}`),
    },
  });
}

// All of them before anything is asked: a server at work takes its time to accept.
for (const ws of await Promise.all(Array.from({ length: connections }, open))) {
  for (const message of first) ws.send(message);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", () => say({ counted }));
lines.on("close", () => process.exit(0));
say({ ready: connections });
