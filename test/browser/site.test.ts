import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { staticFiles } from "../../src/server/plain/static-files.ts";
import { installIn } from "../package/pack.ts";
import { launchChromium } from "./chromium.ts";

// The site of the documentation, as `npm run docs:site` builds it.

/** Installing, building, and getting a browser, in milliseconds. */
const BUILD_TIMEOUT = 900_000;
const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));
const SITE = join(DOCS, ".vitepress", "dist");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
let http: Server;
let url: string;

beforeAll(async () => {
  installIn(DOCS, "what builds the site");
  await promisify(execFile)("npm", ["run", "build", "--prefix", DOCS], {
    shell: process.platform === "win32",
    env: { ...process.env, SITE_BASE: "/" },
  });
  http = createServer(staticFiles(SITE)).listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  browser = await launchChromium();
}, BUILD_TIMEOUT);

afterAll(async () => {
  await browser?.close();
  http?.close();
});

interface View {
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

const VIEWS: readonly View[] = [
  { width: 1300, colorScheme: "light" },
  { width: 1300, colorScheme: "dark" },
  { width: 360, colorScheme: "light" },
  { width: 360, colorScheme: "dark" },
];

async function open(path: string, view: View = VIEWS[0]!): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: 800 },
    colorScheme: view.colorScheme,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${url}${path}`, { waitUntil: "networkidle" });
  expect(complaints).toEqual([]);
  return page;
}

const PAGES = readdirSync(DOCS, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".md") && !/node_modules|\.vitepress|reference\/api/.test(path))
  .map((path) => `/${path.replace(/\.md$/, ".html")}`);

/** A page of the reference for each kind of entry. */
const REFERENCE = [
  "/reference/api/",
  "/reference/api/barewire/classes/Connection.html",
  "/reference/api/barewire/ws/classes/WebSocketServer.html",
  "/reference/api/barewire/broker/redis/",
];

it.each([360, 1300])("no page is wider than %i px", { timeout: 300_000 }, async (width) => {
  const page = await open("/", { width, colorScheme: "light" });
  const wide: string[] = [];
  for (const path of [...PAGES, ...REFERENCE]) {
    await page.goto(`${url}${path}`, { waitUntil: "domcontentloaded" });
    const widest = await page.evaluate("document.documentElement.scrollWidth");
    if (Number(widest) > width) wide.push(`${path}: ${widest}`);
  }
  expect(wide).toEqual([]);
});

/** A page of each kind. */
const READ = [
  "/",
  "/how-to/authenticate.html",
  "/reference/errors.html",
  "/closing.html",
  "/reference/api/",
  "/reference/api/barewire/presence/classes/Presence.html",
];

it.each(VIEWS)("can be read at $width px, $colorScheme", { timeout: 120_000 }, async (view) => {
  const page = await open("/", view);
  const found: unknown[] = [];
  for (const path of READ) {
    await page.goto(`${url}${path}`, { waitUntil: "load" });
    await page.evaluate(AXE);
    found.push(
      await page.evaluate(
        `axe.run(document.querySelector(".VPContent"), { runOnly: ["wcag2a", "wcag2aa"] })
          .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`,
      ),
    );
  }
  expect(found).toEqual(READ.map(() => []));
});

it.each(VIEWS)("draws its diagrams at $width px, $colorScheme", async (view) => {
  const page = await open("/closing.html", view);
  const drawing = page.locator(".diagram svg");
  await drawing.waitFor();
  // On a phone it scrolls. Elsewhere none of it is hidden.
  const hidden = await page.evaluate(
    `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector(".diagram"))`,
  );
  if (view.width > 360) expect(hidden).toBe(0);
  // Each phase is a box with its name.
  for (const phase of ["open", "leaving", "answering", "failing", "sent", "ending", "gone"]) {
    expect(await drawing.getByText(phase, { exact: true }).count(), phase).toBe(1);
  }
});

it("is searched without a server", { timeout: 60_000 }, async () => {
  const page = await open("/");
  await page.keyboard.press("Control+k");
  await page.locator(".VPLocalSearchBox input").fill("whenSendBufferFull");
  await page.locator(".VPLocalSearchBox .result").first().click();
  await expect.poll(() => page.textContent(".VPContent")).toContain("whenSendBufferFull");
});

it("leads to files beside docs/ in the repository", async () => {
  const page = await open("/tutorial.html");
  const link = page.getByRole("link", { name: /chat with rooms/ });
  expect(await link.getAttribute("href")).toMatch(/^https:.*\/blob\/main\/examples\/README\.md$/);
});
