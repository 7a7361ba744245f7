import { expect, test } from "vitest";
import { closeFrame, OP, rawFrame } from "../raw-peer.ts";
import { openPair, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

// RFC 6455 §5.5.1: no frame may follow a Close. The Pong for a Ping that came while the peer did not
// read was sent when all had gone, whatever had been sent meanwhile.
test("a Pong that is owed is not sent behind a Close", async () => {
  const { ws, peer } = await openPair({}, { message() {} });
  peer.socket.pause();
  ws.send("x".repeat(8e6));
  const { bytesRead } = streamOf(ws);
  peer.write(rawFrame(OP.ping, "late"));
  await until(() => streamOf(ws).bytesRead > bytesRead);
  const closed = ws.close(4001, "bye");
  peer.socket.resume();
  expect((await peer.readFrame()).opcode).toBe(OP.text);
  expect((await peer.readFrame()).opcode).toBe(OP.close);
  await until(() => ws.bufferedAmount === 0);
  peer.write(closeFrame(4001));
  expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
  peer.socket.end();
  expect(await closed).toMatchObject({ code: 4001, clean: true });
});
