import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type CloseInfo, type Connection, Server, type ServerOptions } from "../../src/index.ts";
import { launchChromium } from "./chromium.ts";

/** Getting a browser can take minutes where there is none, in milliseconds. */
const LAUNCH_TIMEOUT = 600_000;
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 300_000, 1_048_576];

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium(["--ignore-certificate-errors"]);
}, LAUNCH_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

/** A page of a server that takes HTTP/2, and what the server knows of those who came from there. */
async function pageOf(options: ServerOptions = {}, http2 = true) {
  /** The ports that requests for a page came from: each is a connection of TCP. */
  const pages: [version: string, port: number | undefined][] = [];
  const opened: Connection[] = [];
  const ends: CloseInfo[] = [];
  const server = new Server({
    maxMessageSize: 4 << 20,
    listener(request, response) {
      pages.push([request.httpVersion, request.socket.remotePort]);
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>page</title>");
    },
    ...options,
  });
  server.handle("/echo", {
    open(ws) {
      opened.push(ws);
      void ws.closed.then((info) => void ends.push(info));
    },
    message: (ws, data) => ws.send(data),
  });
  const target = { port: 0, host: "127.0.0.1", tls: selfSignedCertificate(["localhost"]), http2 };
  const { port } = await server.listen(target);
  const page = await browser.newPage();
  onTestFinished(async () => {
    await page.close();
    await server.shutdown({ timeout: 1000 });
  });
  await page.goto(`https://localhost:${port}/`);
  return { page, pages, opened, ends, server };
}

/** Runs a program in the page, with `open(…)` for an open WebSocket and `next(ws)` for its next message. */
function run(page: Page, program: string): Promise<unknown> {
  // As text: it runs in the browser, and this project has no types of it.
  return page.evaluate(`(async () => {
    const open = (...rest) => new Promise((resolve, reject) => {
      const ws = new WebSocket(location.origin.replace("http", "ws") + "/echo", ...rest);
      ws.binaryType = "arraybuffer";
      ws.onopen = () => resolve(ws);
      ws.onclose = ({ code }) => reject(new Error("closed with " + code));
    });
    const next = (ws) => new Promise((resolve, reject) => {
      ws.onmessage = ({ data }) => resolve(data);
      ws.onclose = ({ code }) => reject(new Error("closed with " + code));
    });
    const ended = (ws) => new Promise((resolve) => {
      ws.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean]);
    });
    ${program}
  })()`);
}

const ECHO_ALL = `
  const ws = await open();
  for (const size of ${JSON.stringify(SIZES)}) {
    const text = "zo\\u00eb ".repeat(size / 5 + 1).slice(0, size);
    ws.send(text);
    if ((await next(ws)) !== text) throw new Error("text of " + size);
    const bytes = new Uint8Array(size).map((_, i) => i % 251);
    ws.send(bytes);
    const echo = new Uint8Array(await next(ws));
    if (echo.length !== size || echo.some((byte, i) => byte !== bytes[i])) {
      throw new Error("bytes of " + size);
    }
  }
  const end = ended(ws);
  ws.close(4000, "done");
  return [ws.extensions, await end];`;

describe("Chromium over HTTP/2", () => {
  it("opens its sockets as streams of the connection that the page came by", async () => {
    const { page, pages, opened, ends } = await pageOf();
    expect(await run(page, ECHO_ALL)).toEqual(["", [4000, "", true]]);
    expect(opened.map(({ http }) => http)).toEqual(["2"]);
    const [[version, port] = []] = pages;
    expect(version).toBe("2.0");
    expect(opened[0]?.remotePort).toBe(port);
    expect(opened[0]?.request).toMatchObject({ method: "CONNECT", secure: true });
    await expect.poll(() => ends[0]).toMatchObject({ code: 4000, reason: "done", clean: true });
  });

  it("compresses as over HTTP/1.1", async () => {
    const { page, opened } = await pageOf({ compression: { threshold: 0 } });
    const [extensions] = (await run(page, ECHO_ALL)) as [string];
    expect(extensions).toContain("permessage-deflate");
    expect(opened.map(({ http }) => http)).toEqual(["2"]);
  });

  it("has 50 sockets on one connection, of which one that is not read holds up no other", async () => {
    const { page, opened } = await pageOf();
    const echoes = await run(
      page,
      `const all = await Promise.all(Array.from({ length: 50 }, () => open()));
       all[0].send(new Uint8Array(1_000_000));
       return Promise.all(all.slice(1).map((ws, i) => {
         ws.send("number " + i);
         return next(ws);
       }));`,
    );
    expect(echoes).toEqual(Array.from({ length: 49 }, (_, i) => `number ${i}`));
    expect(new Set(opened.map(({ http }) => http))).toEqual(new Set(["2"]));
    expect(new Set(opened.map(({ remotePort }) => remotePort)).size).toBe(1);
  });

  it("gets the code of a breach and of a shutdown, and 1006 where a stream is reset", async () => {
    const { page, opened, server } = await pageOf({ maxMessageSize: 1000 });
    expect(
      await run(
        page,
        `const [ws, other] = [await open(), await open()];
         const end = ended(ws);
         ws.send("x".repeat(1001));
         const [code, , clean] = await end;
         other.send("still here");
         return [code, clean, await next(other)];`,
      ),
    ).toEqual([1009, true, "still here"]);
    const reset = run(page, "const ws = await open(); ws.send('go'); return ended(ws);");
    await expect.poll(() => opened.length).toBe(3);
    opened[2]?.terminate();
    expect(await reset).toEqual([1006, "", false]);
    const down = run(page, "return ended(await open());");
    await expect.poll(() => opened.length).toBe(4);
    await server.shutdown();
    expect(await down).toEqual([1001, "", true]);
  });

  it("speaks HTTP/1.1 where the port has no HTTP/2", async () => {
    const { page, pages, opened } = await pageOf({}, false);
    await run(page, ECHO_ALL);
    expect(pages[0]?.[0]).toBe("1.1");
    expect(opened.map(({ http }) => http)).toEqual(["1.1"]);
  });
});
