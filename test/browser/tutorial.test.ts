import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";
import { blocksOf } from "../package/snippets.ts";
import { launchChromium } from "./chromium.ts";

// The tutorial as it is written: its files are put where it says, and used as it says.

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;
const TUTORIAL = "docs/tutorial.md";
const INDEX = new URL("../../src/index.ts", import.meta.url).href;
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const [firstServer = "", secondServer = ""] = blocksOf(TUTORIAL, "ts");
const [firstPage = "", secondPage = ""] = blocksOf(TUTORIAL, "html");

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, LAUNCH_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

interface Chat {
  readonly url: string;
  readonly folder: string;
  readonly child: ChildProcess;
}

/** Starts a server of the tutorial with a page of it, on a free port unless one is given. */
async function start(server: string, page: string, port = 0): Promise<Chat> {
  const folder = await mkdtemp(join(tmpdir(), "barewire-tutorial-"));
  await mkdir(join(folder, "public"));
  await writeFile(join(folder, "public", "index.html"), page);
  const program = server
    .replace('from "barewire"', `from ${JSON.stringify(INDEX)}`)
    .replace("listen(8199)", `listen(${port})`);
  await writeFile(join(folder, "server.mts"), program);
  const child = spawn(process.execPath, ["--import", TSX, "server.mts"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { url: String(url), folder, child };
}

/** A page in a window of its own, which has cookies of its own. */
async function open(url: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext();
  onTestFinished(() => context.close());
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

const linesOf = (page: Page) => () => page.locator("#lines li").allTextContents();

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Say" }).click();
}

it("has two servers and two pages", () => {
  expect(
    [blocksOf(TUTORIAL, "ts"), blocksOf(TUTORIAL, "html")].map(({ length }) => length),
  ).toEqual([2, 2]);
});

it("first everybody hears everything, and pages of others nothing", async () => {
  const { url } = await start(firstServer, firstPage);
  const [one, other] = [await open(url), await open(url)];
  await expect
    .poll(async () => {
      await say(one, "hello?");
      return (await linesOf(other)()).length;
    })
    .toBeGreaterThan(0);
  expect((await linesOf(other)())[0]).toBe("hello?");
  const evil = connect(`${url.replace("http", "ws")}chat`, { origin: "https://evil.example" });
  await expect(evil).rejects.toMatchObject({ status: 403 });
});

it("then they log in, and come back to a server that was away", async () => {
  const { url, child } = await start(secondServer, secondPage);
  const [ann, bob] = [await open(url), await open(url)];
  const logIn = async (page: Page, name: string, password: string) => {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  await logIn(ann, "ann", "banana");
  await expect.poll(() => ann.textContent("body")).toContain("That is not the password.");
  await ann.goto(url);
  await logIn(ann, "ann", "apple");
  await expect.poll(linesOf(ann)).toEqual(["ann is here."]);
  expect(await ann.getByLabel("Password").isVisible()).toBe(false);
  await logIn(bob, "bob", "banana");
  await expect.poll(linesOf(ann)).toEqual(["ann is here.", "bob is here."]);
  await say(bob, "<b>hello</b>");
  await expect.poll(linesOf(ann)).toContain("bob: <b>hello</b>");
  await bob.close();
  await expect.poll(linesOf(ann)).toContain("bob has gone.");

  const nobody = connect(`${url.replace("http", "ws")}chat`);
  await expect(nobody).rejects.toMatchObject({ status: 401 });
  child.kill("SIGKILL");
  await expect.poll(() => ann.textContent("#state")).toBe("Not connected. Trying again …");
});
