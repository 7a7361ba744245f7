/**
 * A client that costs next to nothing: it sends frames that were compressed and masked before the
 * run, and only counts what comes back. On one connection of each run it inflates and compares.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Deflater } from "../../src/extensions/deflater.ts";
import { parseExtensions } from "../../src/extensions/header.ts";
import { Inflater } from "../../src/extensions/inflater.ts";
import {
  checkDeflateAnswer,
  type DeflateAgreement,
} from "../../src/extensions/permessage-deflate.ts";
import { FrameHeader, RSV1 } from "../../src/protocol/frame-header.ts";
import { firstByte, writeFrame } from "../../src/protocol/frame-writer.ts";
import { Opcode } from "../../src/protocol/opcode.ts";

/** As browsers do: any window, takeover on both sides. */
const OFFER = "permessage-deflate; client_max_window_bits";
const WISHES = { windowBits: 15, sendContextTakeover: true, receiveContextTakeover: true };
const RULES = {
  masked: false,
  reservedBits: RSV1,
  maxMessageSize: Number.POSITIVE_INFINITY,
  maxFragments: Number.POSITIVE_INFINITY,
};

/** The frames of one client: those of the first round of messages, and of every later round. */
interface Script {
  readonly first: readonly Buffer[];
  readonly later: readonly Buffer[];
}

/** What a run has counted. */
export interface LoadResult {
  readonly messages: number;
  readonly seconds: number;
  /** Bytes of frames that the server has sent, per byte of message. */
  readonly ratio: number;
}

/** Connections that are open and send the messages, so many at a time. */
export class Load {
  readonly #clients: Client[];
  readonly #messages: readonly Buffer[];

  private constructor(clients: Client[], messages: readonly Buffer[]) {
    this.#clients = clients;
    this.#messages = messages;
  }

  /** @param compressed whether to offer compression */
  static async open(
    port: number,
    count: number,
    messages: readonly Buffer[],
    compressed: boolean,
  ): Promise<Load> {
    const opened = [];
    for (let i = 0; i < count; i++) opened.push(await open(port, compressed));
    const agreement = opened[0]!.agreement;
    if (compressed !== (agreement !== undefined)) throw new Error("compression was not agreed on");
    const script = writeScript(messages, agreement);
    const clients = opened.map(({ socket }, i) => {
      const judge = i === 0 ? new Judge(messages, agreement) : undefined;
      return new Client(socket, script, judge);
    });
    return new Load(clients, messages);
  }

  /** Each client sends until the time is over. */
  async runFor(milliseconds: number, depth: number): Promise<LoadResult> {
    const end = performance.now() + milliseconds;
    return this.#run(depth, () => performance.now() < end);
  }

  /** Each client sends so many messages. */
  async runCount(count: number, depth: number): Promise<LoadResult> {
    return this.#run(depth, (sent) => sent < count);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #run(depth: number, more: (sent: number) => boolean): Promise<LoadResult> {
    const start = performance.now();
    const before = this.#clients.map(({ received, bytes }) => ({ received, bytes }));
    await Promise.all(this.#clients.map((client) => client.run(depth, more)));
    const seconds = (performance.now() - start) / 1000;
    let messages = 0;
    let bytes = 0;
    for (const [i, client] of this.#clients.entries()) {
      messages += client.received - before[i]!.received;
      bytes += client.bytes - before[i]!.bytes;
    }
    const size = this.#messages.reduce((sum, message) => sum + message.length, 0);
    const average = size / this.#messages.length;
    return { messages, seconds, ratio: bytes / (messages * average) };
  }
}

function writeScript(messages: readonly Buffer[], agreement: DeflateAgreement | undefined): Script {
  const deflater = agreement && new Deflater(agreement.send, { level: 6, memLevel: 8 });
  const round = () =>
    messages.map((message) => {
      const payload = deflater?.deflate(message) ?? message;
      deflater?.remember(message);
      const frame = Buffer.alloc(payload.length + 14);
      const first = firstByte(Opcode.text, true, deflater === undefined ? 0 : RSV1);
      const key = randomBytes(4).readInt32LE();
      return frame.subarray(
        0,
        writeFrame(frame, 0, first, payload, () => key),
      );
    });
  // The messages fill any window, so from the second round on the rounds are all alike.
  return { first: round(), later: round() };
}

/** Compares the first round of one connection with what was sent. */
class Judge {
  readonly #messages: readonly Buffer[];
  readonly #inflater: Inflater | undefined;
  #next = 0;

