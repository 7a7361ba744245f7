import { expect, it } from "vitest";
import type { OnWritten } from "../../src/connection/sending/on-written.ts";
import { turn } from "../../src/connection/turn.ts";
import { BufferedAmount } from "../../src/web/buffered-amount.ts";

/** An endpoint whose writes end when the test says so. */
function endpoint() {
  const waiters: OnWritten[] = [];
  const output = { taken: false };
  const sender = { busy: false, whenWritten: (waiter: OnWritten) => void waiters.push(waiter) };
  return { waiters, output, sender };
}

it("counts until the end of the write is told", () => {
  const [amount, target] = [new BufferedAmount(), endpoint()];
  amount.sent(3, target);
  amount.sent(4, target);
  turn.run();
  amount.sent(5, target);
  expect(amount.bytes).toBe(12);
  target.waiters.shift()!(undefined);
  expect(amount.bytes).toBe(5);
  turn.run();
  target.waiters.shift()!(new Error("gone"));
  expect(amount.bytes).toBe(5);
  amount.lost(1);
  expect(amount.bytes).toBe(6);
});

it("counts no more what the system is known to have, although the write has not been told to have ended", () => {
  const [amount, target] = [new BufferedAmount(), endpoint()];
  amount.sent(3, target);
  turn.run();
  amount.update();
  expect(amount.bytes).toBe(3);
  target.output.taken = true;
  amount.update();
  expect(amount.bytes).toBe(0);
  amount.sent(4, target);
  turn.run();
  target.output.taken = false;
  target.waiters.shift()!(undefined);
  expect(amount.bytes).toBe(4);
  target.waiters.shift()!(undefined);
  expect(amount.bytes).toBe(0);
});

it("counts what waits for the thread pool, and has not been given to the system", () => {
  const [amount, target] = [new BufferedAmount(), endpoint()];
  amount.sent(3, target);
  turn.run();
  Object.assign(target.output, { taken: true });
  Object.assign(target.sender, { busy: true });
  amount.update();
  expect(amount.bytes).toBe(3);
});
