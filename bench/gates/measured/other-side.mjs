/**
 * The other side of a gate, in a thread of its own: plain sockets that send frames made beforehand and
 * count the frames that come back. See main.mjs for the steps.
 */
import { createHash, randomBytes } from "node:crypto";
import { connect as connectTcp, createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { constants, deflateRawSync } from "node:zlib";

const { scenario, signal } = workerData;
const { connections, depth, message, client = false, compression, replies = 1 } = scenario;
const senders = scenario.senders ?? connections;

const HOST = "127.0.0.1";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = randomBytes(16).toString("base64");
const FIN = 0x80;
const RSV1 = 0x40;
const CONTINUATION = 0x0;
const OPCODES = { ascii: 0x1, multibyte: 0x1, json: 0x1, binary: 0x2 };
const CLOSE = 0x8;

/** One frame (RFC 6455 §5.2), masked unless this side is the server. */
function frame(first, payload) {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const mask = client ? Buffer.alloc(0) : randomBytes(4);
  const head = Buffer.alloc(2 + extended);
  const bit = client ? 0 : 0x80;
  head[0] = first;
  head[1] = bit | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  const body = Buffer.from(payload);
  if (!client) for (let i = 0; i < length; i++) body[i] ^= mask[i & 3];
  return Buffer.concat([head, mask, body]);
}

function makePayload() {
  const { bytes, content } = message;
  if (content === "binary") return randomBytes(bytes);
  if (content === "json")
    return Buffer.from(JSON.stringify({ id: 4801, list: [1, 2, 3] }).padEnd(bytes));
  // Twelve bytes each.
  const unit = content === "ascii" ? "twelve bytes" : "é€ and ab";
  const times = Math.floor(bytes / 12);
  return Buffer.from(unit.repeat(times) + "x".repeat(bytes - 12 * times));
}

function makeMessage() {
  const opcode = OPCODES[message.content];
  const payload = makePayload();
  if (compression) {
    // RFC 7692 §7.2.1: a block of its own for each message, without the last four bytes.
    const deflated = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
    return frame(FIN | RSV1 | opcode, deflated.subarray(0, -4));
  }
  const { fragments = 1 } = message;
  const size = Math.ceil(payload.length / fragments);
  return Buffer.concat(
    Array.from({ length: fragments }, (_, i) => {
      const fin = i === fragments - 1 ? FIN : 0;
      const part = payload.subarray(i * size, (i + 1) * size);
      return frame(fin | (i === 0 ? opcode : CONTINUATION), part);
    }),
  );
}

const oneRound = Buffer.concat(Array.from({ length: depth }, makeMessage));
const closeFrame = frame(FIN | CLOSE, Buffer.from([0x03, 0xe8]));

/** Counts the frames in what comes. */
class FrameCounter {
  #head = Buffer.alloc(0);
  #missing = 0;

  /** How many frames end in a chunk. */
  push(chunk) {
    let count = 0;
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, rest.length);
        this.#missing -= taken;
        rest = rest.subarray(taken);
        if (this.#missing === 0) count += 1;
        continue;
      }
      const head = Buffer.concat([this.#head, rest.subarray(0, 14 - this.#head.length)]);
      const length = headLength(head);
      if (head.length < length) {
        this.#head = head;
        return count;
      }
      rest = rest.subarray(length - this.#head.length);
      this.#head = Buffer.alloc(0);
      this.#missing = payloadLength(head);
      if (this.#missing === 0) count += 1;
    }
    return count;
  }
}

function headLength(head) {
  if (head.length < 2) return 2;
  const short = head[1] & 0x7f;
  return 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + (head[1] > 0x7f ? 4 : 0);
}

function payloadLength(head) {
  const short = head[1] & 0x7f;
  if (short < 126) return short;
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
}

/** What has happened since the beginning, over all sockets. */
const happened = { opened: 0, written: 0, frames: 0, closed: 0 };
const expected = { opened: 0, written: 0, frames: 0, closed: 0 };
let sockets = [];
let port = 0;
let check = () => {};

/** Resolves when as much of something has happened as is expected. */
function until(what) {
  return new Promise((resolve) => {
    check = () => {
      if (happened[what] > expected[what]) fail(`more ${what} than there should be`);
      if (happened[what] === expected[what]) resolve();
    };
    check();
  });
}

function count(what, times = 1) {
  happened[what] += times;
  check();
}

function fail(reason) {
  wake(-1);
  throw new Error(reason);
}

/** Wakes the measured thread. */
function wake(value) {
  Atomics.store(signal, 0, value);
  Atomics.notify(signal, 0);
}

function open() {
  const options = { host: HOST, port };
  const socket = scenario.tls
    ? connectTls({ ...options, rejectUnauthorized: false }, () => ask(socket))
    : connectTcp({ ...options, noDelay: true }, () => ask(socket));
  follow(socket, (head) => {
    if (!head.startsWith("HTTP/1.1 101 ")) fail(`expected 101, got ${head}`);
    if (compression && !head.includes("permessage-deflate")) fail("the server does not compress");
  });
  return socket;
}

function ask(socket) {
  const extensions = compression ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "";
  write(
    socket,
    `GET / HTTP/1.1\r\nHost: ${HOST}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${extensions}\r\n`,
  );
}

function answer(socket, head) {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)[1];
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** Takes the head of the other side, then counts its frames. */
function follow(socket, onHead) {
  let head = "";
  const counter = new FrameCounter();
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => {
    count("closed");
    if (happened.closed > expected.closed) fail("a connection was closed that should not be");
  });
  socket.on("data", (chunk) => {
    if (head.endsWith("\r\n\r\n")) {
      count("frames", counter.push(chunk));
      return;
    }
    head += chunk.latin1Slice();
    if (!head.endsWith("\r\n\r\n")) return;
    onHead(head);
    count("opened");
  });
}

function write(socket, bytes) {
  socket.write(bytes, (error) => {
    if (!error) count("written");
  });
}

function openAll() {
  sockets = Array.from({ length: connections }, open);
  expected.opened += connections;
  expected.written += connections;
}

const steps = {
  /** Connections for all rounds. */
  async connect(command) {
    port = command.port;
    if (scenario.shortLived) return;
    openAll();
    await until("opened");
    parentPort.postMessage("ready");
  },
  async listen() {
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.push(socket);
      follow(socket, (head) => answer(socket, head));
    });
    server.listen(0, HOST, () => parentPort.postMessage(server.address().port));
  },
  /** Sends what a round consists of, or so many at once. */
  async send({ times = 1 }) {
    const bytes =
      times === 1 ? oneRound : Buffer.concat(Array.from({ length: times }, () => oneRound));
    for (const socket of sockets.slice(0, senders)) write(socket, bytes);
    expected.written += senders;
    expected.frames += times * senders * depth * replies;
    await until("written");
    wake(1);
  },
  /** Waits until all of it has been answered. */
  async check() {
    for (const what of ["opened", "frames", "closed"]) {
      if (scenario.client && what === "opened") continue;
      await until(what);
    }
    wake(1);
  },
  /** Connections for one round. */
  async open() {
    openAll();
    await until("written");
    wake(1);
  },
  async close() {
    for (const socket of sockets) write(socket, closeFrame);
    expected.written += connections;
    // The Close that comes back.
    expected.frames += connections;
    expected.closed += connections;
    await until("written");
    wake(1);
  },
};

parentPort.on("message", (command) => {
  steps[command.do](command).catch((error) => fail(error.message));
});
