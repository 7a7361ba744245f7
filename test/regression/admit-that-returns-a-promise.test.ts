import { expect, it } from "vitest";
import { ArgumentError } from "../../src/index.ts";
import { serve, uncaughtErrors } from "../served.ts";

// An asynchronous admit refused everybody with 429 and told nobody why; one that rejected was an
// unhandled rejection besides, which ends the process. The origin function had both reported.

const wrong: [string, () => unknown, RegExp][] = [
  ["a promise", async () => true, /admit returned a promise, expected a boolean/],
  ["nothing", () => undefined, /admit returned undefined,/],
];

it.each(wrong)("an admit that returns %s refuses, and that is reported", async (_, admit, text) => {
  const { connect, errors } = await serve({}, { admit: admit as () => boolean });
  expect((await (await connect()).readResponse()).status).toBe(429);
  expect(errors).toEqual([expect.any(ArgumentError)]);
  expect(String(errors[0])).toMatch(text);
});

it("an admit that rejects harms nothing, and its error is reported", async () => {
  const uncaught = uncaughtErrors();
  const admit = (() => Promise.reject(new Error("no list"))) as unknown as () => boolean;
  const { connect, errors } = await serve({}, { admit });
  expect((await (await connect()).readResponse()).status).toBe(429);
  expect(uncaught).toEqual([]);
  expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }, { message: "no list" }]);
});