  constructor(messages: readonly Buffer[], agreement: DeflateAgreement | undefined) {
    this.#messages = messages;
    this.#inflater = agreement && new Inflater(agreement.receive);
  }

  judge(compressed: boolean, payload: Buffer): void {
    const expected = this.#messages[this.#next++];
    if (expected === undefined) return;
    const got = compressed ? this.#inflater?.inflate(payload, 1e9) : payload;
    if (!got?.equals(expected)) throw new Error("the echo is not what was sent");
  }
}

/** One connection, with a number of messages under way. */
class Client {
  received = 0;
  bytes = 0;
  readonly #socket: Socket;
  readonly #script: Script;
  readonly #judge: Judge | undefined;
  readonly #header = new FrameHeader();
  /** What has come of an incomplete frame, and how many bytes it still lacks. */
  #rest: Buffer[] = [];
  #missing = 0;
  #sent = 0;
  #more: (sent: number) => boolean = () => false;
  #done: (() => void) | undefined;

  constructor(socket: Socket, script: Script, judge: Judge | undefined) {
    this.#socket = socket;
    this.#script = script;
    this.#judge = judge;
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("close", () => {
      if (this.#done !== undefined) throw new Error("the server has closed a connection");
    });
  }

  /** Sends `depth` messages, and one more for each that comes back, as long as `more` says so. */
  run(depth: number, more: (sent: number) => boolean): Promise<void> {
    const offset = this.#sent;
    this.#more = (sent) => more(sent - offset);
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#send(depth);
    });
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #send(count: number): void {
    const { first, later } = this.#script;
    const frames: Buffer[] = [];
    for (let i = 0; i < count && this.#more(this.#sent); i++) {
      const sent = this.#sent++;
      frames.push(sent < first.length ? first[sent]! : later[sent % later.length]!);
    }
    if (frames.length > 0)
      this.#socket.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  #onData(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#rest.push(chunk);
    this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest);
    let at = 0;
    let count = 0;
    this.#missing = 1;
    while (at < bytes.length) {
      const size = this.#header.decode(bytes, at, bytes.length, RULES, 0, 0);
      const end = at + size + this.#header.length;
      if (size === 0) break;
      this.#missing = end - bytes.length;
      if (this.#missing > 0) break;
      this.#judge?.judge(this.#header.reserved !== 0, bytes.subarray(at + size, end));
      at = end;
      count++;
    }
    this.#rest = at === bytes.length ? [] : [bytes.subarray(at)];
    if (at === bytes.length) this.#missing = 0;
    this.received += count;
    if (count > 0) this.#send(count);
    if (this.received === this.#sent) this.#done?.();
  }
}

async function open(
  port: number,
  compressed: boolean,
): Promise<{ socket: Socket; agreement: DeflateAgreement | undefined }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n` +
      `${compressed ? `Sec-WebSocket-Extensions: ${OFFER}\r\n` : ""}\r\n`,
  );
  const head = await new Promise<string>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
  });
  const value = /^sec-websocket-extensions: (.*)\r$/im.exec(head)?.[1];
  const agreement = checkDeflateAnswer(parseExtensions(value ?? "") ?? [], WISHES);
  if (!head.startsWith("HTTP/1.1 101") || typeof agreement === "string") throw new Error(head);
  return { socket, agreement };
}
