import puppeteer from "puppeteer-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { launchChromium } from "../../browser/chromium.ts";
import { freePort } from "../processes.ts";

describe("puppeteer-core", () => {
  it("drives Chromium over barewire's WebSocket", async () => {
    const port = await freePort();
    const chromium = await launchChromium([`--remote-debugging-port=${port}`]);
    onTestFinished(() => chromium.close());
    const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${port}` });
    const page = await browser.newPage();
    await page.setContent('<button onclick="this.textContent = &quot;clicked&quot;">é</button>');
    expect(await page.$eval("button", (button) => button.textContent)).toBe("é");
    await page.click("button");
    expect(await page.$eval("button", (button) => button.textContent)).toBe("clicked");
    // A message of some hundred kilobytes in each direction.
    const long = "a€".repeat(100_000);
    expect(await page.evaluate((text) => text + text, long)).toBe(long + long);
    const png = await page.screenshot();
    expect(Buffer.from(png).subarray(1, 4).toString()).toBe("PNG");
    await page.close();
    await browser.disconnect();
  });
});
