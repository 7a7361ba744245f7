import { expect, it } from "vitest";
import { ConnectionClosedError } from "../../src/index.ts";
import { openPair, until } from "../served.ts";

// The connection counted as open until its socket was closed, so that what was sent after the
// peer's FIN had been answered was lost, and blamed as ERR_STREAM_WRITE_AFTER_END.
it("nothing is written behind the end of TCP", async () => {
  const { ws, peer } = await openPair({}, { message() {} });
  peer.socket.end();
  await until(() => ws.state !== "open");
  expect(ws.state).toBe("closing");
  expect(() => ws.send("lost")).toThrow(ConnectionClosedError);
  ws.close();
  expect((await ws.closed).error).toBeUndefined();
});
