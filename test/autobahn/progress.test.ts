import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StalledError, watch } from "../../autobahn/progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(isTTY: boolean) {
  const output = new PassThrough();
  const terminal = Object.assign(new PassThrough(), { isTTY });
  const progress = watch(output, { label: "server", total: 3, terminal });
  return { output, progress, shown: () => String(terminal.read() ?? "") };
}

test("a line for each new section, in whichever pieces the output comes", () => {
  const { output, progress, shown } = start(false);
  output.emit("data", "Loading\nRunning test case ID 1.1");
  expect(progress.current()).toBe("");
  output.emit("data", ".1 for agent x\nRunning test case ID 1.1.2 for agent x\n");
  output.emit("data", "Running test case ID 2.1 for agent x\n");
  expect(progress.current()).toBe("2.1");
  expect(shown()).toBe("server: case 1.1.1, 1 of 3, 0 s\nserver: case 2.1, 3 of 3, 0 s\n");
  progress.stop();
});

test("one line rewritten on a terminal", () => {
  const { output, progress, shown } = start(true);
  output.emit("data", "Running test case ID 1.1.1 x\nRunning test case ID 1.1.2 x\n");
  progress.stop();
  const clear = "\r\u001b[K";
  expect(shown()).toBe(
    `${clear}server: case 1.1.1, 1 of 3, 0 s${clear}server: case 1.1.2, 2 of 3, 0 s${clear}`,
  );
});

test("silence of ten minutes is an error that names the case", async () => {
  const { output, progress } = start(false);
  vi.advanceTimersByTime(599_000);
  output.emit("data", "Running test case ID 9.1.6 x\n");
  vi.advanceTimersByTime(599_000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  await expect(progress.stalled).rejects.toThrow(StalledError);
  await expect(progress.stalled).rejects.toThrow("case 9.1.6 did not end within 10 minutes");
});

test("no timer is left after the end", () => {
  const { progress } = start(false);
  progress.stop();
  expect(vi.getTimerCount()).toBe(0);
});
