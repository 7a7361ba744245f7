import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { accepting, answering, Opened } from "../client/raw-server.ts";

// Each call had a listener of its own at the signal: with the eleventh Node warned of a memory leak.
let opened: Opened;
const warnings: Error[] = [];
const note = (warning: Error) => void warnings.push(warning);
beforeEach(() => {
  opened = new Opened();
  warnings.length = 0;
  process.on("warning", note);
});
afterEach(async () => {
  process.off("warning", note);
  await opened.close();
});

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

/** Warnings are emitted on the next tick. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

it("is no leak when many connect with one signal", async () => {
  const port = await opened.tcp(answering(accepting));
  const { signal } = new AbortController();
  const attempts = Array.from({ length: 30 }, () => connect(`ws://127.0.0.1:${port}/`, { signal }));
  expect(listenersOf(signal)).toBe(1);
  for (const ws of await Promise.all(attempts)) ws.terminate();
  await turn();
  expect(listenersOf(signal)).toBe(0);
  expect(warnings).toEqual([]);
});

it("ends all attempts that share it", async () => {
  const port = await opened.tcp((socket) => socket.resume());
  const controller = new AbortController();
  const { signal } = controller;
  const attempts = Array.from({ length: 30 }, () => connect(`ws://127.0.0.1:${port}/`, { signal }));
  controller.abort(new Error("enough"));
  for (const outcome of await Promise.allSettled(attempts)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { message: "enough" } });
  }
  expect(listenersOf(signal)).toBe(0);
  await opened.drained();
});

it("is no leak when many receive with one signal", async () => {
  const port = await opened.tcp(answering(accepting));
  const controller = new AbortController();
  const { signal } = controller;
  const connections = await Promise.all(
    Array.from({ length: 30 }, () => connect(`ws://127.0.0.1:${port}/`)),
  );
  const received = connections.map((ws) => ws.receive({ signal }));
  await turn();
  expect(listenersOf(signal)).toBe(1);
  connections[0]!.terminate();
  await expect(received[0]).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  controller.abort(new Error("enough"));
  for (const promise of received.slice(1)) await expect(promise).rejects.toThrow("enough");
  expect(listenersOf(signal)).toBe(0);
  expect(warnings).toEqual([]);
  for (const ws of connections) ws.terminate();
});
