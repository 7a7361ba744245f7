import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { installIn } from "../package/pack.ts";
import { launchChromium } from "./chromium.ts";

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLES = join(ROOT, "examples");

let browser: Browser;

beforeAll(async () => {
  installIn(EXAMPLES, "what the examples need");
  browser = await launchChromium();
}, LAUNCH_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

interface Example {
  /** What it prints: the address of its page. */
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts an example on the sources of this repository, on a free port unless one is given. */
async function start(name: string, env: Readonly<Record<string, string>> = {}): Promise<Example> {
  const child = spawn(process.execPath, ["--import", "tsx", join(EXAMPLES, name, "server.ts")], {
    cwd: ROOT,
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: join(EXAMPLES, "tsconfig.json"),
      PORT: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  if (typeof line !== "string") throw new Error(`${name} ended with exit code ${line}`);
  return { url: line, child };
}

/** Opens a page on which nothing may go wrong. */
async function open(url: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  onTestFinished(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(url);
  return page;
}

const textOf = (page: Page, selector: string) => () => page.locator(selector).textContent();

describe("the examples", () => {
  const names = readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map(({ name }) => name);

  it("are the five that there are tests for", () => {
    expect(names.sort()).toEqual(["chat", "editor", "feed", "terminal", "upload"]);
  });

  it("compile", { timeout: 60_000 }, () => {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "--project", EXAMPLES], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });

  it.each(names)("%s has less than 150 lines, its page included", (name) => {
    const files = readdirSync(join(EXAMPLES, name), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.\w+$/.test(file))
      .map((file) => readFileSync(join(EXAMPLES, name, file), "utf8"));
    expect(files.length).toBeGreaterThan(1);
    const lines = files.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
    expect(lines).toBeLessThan(150);
  });
});

/** Opens a room of the chat, logged in. */
async function enter(url: string, room: string, name: string): Promise<Page> {
  const page = await open(`${url}?room=${room}`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill("apple");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(url);
  await page.goto(`${url}?room=${room}`);
  return page;
}

describe("the chat", () => {
  it("shows what is said and who is there, to those who have logged in", async () => {
    const { url } = await start("chat");
    const ann = await enter(url, "blue", "ann");
    await expect.poll(textOf(ann, "#present")).toBe("In blue: ann");
    const bob = await enter(url, "blue", "bob");
    await expect.poll(textOf(ann, "#present")).toBe("In blue: ann, bob");
    await ann.fill("#text", "is anybody <b>there</b>?");
    await ann.keyboard.press("Enter");
    await expect.poll(textOf(bob, "#lines")).toBe("ann: is anybody <b>there</b>?");
    await bob.fill("#text", "yes");
    await bob.getByRole("button", { name: "Send" }).click();
    await expect.poll(textOf(ann, "#lines li:last-child")).toBe("bob: yes");
    const eve = await enter(url, "red", "eve");
    await expect.poll(textOf(eve, "#present")).toBe("In red: eve");
    expect(await textOf(eve, "#lines")()).toBe("");
    await bob.close();
    await expect.poll(textOf(ann, "#present")).toBe("In blue: ann");
    const refused = await fetch(`${url}login`, {
      method: "POST",
      body: new URLSearchParams({ name: "eve", password: "pear" }),
    });
    expect(refused.status).toBe(401);
  });

  it("goes on while its process is replaced", async () => {
    const { url, child } = await start("chat");
    const ann = await enter(url, "blue", "ann");
    const bob = await enter(url, "blue", "bob");
    await expect.poll(textOf(ann, "#present")).toBe("In blue: ann, bob");
    const back = [ann, bob].map((page) => page.waitForEvent("websocket"));
    child.kill("SIGHUP");
    await Promise.all(back);
    for (const page of [ann, bob]) {
      await expect.poll(textOf(page, "#present")).toBe("In blue: ann, bob");
    }
    await ann.fill("#text", "still here");
    await ann.keyboard.press("Enter");
    await expect.poll(textOf(bob, "#lines li:last-child")).toBe("ann: still here");
  });
});

describe("the feed", () => {
  it("sends the prices that were asked for, as long as they are", async () => {
    const { url } = await start("feed");
    const page = await open(url);
    await expect.poll(textOf(page, "#state")).toBe("Live");
    await page.getByLabel("ALFA").check();
    await expect.poll(textOf(page, "#ALFA")).toMatch(/^\d+\.\d\d$/);
    const first = await textOf(page, "#ALFA")();
    await expect.poll(textOf(page, "#ALFA")).not.toBe(first);
    expect(await textOf(page, "#BRVO")()).toBe("–");
    await page.getByLabel("ALFA").uncheck();
    expect(await textOf(page, "#ALFA")()).toBe("–");
    await page.getByLabel("BRVO").check();
    await expect.poll(textOf(page, "#BRVO")).toMatch(/^\d+\.\d\d$/);
    expect(await textOf(page, "#ALFA")()).toBe("–");
  });
});

describe("the editor", () => {
  it("has all that two people type, also while the server was away", async () => {
    const { url, child } = await start("editor");
    const [ann, bob] = [await open(`${url}#plan`), await open(`${url}#plan`)];
    const other = await open(`${url}#other`);
    const text = (page: Page) => () => page.inputValue("#text");
    for (const page of [ann, bob, other])
      await expect.poll(textOf(page, "#state")).toBe("Connected");
    await ann.locator("#text").pressSequentially("one three");
    await expect.poll(text(bob)).toBe("one three");
    // In the middle, while the other one types at the end.
    await bob.evaluate('document.getElementById("text").setSelectionRange(4, 4)');
    await Promise.all([
      bob.locator("#text").pressSequentially("two "),
      ann.locator("#text").pressSequentially(" four"),
    ]);
    for (const page of [ann, bob]) await expect.poll(text(page)).toBe("one two three four");
    expect(await text(other)()).toBe("");

    child.kill("SIGKILL");
    await expect.poll(textOf(ann, "#state")).toContain("Not connected");
    await ann.locator("#text").press("End");
    await ann.locator("#text").pressSequentially(" five");
    // The new one knows nothing but what the browsers tell it.
    await start("editor", { PORT: new URL(url).port });
    await expect.poll(text(bob)).toBe("one two three four five");
  });
});

describe("the upload", () => {
  it("stores a file as it is, and says how far it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "barewire-uploads-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { url } = await start("upload", { UPLOADS: folder });
    const page = await open(url);
    const file = randomBytes(5_000_001);
    const give = (name: string, buffer: Buffer) =>
      page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer });
    await give("../large.bin", file);
    const sum = createHash("sha256").update(file).digest("hex");
    await expect.poll(textOf(page, "#result")).toMatch(new RegExp(`SHA-256: ${sum}$`));
    expect(await page.evaluate('document.getElementById("progress").value')).toBe(file.length);
    const names = readdirSync(folder);
    expect(names).toEqual([expect.stringMatching(/^[\da-f-]{36}$/)]);
    expect((await readFile(join(folder, names[0]!))).equals(file)).toBe(true);
    await expect.poll(() => page.locator("#file").isEnabled()).toBe(true);
    await give("empty", Buffer.alloc(0));
    await expect.poll(textOf(page, "#result")).toContain("empty is there");
  });

  it("keeps nothing of a file that is longer than it was said to be", async () => {
    const folder = await mkdtemp(join(tmpdir(), "barewire-uploads-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { url } = await start("upload", { UPLOADS: folder });
    const page = await open(url);
    const closed = await page.evaluate(`new Promise((resolve) => {
      const ws = new WebSocket(location.href.replace("http", "ws") + "upload");
      ws.onopen = () => { ws.send("3"); ws.send(new Uint8Array(4)); };
      ws.onclose = ({ code, reason }) => resolve([code, reason]);
    })`);
    expect(closed).toEqual([1008, "expected the rest of the file"]);
    await expect.poll(() => readdirSync(folder)).toEqual([]);
  });
});

describe("the terminal", () => {
  it("runs a shell, and ends it with the page", async () => {
    const { url } = await start("terminal");
    const page = await open(url);
    await expect.poll(textOf(page, "#state")).toBe("Connected");
    const run = async (line: string) => {
      await page.fill("#line", line);
      await page.keyboard.press("Enter");
    };
    await run("echo $((6 * 7)) gr\u00fc\u00dfe; echo pid $$");
    await expect.poll(textOf(page, "#output")).toMatch(/\n42 gr\u00fc\u00dfe\npid \d+\n/);
    const pid = Number(/\npid (\d+)/.exec((await textOf(page, "#output")()) ?? "")?.[1]);
    await run("exit 3");
    await expect.poll(textOf(page, "#state")).toBe("the shell has ended: 3");
    await expect.poll(() => isRunning(pid)).toBe(false);
    await page.reload();
    await run("echo pid $$");
    await expect.poll(textOf(page, "#output")).toMatch(/\npid \d+\n/);
    const next = Number(/\npid (\d+)/.exec((await textOf(page, "#output")()) ?? "")?.[1]);
    expect(isRunning(next)).toBe(true);
    await page.goto("about:blank");
    await expect.poll(() => isRunning(next)).toBe(false);
  });

  it("is for those who know the token", async () => {
    const { url } = await start("terminal");
    const page = await open(url.replace(/#.*/, "#wrong"));
    await expect.poll(textOf(page, "#state")).toBe("Not connected. Is the token right?");
  });

  function isRunning(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});
