import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
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
import { serve, until } from "../served.ts";

const ACKNOWLEDGED = http2Frame(FRAME.settings, 0, "", FLAG.ack);
const CANCEL = 8;

/** What came on streams, in order: types of frames. */
function frameTypes(socket: Socket, skip: number, onFrame: (frame: Http2Frame) => void = () => {}) {
  const types: number[] = [];
  const codes: number[] = [];
  const reader = new Http2FrameReader((frame) => {
    if (frame.stream !== 0) types.push(frame.type);
    if (frame.type === FRAME.reset) codes.push(frame.payload.readUInt32BE());
    onFrame(frame);
  });
  let left = skip;
  socket
    .on("error", () => {})
    .on("data", (chunk: Buffer) => {
      const from = Math.min(left, chunk.length);
      left -= from;
      reader.push(chunk.subarray(from));
    });
  return { types, codes };
}

/** A server that answers extended CONNECTs, or leaves them be. */
async function startServer(answers: boolean) {
  const seen: ReturnType<typeof frameTypes>[] = [];
  const server = createServer((socket) => {
    socket.write(Buffer.concat([settingsFrame([ENABLE_CONNECT, 1]), ACKNOWLEDGED]));
    seen.push(
      frameTypes(socket, PREFACE.length, ({ type, stream }) => {
        if (type === FRAME.headers && answers) {
          socket.write(http2Frame(FRAME.headers, stream, STATUS_200, FLAG.endHeaders));
        }
      }),
    );
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

it("a client that terminates sends RST_STREAM alone", async () => {
  const { url, seen } = await startServer(true);
  const ws = await connect(url, { http: 2 });
  ws.terminate();
  await until(() => seen[0]?.codes.length === 1);
  expect(seen[0]).toEqual({ types: [FRAME.headers, FRAME.reset], codes: [CANCEL] });
});

it("a client that gives up an opening sends RST_STREAM alone", async () => {
  const { url, seen } = await startServer(false);
  const giveUp = new AbortController();
  const opening = connect(url, { http: 2, signal: giveUp.signal });
  await until(() => seen[0]?.types.length === 1);
  giveUp.abort();
  await expect(opening).rejects.toMatchObject({ name: "AbortError" });
  await until(() => seen[0]?.codes.length === 1);
  expect(seen[0]).toEqual({ types: [FRAME.headers, FRAME.reset], codes: [CANCEL] });
});

it("a server that terminates sends RST_STREAM alone", async () => {
  const opened: Connection[] = [];
  const target = { port: 0, host: "127.0.0.1", http2: true };
  const { address } = await serve({ open: (ws) => void opened.push(ws) }, {}, target);
  const socket = connectTcp({ port: address.port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  const seen = frameTypes(socket, 0);
  socket.write(Buffer.concat([PREFACE, settingsFrame(), ACKNOWLEDGED, connectFrame(1)]));
  await until(() => seen.types.includes(FRAME.headers));
  opened[0]?.terminate();
  await until(() => seen.codes.length === 1);
  expect(seen).toEqual({ types: [FRAME.headers, FRAME.reset], codes: [CANCEL] });
});
