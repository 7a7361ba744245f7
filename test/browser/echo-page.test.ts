import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Command, endCommands, startCommand } from "../cli/run-command.ts";
import { launchChromium } from "./chromium.ts";

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;

let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the page has written to the console or thrown; nothing is expected there. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
}, LAUNCH_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  complaints = [];
  // The certificate is made on the fly, so no browser can know it.
  context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
});

afterEach(async () => {
  await context.close();
  await endCommands();
});

/** Starts `barewire serve`. */
async function serve(...args: string[]): Promise<{ command: Command; url: string; port: string }> {
  const command = startCommand(["serve", "--port", "0", ...args]);
  const [, url = "", port = ""] = await command.output("stdout", /Page: (\S+:(\d+)\/)\n/);
  return { command, url, port };
}

async function waitForState(name: string): Promise<void> {
  await page.locator(`#state[data-state="${name}"]`).waitFor();
}

/** Waits until that many messages are listed and returns them: direction and text. */
async function listed(count: number): Promise<[string | null, string | null][]> {
  const items = page.locator("#messages > li");
  await items.nth(count - 1).waitFor();
  expect(await items.count()).toBe(count);
  return await Promise.all(
    (await items.all()).map(
      async (item): Promise<[string | null, string | null]> => [
        await item.getAttribute("data-direction"),
        await item.locator(".text").textContent(),
      ],
    ),
  );
}

const field = () => page.getByRole("textbox", { name: "Message" });
const sendButton = () => page.getByRole("button", { name: "Send" });
const reconnectButton = () => page.getByRole("button", { name: "Reconnect" });
const disconnectButton = () => page.getByRole("button", { name: "Disconnect" });
const status = () => page.getByRole("status");
const notice = () => page.getByRole("alert");

