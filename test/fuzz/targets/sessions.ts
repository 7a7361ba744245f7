import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { once } from "node:events";
import {
  connect as connectTcp,
  createServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { type CloseInfo, type Connection, connect, Server } from "../../../src/index.ts";
import { accepting } from "../../client/raw-server.ts";
import type { Received } from "../../protocol/receiver.ts";
import { upgradeHead } from "../../raw-peer.ts";
import { frameStream } from "../frame-streams.ts";
import { Random } from "../random.ts";
import { referenceReceive } from "../reference-receiver.ts";
import type { FuzzTarget } from "../target.ts";

/** What the connection of one input has told. */
interface Told {
  readonly messages: Received[];
  readonly closed: Promise<CloseInfo>;
}

/** RFC 6455 §7.4.1: those that are not 1002. */
const CLOSE_CODES = new Map([
  ["INVALID_UTF8", 1007],
  ["TOO_MANY_FRAGMENTS", 1008],
  ["MESSAGE_TOO_BIG", 1009],
]);
const RULES = { maxMessageSize: 2000, maxFragments: 100 };
const told = new Map<string, (told: Told) => void>();
let server: Server;
let raw: NetServer;
let port = 0;
let rawPort = 0;
/** What the raw server does with the next socket that asks for a path. */
const served = new Map<string, (socket: Socket, head: string) => void>();

/** Whole connections by the public API: on a server in three forms, and on a client. */
export const sessions: FuzzTarget = {
  name: "sessions",
  title: "whole connections of the public API, on both sides, against a slow reference",
  inputs: 400,
  outcomes: ["none", "closed", "RESERVED_BITS", "INVALID_UTF8"],
  sideBySide: 32,
  begin,
  async end() {
    await server.shutdown({ timeout: 1000 });
    await new Promise((resolve) => raw.close(resolve));
  },
  async run(seed) {
    const random = new Random(seed);
    const role = random.pick(["server", "server", "client"] as const);
    const input = frameStream(random, role);
    const path = `/${role === "client" ? "client" : random.pick(["object", "iterate", "parts"])}/${seed}`;
    const telling = new Promise<Told>((resolve) => told.set(path, resolve));
    const answer =
      role === "server"
        ? await talk(connectTcp({ port, host: "127.0.0.1" }), upgradeHead(path), input, random)
        : await beTalkedTo(path, input, random);
    const { messages, closed } = await telling;
    told.delete(path);
    return check(input, role === "server", messages, await closed, answer);
  },
};

async function begin(): Promise<void> {
  server = new Server({ ...RULES, closeTimeout: 2000, onError: (error) => fail(error) });
  server.handle("/object/:seed", {
    open: (ws) => begun(ws, ws.request!.path),
    message: (ws, data) => note(ws, data),
  });
  server.handle("/iterate/:seed", async (request) => {
    const ws = request.upgrade();
    begun(ws, request.path);
    try {
      for await (const message of ws) note(ws, message);
    } catch {
      // `closed` has the reason.
    }
  });
  server.handle("/parts/:seed", async (request) => {
    const ws = request.upgrade();
    begun(ws, request.path);
    try {
      for await (const message of ws.messages) {
        const parts: (string | Buffer)[] = [];
        for await (const part of message) parts.push(part);
        note(ws, joined(message.type, parts));
      }
    } catch {
      // As above.
    }
  });
  port = (await server.listen({ port: 0, host: "127.0.0.1" })).port;
  raw = createServer({ allowHalfOpen: true }, (socket) => {
    let head = "";
    socket.on("error", () => {});
    socket.on("data", function onData(chunk: Buffer) {
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", onData);
      served.get(/^GET (\S+) /.exec(head)?.[1] ?? "")?.(socket, head);
    });
  });
  raw.listen(0, "127.0.0.1");
  await once(raw, "listening");
  rawPort = (raw.address() as { port: number }).port;
}

function fail(error: unknown): never {
  throw error;
}

const lists = new WeakMap<Connection, Received[]>();

function begun(ws: Connection, path: string): void {
  const messages: Received[] = [];
  lists.set(ws, messages);
  told.get(path)?.({ messages, closed: ws.closed });
}

function note(ws: Connection, data: string | Buffer): void {
  const message: Received =
    typeof data === "string" ? ["text", data] : ["binary", data.toString("hex")];
  lists.get(ws)!.push(message);
}

function joined(type: "text" | "binary", parts: readonly (string | Buffer)[]): string | Buffer {
  return type === "text" ? parts.join("") : Buffer.concat(parts as Buffer[]);
}

/** Sends a head and then the input, in any chunks; returns all that came back behind the answer's head. */
async function talk(socket: Socket, head: string, input: Buffer, random: Random): Promise<Buffer> {
  const received = collect(socket);
  await once(socket, "connect");
  socket.setNoDelay(true);
  const early = random.once(3) ? random.below(input.length + 1) : 0;
  socket.write(Buffer.concat([Buffer.from(head), input.subarray(0, early)]));
  await sendInChunks(socket, input.subarray(early), random);
  const all = await received;
  return all.subarray(all.indexOf("\r\n\r\n") + 4);
}

/** The same where the other side is a client. */
async function beTalkedTo(path: string, input: Buffer, random: Random): Promise<Buffer> {
  const answer = new Promise<Buffer>((resolve, reject) => {
    served.set(path, (socket, head) => {
      served.delete(path);
      const received = collect(socket);
      socket.write(accepting(head));
      sendInChunks(socket, input, random).then(() => resolve(received), reject);
    });
  });
  const ws = await connect(`ws://127.0.0.1:${rawPort}${path}`, { ...RULES, closeTimeout: 2000 });
  begun(ws, path);
  try {
    for await (const message of ws) note(ws, message);
  } catch {
    // As above.
  }
  return await answer;
}

async function sendInChunks(socket: Socket, input: Buffer, random: Random): Promise<void> {
  for (let at = 0; at < input.length; ) {
    const size = random.once(2) ? input.length : 1 + random.below(90);
    socket.write(input.subarray(at, at + size));
    at += size;
    if (random.once(4)) await new Promise((resolve) => setImmediate(resolve));
  }
  // Behind it all the peer has nothing more to say.
  socket.end();
}

/** All that comes until the other side ends TCP. */
function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** Holds what the connection has told and sent against what it must have. */
function check(
  input: Buffer,
  masked: boolean,
  messages: readonly Received[],
  info: CloseInfo,
  answer: Buffer,
): string {
  const { received, failure } = referenceReceive(input, { ...RULES, masked, reservedBits: 0 });
  const close = received.findIndex(([kind]) => kind === "close");
  // What comes behind a Close is not looked at (§5.5.1).
  const before = close < 0 ? received : received.slice(0, close);
  const expected = before.filter(([kind]) => kind === "text" || kind === "binary");
  deepStrictEqual(messages, expected);
  const sent = framesOf(answer, !masked);
  const closes = sent.filter(({ opcode }) => opcode === 8);
  ok(closes.length <= 1, "more than one Close");
  ok(closes.length === 0 || sent.at(-1)!.opcode === 8, "something behind the Close");
  // Each Ping is answered, in its order, but for those that are overtaken (§5.5.3).
  const pings = before.filter(([kind]) => kind === "ping").map(([, payload]) => payload);
  const pongs = sent.filter(({ opcode }) => opcode === 10).map(({ payload }) => payload);
  ok(isSubsequence(pongs, pings), "a Pong to no Ping");
  if (close >= 0) {
    const [, code] = received[close]!;
    strictEqual(info.code, code);
    return "closed";
  }
  strictEqual(info.code, 1006);
  if (failure === undefined) return "none";
  strictEqual((info.error as { code?: string } | undefined)?.code, failure);
  strictEqual(closes.length, 1);
  strictEqual(
    Number.parseInt(closes[0]!.payload.slice(0, 4), 16),
    CLOSE_CODES.get(failure) ?? 1002,
  );
  return failure;
}

interface SentFrame {
  readonly opcode: number;
  readonly payload: string;
}

/** The frames in what the connection has sent: each must be whole, plain, and masked as its side has to. */
function framesOf(bytes: Buffer, masked: boolean): SentFrame[] {
  const frames: SentFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    ok(first >= 0x80 && (first & 0x70) === 0, "a frame that is in parts, or has reserved bits");
    strictEqual(second >= 0x80, masked);
    const length = second & 0x7f;
    ok(length < 126, "a long frame, where none was asked for");
    const start = at + 2 + (masked ? 4 : 0);
    const payload = Buffer.from(bytes.subarray(start, start + length));
    strictEqual(payload.length, length);
    if (masked) for (let i = 0; i < length; i++) payload[i]! ^= bytes[at + 2 + (i % 4)]!;
    frames.push({ opcode: first & 15, payload: payload.toString("hex") });
    at = start + length;
  }
  return frames;
}

function isSubsequence<T>(some: readonly T[], all: readonly T[]): boolean {
  let at = 0;
  for (const each of some) {
    at = all.indexOf(each, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
