import { expect, test } from "vitest";
import { type Connection, connect } from "../../src/index.ts";
import { serve, until } from "../served.ts";

// `send` returns a promise for what the thread pool compresses, so a handler that fills until it does
// waits for `drain`, which was told only of what had waited in the output.
test("drain is told after long compressed messages", async () => {
  const text = "abcdefghij".repeat(10_000);
  let left = 20;
  const fill = (ws: Connection) => {
    while (left > 0 && left-- > 0 && ws.send(text) === undefined);
    if (left === 0) ws.close(1000);
  };
  const { address } = await serve({ open: fill, drain: fill }, { compression: true });
  let received = 0;
  const ws = await connect(address.url, {
    compression: true,
    handler: { message: () => void received++ },
  });
  expect((await ws.closed).code).toBe(1000);
  expect(received).toBe(20);
});

test("what is being compressed counts in bufferedAmount, until it is", async () => {
  const { address } = await serve({ message() {} }, { compression: true });
  const ws = await connect(address.url, { compression: true });
  const size = 4_000_000;
  const sent = ws.send("x".repeat(size));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ws.bufferedAmount).toBe(size);
  await sent;
  await until(() => ws.bufferedAmount === 0);
  await ws.close();
});
