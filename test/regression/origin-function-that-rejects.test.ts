import { expect, it } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import { serve, uncaughtErrors } from "../served.ts";

// A promise from the origin function is refused and reported, but nobody saw to it: where it rejected,
// that was an unhandled rejection, which ends the process.
it("an origin function that rejects harms nothing", async () => {
  const uncaught = uncaughtErrors();
  const origin = (() => Promise.reject(new Error("no database"))) as unknown as () => boolean;
  const { connect, errors } = await serve({}, { origin });
  const peer = await connect();
  peer.write(upgradeHead("/", { Origin: "http://a.test" }));
  expect((await peer.readResponse()).status).toBe(500);
  expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  expect(uncaught).toEqual([]);
});
