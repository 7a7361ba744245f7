import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeFrame, OP } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// A connection that is closing sends no pings, but was given up for not answering one.
test("the heartbeat leaves a closing connection to closeTimeout", async () => {
  const options = { heartbeatInterval: 50, heartbeatTimeout: 50, closeTimeout: 20_000 };
  const { ws, peer } = await openPair(options, { message() {} });
  const closed = ws.close();
  expect((await peer.readFrame()).opcode).toBe(OP.close);
  await sleep(400);
  peer.write(closeFrame(1000));
  peer.socket.end();
  expect(await closed).toMatchObject({ code: 1000, clean: true, error: undefined });
});
