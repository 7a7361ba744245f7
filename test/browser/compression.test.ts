import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CompressionOptions, Server } from "../../src/index.ts";
import { launchChromium } from "./chromium.ts";

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;
const SIZES = [0, 1, 125, 126, 255, 257, 4097, 32_768, 65_535, 65_536, 1_048_576];

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, LAUNCH_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

it.each<[string, CompressionOptions]>([
  ["defaults", {}],
  ["all compressed", { threshold: 0 }],
  ["windows of 8", { threshold: 0, windowBits: 8 }],
  ["windows of 15, level 9", { threshold: 0, windowBits: 15, level: 9 }],
  ["no takeover", { threshold: 0, sendContextTakeover: false, receiveContextTakeover: false }],
  ["all on the thread pool", { threshold: 0, offThreadFrom: 0 }],
])("echoes compressed messages of every size class to Chromium: %s", async (_, compression) => {
  const server = new Server({ compression, origin: "*", maxMessageSize: 4 << 20 });
  const extensions: string[] = [];
  server.handle("/", {
    open: (ws) => void extensions.push(ws.extensions),
    message: (ws, data) => void ws.send(data),
  });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  const page = await browser.newPage();
  try {
    const result = await page.evaluate(
      // As text: it runs in the browser, and this project has no types of it.
      `(async () => {
        const ws = new WebSocket(${JSON.stringify(url)});
        ws.binaryType = "arraybuffer";
        const next = () => new Promise((resolve, reject) => {
          ws.onmessage = ({ data }) => resolve(data);
          ws.onclose = ({ code }) => reject(new Error("closed with " + code));
        });
        await new Promise((resolve) => { ws.onopen = resolve; });
        let count = 0;
        for (let round = 0; round < 2; round++) {
          for (const size of ${JSON.stringify(SIZES)}) {
            const text = '{"name":"zo\\u00eb","n":12345},'.repeat(size / 25 + 1).slice(0, size);
            ws.send(text);
            if ((await next()) !== text) throw new Error("text of " + size);
            const bytes = new Uint8Array(size);
            for (let i = 0; i < size; i++) bytes[i] = round === 0 ? i % 7 : Math.random() * 256;
            ws.send(bytes);
            const echo = new Uint8Array(await next());
            if (echo.length !== size || echo.some((byte, i) => byte !== bytes[i])) {
              throw new Error("bytes of " + size);
            }
            count += 2;
          }
        }
        ws.onclose = null;
        ws.close();
        return [count, ws.extensions];
      })()`,
    );
    expect(result).toEqual([4 * SIZES.length, extensions[0]]);
    expect(extensions[0]).toContain("permessage-deflate");
  } finally {
    await page.close();
    await server.shutdown({ timeout: 1000 });
  }
});