describe.each([
  { scheme: "http", echo: /^ws:\/\/localhost:\d+\/ws$/, args: [] },
  { scheme: "https", echo: /^wss:\/\/localhost:\d+\/wss$/, args: ["--tls"] },
])("the page over $scheme", ({ scheme, echo, args }) => {
  it("connects and says so", async () => {
    const { url } = await serve(...args);
    expect(url).toMatch(new RegExp(`^${scheme}://localhost:`));
    await page.goto(url);
    await waitForState("open");
    expect(await page.locator("#state").textContent()).toBe("Open");
    expect(await page.locator("#details").textContent()).toMatch(echo);
    expect(await reconnectButton().isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("sends by button and by Enter and shows what comes back", async () => {
    const { url } = await serve(...args);
    await page.goto(url);
    await waitForState("open");
    await field().fill("by button");
    await sendButton().click();
    expect(await listed(2)).toEqual([
      ["sent", "by button"],
      ["received", "by button"],
    ]);
    expect(await field().inputValue()).toBe("");
    // The field has the focus again, so that typing goes on.
    await page.keyboard.type("by Enter: ä €  \u{1f600}");
    await page.keyboard.press("Enter");
    expect((await listed(4)).slice(2)).toEqual([
      ["sent", "by Enter: ä €  \u{1f600}"],
      ["received", "by Enter: ä €  \u{1f600}"],
    ]);
    expect(complaints).toEqual([]);
  });

  it("shows at once when the server goes away, and reconnects", async () => {
    const { command, url, port } = await serve(...args);
    await page.goto(url);
    await waitForState("open");
    command.child.kill("SIGTERM");
    await waitForState("closed");
    expect(await status().textContent()).toMatch(/Closed\s+Code 1001: the server is going away/);
    expect(await command.exit).toBe(0);

    await field().fill("into the void");
    await sendButton().click();
    expect(await notice().textContent()).toBe("Not sent: there is no open connection.");
    expect(await field().inputValue()).toBe("into the void");

    await reconnectButton().click();
    await page.getByText("no connection could be made").waitFor();

    await startCommand(["serve", "--port", port, ...args]).output("stdout", /Page: /);
    await reconnectButton().click();
    await waitForState("open");
    expect(await notice().textContent()).toBe("");
    await field().press("Enter");
    expect(await listed(2)).toEqual([
      ["sent", "into the void"],
      ["received", "into the void"],
    ]);
  });
});

describe("the page", () => {
  it("says that there is nothing to send, and nothing is sent", async () => {
    const { url } = await serve();
    await page.goto(url);
    await waitForState("open");
    for (const blank of ["", "   ", "\t \u00a0"]) {
      await field().fill(blank);
      await sendButton().click();
      expect(await notice().textContent()).toBe("There is nothing to send: type a message first.");
      expect(await field().getAttribute("aria-invalid")).toBe("true");
      await page.keyboard.type("x");
      expect(await notice().textContent()).toBe("");
      expect(await field().getAttribute("aria-invalid")).toBe("false");
    }
    await field().fill("");
    await field().press("Enter");
    expect(await notice().textContent()).toContain("nothing to send");
    expect(await page.locator("#messages > li").count()).toBe(0);
  });

  it("trims what was typed, and only at its ends", async () => {
    const { url } = await serve();
    await page.goto(url);
    await waitForState("open");
    await field().fill("  two  words\t ");
    await field().press("Enter");
    expect(await listed(2)).toEqual([
      ["sent", "two  words"],
      ["received", "two  words"],
    ]);
  });

  it("takes what looks like markup for text", async () => {
    const { url } = await serve();
    await page.goto(url);
    await waitForState("open");
    await field().fill("<img src=x onerror=alert(1)>");
    await field().press("Enter");
    expect((await listed(2))[1]).toEqual(["received", "<img src=x onerror=alert(1)>"]);
    expect(complaints).toEqual([]);
  });

  it("shows at once when the server is killed", async () => {
    const { command, url } = await serve();
    await page.goto(url);
    await waitForState("open");
    command.child.kill("SIGKILL");
    await waitForState("closed");
    expect(await status().textContent()).toContain("Code 1006: the connection was lost");
    expect(await reconnectButton().isVisible()).toBe(true);
  });

  it("shows why when a message is too big for the server", async () => {
    const { url } = await serve();
    await page.goto(url);
    await waitForState("open");
    await field().evaluate((input: { value: string }) => {
      input.value = "x".repeat(1024 * 1024 + 1);
    });
    await field().press("Enter");
    await waitForState("closed");
    expect(await status().textContent()).toContain("Code 1009: the message was too big");
  });

  it("disconnects, and the keyboard's focus stays where it can go on", async () => {
    const { command, url } = await serve();
    await page.goto(url);
    await waitForState("open");
    await disconnectButton().focus();
    await page.keyboard.press("Enter");
    await waitForState("closed");
    expect(await status().textContent()).toContain("Code 1000");
    await command.output("stdout", /closed with 1000/);
    const hasFocus = (id: string) => page.locator(`#${id}:focus`).count();
    expect(await hasFocus("reconnect")).toBe(1);
    await page.keyboard.press("Enter");
    await waitForState("open");
    expect(await hasFocus("text")).toBe(1);
  });

  it("says that it is connecting and closing", async () => {
    const { url } = await serve();
    // A server that answers late, in both directions.
    await page.routeWebSocket(/\/ws$/, () => {});
    await page.goto(url);
    await waitForState("open");
    await page.evaluate(`{
      window.states = [];
      new MutationObserver(() => window.states.push(document.getElementById("state").textContent))
        .observe(document.getElementById("state"), { childList: true });
    }`);
    await disconnectButton().click();
    await waitForState("closed");
    await reconnectButton().click();
    await waitForState("open");
    expect(await page.evaluate("window.states")).toEqual([
      "Closing",
      "Closed",
      "Connecting",
      "Open",
    ]);
  });

  it.each([
    [1280, 800],
    [375, 667],
    [320, 480],
  ])("fits on a screen of %i x %i", async (width, height) => {
    const { url } = await serve();
    await page.setViewportSize({ width, height });
    await page.goto(url);
    await waitForState("open");
    await field().fill(`long ${"x".repeat(500)}`);
    await field().press("Enter");
    await listed(2);
    const size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
    expect(await page.evaluate(size)).toEqual([width, height]);
    for (const control of [field(), sendButton(), disconnectButton()]) {
      const box = await control.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
  });
});

describe("a page of another origin", () => {
  let stranger: Server;
  let strangerUrl: string;

  beforeAll(async () => {
    stranger = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>other</title>");
    });
    stranger.listen(0, "127.0.0.1");
    await once(stranger, "listening");
    strangerUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    stranger.closeAllConnections();
    stranger.close();
    await once(stranger, "close");
  });

  /** Connects from the stranger's page; resolves with "open" or the close code. */
  async function connectFromThere(port: string): Promise<unknown> {
    await page.goto(strangerUrl);
    return await page.evaluate(`new Promise((resolve) => {
      const ws = new WebSocket("ws://127.0.0.1:${port}/ws");
      ws.onopen = () => resolve("open");
      ws.onclose = (event) => resolve(event.code);
    })`);
  }

  it("is refused with 403", async () => {
    const { port } = await serve();
    expect(await connectFromThere(port)).toBe(1006);
    expect(complaints.join()).toContain("Unexpected response code: 403");
  });

  it("is let in when --origin names it, and the own page still is", async () => {
    const { port, url } = await serve("--origin", strangerUrl);
    expect(await connectFromThere(port)).toBe("open");
    await page.goto(url);
    await waitForState("open");
  });
});
