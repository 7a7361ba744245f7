import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { targets } from "../fuzz/targets/all.ts";
import { allScenarios } from "./scenarios/all.ts";

const ROOT = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/vulnerabilities.md", ROOT), "utf8");
const rows = text.split("\n").filter((line) => /^\| (?!fault|---)/.test(line));

/** Names in the last column, between backquotes. */
function holders(row: string): string[] {
  const last = row.split(" | ").at(-1) ?? "";
  return [...last.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

const names = new Set([...allScenarios.map(({ id }) => id), ...targets.map(({ name }) => name)]);

it("docs/vulnerabilities.md has something that holds each fault, and all of it is there", () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const all = holders(row);
    expect(all.length, row).toBeGreaterThan(0);
    const missing = all.filter((name) => !names.has(name) && !existsSync(new URL(name, ROOT)));
    expect(missing, row).toEqual([]);
  }
});

it("and no fault is there twice", () => {
  const found = rows.flatMap((row) => row.match(/CVE-\d{4}-\d+/g) ?? []);
  expect(new Set(found).size).toBe(found.length);
});

it("every scenario has a name of its own, and a title that fits a line", () => {
  expect(new Set(allScenarios.map(({ id }) => id)).size).toBe(allScenarios.length);
  for (const { id, title } of allScenarios) {
    expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(title.length, id).toBeLessThan(100);
  }
});
