import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import type { SocketListener } from "../../src/socket/events.ts";
import { duplexTransport } from "../../src/socket/stream-transport.ts";
import { until } from "../served.ts";

/**
 * A stream that was given more than its mark told of the end of a write twice, by "drain" and by the callback. The
 * second was taken for the end of the next write, which had just begun.
 */
it("a stream tells of the end of each write once", async () => {
  const stream = new Duplex({
    highWaterMark: 10,
    read() {},
    write: (_chunk, _encoding, done) => void setImmediate(done),
  });
  let ends = 0;
  const listener: SocketListener = {
    onData() {},
    onDrain: () => void ends++,
    onEnd() {},
    onError() {},
    onSocketClose() {},
  };
  const transport = duplexTransport();
  transport.bind(stream, listener);
  transport.write(stream, Buffer.alloc(100), listener);
  await until(() => ends > 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toBe(1);
});
