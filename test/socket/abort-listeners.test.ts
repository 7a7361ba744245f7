import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { addAbortListener, removeAbortListener } from "../../src/socket/abort-listeners.ts";

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

describe("addAbortListener", () => {
  it("calls everybody once, in their order, and is gone then", () => {
    const controller = new AbortController();
    const calls: number[] = [];
    for (const number of [1, 2, 3]) addAbortListener(controller.signal, () => calls.push(number));
    expect(listenersOf(controller.signal)).toBe(1);
    controller.abort();
    controller.signal.dispatchEvent(new Event("abort"));
    expect(calls).toEqual([1, 2, 3]);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it("calls nobody who has gone, and leaves nothing when all have", () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const stays = () => calls.push("stays");
    const goes = () => calls.push("goes");
    addAbortListener(controller.signal, goes);
    addAbortListener(controller.signal, stays);
    removeAbortListener(controller.signal, goes);
    removeAbortListener(controller.signal, goes);
    controller.abort();
    expect(calls).toEqual(["stays"]);
    const { signal } = new AbortController();
    addAbortListener(signal, goes);
    removeAbortListener(signal, goes);
    expect(listenersOf(signal)).toBe(0);
    addAbortListener(signal, goes);
    expect(listenersOf(signal)).toBe(1);
  });

  it("lets a listener take another one off, or itself, while they are called", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls: string[] = [];
    const first = () => {
      calls.push("first");
      removeAbortListener(signal, first);
    };
    addAbortListener(signal, first);
    addAbortListener(signal, () => calls.push("second"));
    controller.abort();
    expect(calls).toEqual(["first", "second"]);
  });
});
