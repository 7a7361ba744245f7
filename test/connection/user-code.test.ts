import { expect, it } from "vitest";
import { catchRejection, isThenable } from "../../src/connection/user-code.ts";

const failing = {
  // biome-ignore lint/suspicious/noThenProperty: one that is awaited like a promise
  then(_: unknown, reject: (error: Error) => void) {
    reject(new Error("no promise, but rejected"));
  },
};

it("a thenable is whatever can be awaited", () => {
  const values = [Promise.resolve(), failing, {}, null, undefined, "then", () => {}];
  expect(values.map(isThenable)).toEqual([true, true, ...Array(5).fill(false)]);
});

it("a rejection is caught of promises and of whatever is awaited like one", async () => {
  for (const value of [Promise.reject(new Error("a promise, rejected")), failing]) {
    const caught = new Promise((resolve) => catchRejection(value, resolve));
    expect(await caught).toMatchObject({ message: expect.stringContaining("rejected") });
  }
  for (const value of [undefined, null, 1, {}]) catchRejection(value, () => expect.unreachable());
});
