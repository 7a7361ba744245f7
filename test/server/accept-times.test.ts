import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AcceptTimes } from "../../src/server/accept-times.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function socketOf(remotePort: number) {
  let onClose: (() => void) | undefined;
  const once = (_: string, listener: () => void) => {
    onClose = listener;
  };
  const socket = { remoteAddress: "127.0.0.1", remotePort, once } as unknown as Socket;
  return { socket, close: () => onClose?.() };
}

it("knows since when each peer has been there, as long as it is", () => {
  const times = new AcceptTimes();
  const tcp = socketOf(1);
  times.note(tcp.socket);
  vi.advanceTimersByTime(300);
  times.note(socketOf(2).socket);
  vi.advanceTimersByTime(50);
  // The TLS socket is another object.
  expect(times.age(socketOf(1).socket)).toBe(350);
  expect(times.age(socketOf(2).socket)).toBe(50);
  expect(times.age(socketOf(3).socket)).toBe(0);
  tcp.close();
  expect(times.age(socketOf(1).socket)).toBe(0);
});
