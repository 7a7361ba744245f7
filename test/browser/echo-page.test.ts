import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCommand } from "../cli/run-command.ts";
import { EchoPage, serve } from "./echo-page.ts";

const echo = new EchoPage();

describe.each([
  { scheme: "http", echoUrl: /^ws:\/\/localhost:\d+\/ws$/, args: [] },
  { scheme: "https", echoUrl: /^wss:\/\/localhost:\d+\/wss$/, args: ["--tls"] },
])("the page over $scheme", ({ scheme, echoUrl, args }) => {
  it("connects and says so", async () => {
    const { url } = await serve(...args);
    expect(url).toMatch(new RegExp(`^${scheme}://localhost:`));
    await echo.page.goto(url);
    await echo.waitForState("open");
    expect(await echo.page.locator("#state").textContent()).toBe("Open");
    expect(await echo.page.locator("#details").textContent()).toMatch(echoUrl);
    expect(await echo.button.reconnect().isVisible()).toBe(false);
    expect(echo.complaints).toEqual([]);
  });

  it("sends by button and by Enter and shows what comes back", async () => {
    const { url } = await serve(...args);
    await echo.page.goto(url);
    await echo.waitForState("open");
    await echo.field.fill("by button");
    await echo.button.send().click();
    expect(await echo.listed(2)).toEqual([
      ["sent", "by button"],
      ["received", "by button"],
    ]);
    expect(await echo.field.inputValue()).toBe("");
    // The field has the focus again, so that typing goes on.
    await echo.page.keyboard.type("by Enter: ä €  \u{1f600}");
    await echo.page.keyboard.press("Enter");
    expect((await echo.listed(4)).slice(2)).toEqual([
      ["sent", "by Enter: ä €  \u{1f600}"],
      ["received", "by Enter: ä €  \u{1f600}"],
    ]);
    expect(echo.complaints).toEqual([]);
  });

  it("shows at once when the server goes away, and reconnects", async () => {
    const { command, url, port } = await serve(...args);
    await echo.page.goto(url);
    await echo.waitForState("open");
    command.child.kill("SIGTERM");
    await echo.waitForState("closed");
    expect(await echo.status.textContent()).toMatch(/Closed\s+Code 1001: the server is going away/);
    expect(await command.exit).toBe(0);

    await echo.field.fill("into the void");
    await echo.button.send().click();
    expect(await echo.notice.textContent()).toBe("Not sent: there is no open connection.");
    expect(await echo.field.inputValue()).toBe("into the void");

    await echo.button.reconnect().click();
    await echo.page.getByText("no connection could be made").waitFor();

    await startCommand(["serve", "--port", port, ...args]).output("stdout", /Page: /);
    await echo.button.reconnect().click();
    await echo.waitForState("open");
    expect(await echo.notice.textContent()).toBe("");
    await echo.field.press("Enter");
    expect(await echo.listed(2)).toEqual([
      ["sent", "into the void"],
      ["received", "into the void"],
    ]);
  });
});

