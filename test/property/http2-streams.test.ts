import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Connection, connect } from "../../src/index.ts";
import {
  connectFrame,
  ENABLE_CONNECT,
  FLAG,
  FRAME,
  type Http2Frame,
  Http2FrameReader,
  http2Frame,
  PREFACE,
  STATUS_200,
  settingsFrame,
} from "../http2-frames.ts";
import { OP, rawFrame } from "../raw-peer.ts";
import { serve, until } from "../served.ts";

/** How bytes are cut: sizes from the start again when all are used. */
interface Cuts {
  /** Bytes of a stream in a DATA frame. */
  readonly data: readonly number[];
  /** Bytes of padding of a DATA frame; undefined for none, which is not the same as 0. */
  readonly padding: readonly (number | undefined)[];
  /** Bytes of TCP that leave together. */
  readonly tcp: readonly number[];
}

const sizes = (max: number) =>
  fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 6 });

const cuts: fc.Arbitrary<Cuts> = fc.record({
  data: fc.oneof(fc.constant([1, 40]), sizes(20), sizes(600), sizes(16_000)),
  padding: fc.array(fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 4,
  }),
  tcp: fc.oneof(fc.constant([1, 30]), sizes(40), sizes(2000)),
});

const message = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom("", "é".repeat(63), "x".repeat(3000)),
);
type Message = string | Buffer;

/** The messages of each stream of a session. */
const streams = fc.array(fc.array(message, { maxLength: 5 }), { minLength: 1, maxLength: 6 });

function framesOf(messages: readonly Message[], masked: boolean): Buffer {
  const all = messages.map((each) =>
    rawFrame(typeof each === "string" ? OP.text : OP.binary, each, { masked }),
  );
  return Buffer.concat(all);
}

/** Most pieces of the lengths that are given: what is left behind them is cut as a frame can hold it. */
const MOST_PIECES = 400;
const MAX_FRAME = 16_000;

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const given = lengths[pieces.length % lengths.length]!;
    const length = pieces.length < MOST_PIECES ? given : MAX_FRAME;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** The bytes of each stream as DATA frames, a frame of each in turn, and an empty one now and then. */
function interleaved(bytes: ReadonlyMap<number, Buffer>, { data, padding }: Cuts): Buffer {
  const queues = [...bytes].map(([stream, all]) => {
    const frames = cut(all, data).map((piece, i) => {
      const behind = padding[i % padding.length];
      if (behind === undefined) return http2Frame(FRAME.data, stream, piece);
      const padded = Buffer.concat([Buffer.from([behind]), piece, Buffer.alloc(behind)]);
      return http2Frame(FRAME.data, stream, padded, FLAG.padded);
    });
    return [...frames.slice(0, 2), http2Frame(FRAME.data, stream), ...frames.slice(2)];
  });
  const turns = Math.max(...queues.map(({ length }) => length));
  const order = Array.from({ length: turns }, (_, i) => queues.flatMap((queue) => queue[i] ?? []));
  return Buffer.concat(order.flat());
}

async function writeCut(socket: Socket, bytes: Buffer, { tcp }: Cuts): Promise<void> {
  for (const piece of cut(bytes, tcp)) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ACKNOWLEDGED = http2Frame(FRAME.settings, 0, "", FLAG.ack);

describe("streams that are cut at any place", () => {
  it("have their messages echoed by our server, byte for byte", async () => {
    const target = { port: 0, host: "127.0.0.1", http2: true };
    const { address } = await serve({ message: (ws, data) => ws.send(data) }, {}, target);
    const property = fc.asyncProperty(streams, cuts, async (all, how) => {
      const socket = connectTcp({ port: address.port, host: "127.0.0.1", noDelay: true });
      const received = new Map<number, Buffer>(all.map((_, i) => [2 * i + 1, Buffer.alloc(0)]));
      let settled = false;
      let goaway: string | undefined;
      const reader = new Http2FrameReader(({ type, stream, payload }) => {
        if (type === FRAME.settings) settled = true;
        // Behind two numbers it may say why, in words.
        if (type === FRAME.goaway) goaway = payload.toString("latin1", 8);
        if (type !== FRAME.data) return;
        received.set(stream, Buffer.concat([received.get(stream)!, payload]));
      });
      socket.on("data", (chunk: Buffer) => reader.push(chunk));
      socket.on("error", () => {});
      const ids = [...received.keys()];
      const sent = new Map(ids.map((id, i) => [id, framesOf(all[i]!, true)]));
      const requests = ids.map((id) => connectFrame(id));
      await writeCut(socket, Buffer.concat([PREFACE, settingsFrame()]), how);
      await until(() => settled);
      const rest = [ACKNOWLEDGED, ...requests, interleaved(sent, how)];
      await writeCut(socket, Buffer.concat(rest), how);
      const wanted = all.map((messages) => framesOf(messages, false));
      const isComplete = () => ids.every((id, i) => received.get(id)!.length >= wanted[i]!.length);
      await until(() => isComplete() || goaway !== undefined || socket.destroyed);
      socket.destroy();
      expect(goaway).toBe(undefined);
      expect([...received.values()].map((each, i) => each.equals(wanted[i]!))).toEqual(
        all.map(() => true),
      );
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("are received by our clients, each with its own messages", async () => {
    let answer = (_socket: Socket, _frame: Http2Frame): void => {};
    const server = createServer({ noDelay: true }, (socket) => {
      onTestFinished(() => void socket.destroy());
      socket.write(Buffer.concat([settingsFrame([ENABLE_CONNECT, 1]), ACKNOWLEDGED]));
      let preface = Buffer.alloc(0);
      const onData = (chunk: Buffer): void => {
        preface = Buffer.concat([preface, chunk]);
        if (preface.length < PREFACE.length) return;
        socket.off("data", onData);
        const reader = new Http2FrameReader((frame) => answer(socket, frame));
        socket.on("data", (more: Buffer) => reader.push(more));
        reader.push(preface.subarray(PREFACE.length));
      };
      socket.on("error", () => {});
      socket.on("data", onData);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const property = fc.asyncProperty(streams, cuts, async (all, how) => {
      const sent = new Map<number, Buffer>();
      let peer: Socket | undefined;
      answer = (socket, { type, stream }) => {
        peer = socket;
        if (type !== FRAME.headers) return;
        sent.set(stream, framesOf(all[sent.size]!, false));
        socket.write(http2Frame(FRAME.headers, stream, STATUS_200, FLAG.endHeaders));
      };
      const clients: Connection[] = [];
      // One after the other: so it is known whose stream is whose.
      while (clients.length < all.length) {
        clients.push(await connect(`ws://127.0.0.1:${port}/`, { http: 2 }));
      }
      await writeCut(peer!, interleaved(sent, how), how);
      for (const [i, ws] of clients.entries()) {
        for (const wanted of all[i]!) expect(await ws.receive()).toEqual(wanted);
      }
      // The next ones come by the same session.
      for (const ws of clients) ws.terminate();
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
