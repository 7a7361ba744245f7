import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HISTORY_SIZE, History, historyFile } from "../../../src/cli/terminal/history.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "barewire-history-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("History", () => {
  it("is there in the next session, the newest first", () => {
    const file = join(folder, "state", "history");
    const history = new History(file);
    expect(history.entries).toEqual([]);
    for (const line of ["one", "two", "", " secret"]) history.add(line);
    expect(new History(file).entries).toEqual(["two", "one"]);
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
  });

  it.skipIf(process.platform === "win32")("is the user's alone", () => {
    const file = join(folder, "state", "history");
    new History(file).add("line");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  });

  it("is cut when it has grown to twice its size", () => {
    const file = join(folder, "history");
    const lines = Array.from({ length: 2 * HISTORY_SIZE + 1 }, (_, i) => `line ${i}`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    expect(new History(file).entries).toHaveLength(HISTORY_SIZE);
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toEqual(lines.slice(-HISTORY_SIZE));
  });

  it("does without a file that cannot be read or written", () => {
    const history = new History(join(folder));
    history.add("line");
    expect(history.entries).toEqual([]);
    expect(new History(undefined).entries).toEqual([]);
  });
});

describe("historyFile", () => {
  it("is what BAREWIRE_HISTORY says, or in the folder for state", () => {
    expect(historyFile({ BAREWIRE_HISTORY: "/a/b" })).toBe("/a/b");
    expect(historyFile({ BAREWIRE_HISTORY: "", XDG_STATE_HOME: "/s" })).toBeUndefined();
    expect(historyFile({ XDG_STATE_HOME: "/s" })).toBe(join("/s", "barewire", "history"));
    expect(historyFile({ LOCALAPPDATA: "/l" })).toBe(join("/l", "barewire", "history"));
    expect(historyFile({})).toMatch(/barewire[/\\]history$/);
  });
});
