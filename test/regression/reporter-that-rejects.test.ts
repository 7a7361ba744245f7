import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, it, onTestFinished } from "vitest";
import { serve, uncaughtErrors } from "../served.ts";

// Only what onError threw was caught. The rejection of an asynchronous one was unhandled, which ends
// the process: a peer that had a handler fail could bring the server down.
it("an onError that rejects harms nothing, and its error is published", async () => {
  const published: unknown[] = [];
  const note = (message: unknown) => void published.push((message as { error: unknown }).error);
  subscribe("barewire:error", note);
  onTestFinished(() => void unsubscribe("barewire:error", note));
  const uncaught = uncaughtErrors();
  const { open } = await serve(
    {
      open() {
        throw new Error("oops");
      },
    },
    { onError: () => Promise.reject(new Error("worse")) },
  );
  expect((await (await open()).readClose()).code).toBe(1011);
  expect(uncaught).toEqual([]);
  expect(published).toMatchObject([{ message: "oops" }, { message: "worse" }]);
});