describe("the page", () => {
  it("says that there is nothing to send, and nothing is sent", async () => {
    await echo.open();
    for (const blank of ["", "   ", "\t \u00a0"]) {
      await echo.field.fill(blank);
      await echo.button.send().click();
      expect(await echo.notice.textContent()).toBe(
        "There is nothing to send: type a message first.",
      );
      expect(await echo.field.getAttribute("aria-invalid")).toBe("true");
      await echo.page.keyboard.type("x");
      expect(await echo.notice.textContent()).toBe("");
      expect(await echo.field.getAttribute("aria-invalid")).toBe("false");
    }
    await echo.field.fill("");
    await echo.field.press("Enter");
    expect(await echo.notice.textContent()).toContain("nothing to send");
    expect(await echo.page.locator("#messages > li").count()).toBe(0);
  });

  it("trims what was typed, and only at its ends", async () => {
    await echo.open();
    await echo.field.fill("  two  words\t ");
    await echo.field.press("Enter");
    expect(await echo.listed(2)).toEqual([
      ["sent", "two  words"],
      ["received", "two  words"],
    ]);
  });

  it("takes what looks like markup for text", async () => {
    await echo.open();
    await echo.field.fill("<img src=x onerror=alert(1)>");
    await echo.field.press("Enter");
    expect((await echo.listed(2))[1]).toEqual(["received", "<img src=x onerror=alert(1)>"]);
    expect(echo.complaints).toEqual([]);
  });

  it("shows at once when the server is killed", async () => {
    const { command, url } = await serve();
    await echo.page.goto(url);
    await echo.waitForState("open");
    command.child.kill("SIGKILL");
    await echo.waitForState("closed");
    expect(await echo.status.textContent()).toContain("Code 1006: the connection was lost");
    expect(await echo.button.reconnect().isVisible()).toBe(true);
  });

  it("shows why when a message is too big for the server", async () => {
    await echo.open();
    await echo.field.evaluate((input: { value: string }) => {
      input.value = "x".repeat(1024 * 1024 + 1);
    });
    await echo.field.press("Enter");
    await echo.waitForState("closed");
    expect(await echo.status.textContent()).toContain("Code 1009: the message was too big");
  });

  it("disconnects, and the keyboard's focus stays where it can go on", async () => {
    const { command, url } = await serve();
    await echo.page.goto(url);
    await echo.waitForState("open");
    await echo.button.disconnect().focus();
    await echo.page.keyboard.press("Enter");
    await echo.waitForState("closed");
    expect(await echo.status.textContent()).toContain("Code 1000");
    await command.output("stdout", /closed with 1000/);
    const hasFocus = (id: string) => echo.page.locator(`#${id}:focus`).count();
    expect(await hasFocus("reconnect")).toBe(1);
    await echo.page.keyboard.press("Enter");
    await echo.waitForState("open");
    expect(await hasFocus("text")).toBe(1);
  });

  it("says that it is connecting and closing", async () => {
    const { url } = await serve();
    // A server that answers late, in both directions.
    await echo.page.routeWebSocket(/\/ws$/, () => {});
    await echo.page.goto(url);
    await echo.waitForState("open");
    await echo.page.evaluate(`{
      window.states = [];
      new MutationObserver(() => window.states.push(document.getElementById("state").textContent))
        .observe(document.getElementById("state"), { childList: true });
    }`);
    await echo.button.disconnect().click();
    await echo.waitForState("closed");
    await echo.button.reconnect().click();
    await echo.waitForState("open");
    expect(await echo.page.evaluate("window.states")).toEqual([
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
    await echo.page.setViewportSize({ width, height });
    await echo.page.goto(url);
    await echo.waitForState("open");
    await echo.field.fill(`long ${"x".repeat(500)}`);
    await echo.field.press("Enter");
    await echo.listed(2);
    const size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
    expect(await echo.page.evaluate(size)).toEqual([width, height]);
    for (const control of [echo.field, echo.button.send(), echo.button.disconnect()]) {
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
    await echo.page.goto(strangerUrl);
    return await echo.page.evaluate(`new Promise((resolve) => {
      const ws = new WebSocket("ws://127.0.0.1:${port}/ws");
      ws.onopen = () => resolve("open");
      ws.onclose = (event) => resolve(event.code);
    })`);
  }

  it("is refused with 403", async () => {
    const { port } = await serve();
    expect(await connectFromThere(port)).toBe(1006);
    expect(echo.complaints.join()).toContain("Unexpected response code: 403");
  });

  it("is let in when --origin names it, and the own page still is", async () => {
    const { port, url } = await serve("--origin", strangerUrl);
    expect(await connectFromThere(port)).toBe("open");
    await echo.page.goto(url);
    await echo.waitForState("open");
  });
});
