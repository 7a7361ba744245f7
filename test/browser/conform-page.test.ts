/** The page of `barewire conform` in a browser: at the width of a phone, a tablet and a desk, and on paper. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { htmlPage } from "../../src/conformance/report/page/page.ts";
import { startReferenceServer } from "../conformance/reference/reference-server.ts";
import { launchChromium } from "./chromium.ts";

const CASES = ["1.1.1", "2.10", "6.4.1", "9.1.1", "20.9.1", "22.1.1", "22.9.1"];
const OPTIONS = ["--header X-A-Field-With-A-Long-Name: and_a_long_value_without_any_blank_in_it"];

let browser: Browser;
let folder: string;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "barewire-page-"));
  const server = await startReferenceServer({ pong: () => undefined, utf8: "late" });
  const results: CaseResult[] = [];
  for (const agent of ["one/1.0", "an other implementation"]) {
    for await (const result of conform(server.url, { cases: CASES, agent })) results.push(result);
    server.faults = {};
  }
  await server.close();
  await writePage("two", results);
  await writePage("one", results.slice(0, CASES.length));
  browser = await launchChromium();
});
afterEach(async () => {
  await page.close();
  expect(complaints.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

async function writePage(name: string, results: readonly CaseResult[]): Promise<void> {
  const run = {
    version: "1.2.3",
    began: "2026-11-30T12:00:00.000Z",
    role: "server" as const,
    testees: [{ agent: results[0]!.agent, url: "ws://127.0.0.1:9001/" }],
    options: OPTIONS,
    strict: false,
    partial: "",
  };
  await writeFile(join(folder, `${name}.html`), htmlPage(results, run));
}

async function open(name: "one" | "two", width: number, hash = ""): Promise<void> {
  page = await browser.newPage({ viewport: { width, height: 800 } });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${pathToFileURL(join(folder, `${name}.html`))}${hash}`);
}

const reason = () => page.locator("#detail .reason").textContent();
const shownCases = () => page.locator("#cases tr[data-id] td:first-child b").allTextContents();

describe.each([360, 800, 1300])("at %i pixels", (width) => {
  it.each(["one", "two"] as const)("everything is in sight, with %s", async (name) => {
    await open(name, width, name === "one" ? "#2.10" : "");
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBeLessThanOrEqual(0);
    for (const verdict of await page.locator("#cases .verdict").all()) {
      const box = (await verdict.boundingBox())!;
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.width).toBeGreaterThan(10);
    }
  });
});

it("the head says what was tested, how, when, and what came of it", async () => {
  await open("one", 1300);
  const head = await page.locator("header").textContent();
  for (const text of ["one/1.0, ws://127.0.0.1:9001/", "1.2.3", "2026-11-30T12", OPTIONS[0]!]) {
    expect(head).toContain(text);
  }
  expect(head).toMatch(/7 cases, \d failed/);
});

it("the reason stands first, and frames are rows", async () => {
  await open("one", 1300, "#2.10");
  expect(await reason()).toMatch(/^FAILED.*: Got Close 1000; expected: 10 Pongs come back/);
  const first = await page.locator("#detail > *").nth(1).getAttribute("class");
  expect(first).toContain("reason");
  const row = page.locator(".log tr", { hasText: "Ping" }).first();
  expect(await row.locator("td").allTextContents()).toEqual([
    expect.stringMatching(/^\d+\.\d$/),
    "",
    "judge →",
    expect.stringMatching(/^Ping, mask /),
    "9",
    "payload-0",
  ]);
  expect(await page.locator("#detail").textContent()).not.toContain('["');
});

it("every case has a link that shows it to whoever gets it", async () => {
  await open("two", 1300);
  const links = page.locator("#cases .verdict");
  expect(await links.count()).toBe(14);
  await page.locator('tr[data-id="22.1.1"] .verdict').last().click();
  const shown = await page.locator("#detail h2").textContent();
  expect(shown).toContain("22.1.1");
  const url = page.url();
  await page.close();
  await open("two", 360, new URL(url).hash);
  expect(await page.locator("#detail h2").textContent()).toBe(shown);
});

it("cases can be chosen by verdict, strength, section and words", async () => {
  await open("two", 1300);
  expect(await shownCases()).toEqual(CASES);
  await page.getByLabel("Rule").selectOption("robustness");
  expect(await shownCases()).toEqual(["20.9.1"]);
  await page.getByLabel("Rule").selectOption("");
  await page.getByLabel("Show").selectOption("failed");
  expect(await shownCases()).toEqual(["2.10", "22.9.1"]);
  await page.getByLabel("Section").selectOption("2");
  expect(await shownCases()).toEqual(["2.10"]);
  await page.getByLabel("Text").fill("no such words");
  expect(await page.locator("#cases td").textContent()).toBe("No case is like this.");
});

it("is printed whole, without what cannot be used on paper", async () => {
  await open("two", 1300);
  await page.emulateMedia({ media: "print" });
  expect(await page.locator("form").isVisible()).toBe(false);
  const heights = "[detail.scrollHeight - detail.clientHeight, getComputedStyle(detail).overflowY]";
  expect(await page.evaluate(heights)).toEqual([0, "visible"]);
  expect((await page.pdf()).length).toBeGreaterThan(1000);
});

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

it.each(["light", "dark"] as const)("axe finds nothing in %s", async (colorScheme) => {
  await open("two", 1300);
  await page.emulateMedia({ colorScheme });
  await page.evaluate(AXE);
  const found = await page.evaluate(
    "axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))",
  );
  expect(found).toEqual([]);
});
