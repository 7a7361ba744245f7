import { expect, it } from "vitest";
import { deferred, openPair } from "../served.ts";

// Its bytes are asked for at once and awaited in turn: a failure in between was an unhandled
// rejection, which ends the process. Later a message was lost without a word where nobody awaited `send`.
it("a Blob that fails while it waits for its turn fails the connection, and says so", async () => {
  const { ws, peer } = await openPair();
  const go = deferred();
  const first = ws.sendFragments(
    (async function* () {
      yield "a";
      await go.promise;
    })(),
  );
  const blob = new Blob(["x"]);
  blob.arrayBuffer = () => Promise.reject(new Error("the file has changed"));
  const failed = ws.send(blob);
  // Unhandled rejections are announced when the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  go.resolve();
  await first;
  await expect(failed).rejects.toThrow("the file has changed");
  expect(() => ws.send("next")).toThrow("cannot send");
  expect((await peer.readFrame()).payload.toString()).toBe("a");
  expect((await peer.readFrame()).fin).toBe(true);
  expect(await peer.readClose()).toEqual({ code: 1011, reason: "" });
  peer.destroy();
  const { error } = await ws.closed;
  expect(error).toMatchObject({ code: "MESSAGE_UNFINISHED" });
  expect(error?.cause).toMatchObject({ message: "the file has changed" });
});
