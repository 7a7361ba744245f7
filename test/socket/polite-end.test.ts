import { expect, it, onTestFinished, vi } from "vitest";
import { endPolitely } from "../../src/socket/polite-end.ts";
import { acceptedPair, until } from "../served.ts";

it("waits two seconds for a peer that has the answer and does not go", async () => {
  const { accepted, peer } = await acceptedPair();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  endPolitely(accepted, Buffer.from("bye"));
  expect((await peer.readToEnd()).toString()).toBe("bye");
  vi.advanceTimersByTime(1999);
  expect(accepted.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  await until(() => accepted.destroyed);
});

it("reads what a peer still sends, also where nobody has read before", async () => {
  const { accepted, peer } = await acceptedPair();
  accepted.pause();
  endPolitely(accepted, Buffer.from("bye"));
  peer.write(Buffer.alloc(8 * 1024 * 1024));
  peer.socket.end();
  await until(() => accepted.destroyed);
  expect(accepted.bytesRead).toBe(8 * 1024 * 1024);
  expect((await peer.readToEnd()).toString()).toBe("bye");
});

it("leaves a socket alone that is gone", async () => {
  const { accepted } = await acceptedPair();
  accepted.destroy();
  endPolitely(accepted, Buffer.from("bye"));
  expect(accepted.listenerCount("data")).toBe(0);
});
