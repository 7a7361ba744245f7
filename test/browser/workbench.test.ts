import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { EchoPage, serve } from "./echo-page.ts";

const echo = new EchoPage();

/** Servers that are not this project's, gone when a test has finished. */
const servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

/** A WebSocket server of another origin; its URL. */
async function other(
  onConnection: (ws: WebSocket) => void,
  options: object = {},
): Promise<{ url: string; paths: (string | undefined)[] }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  servers.push(server);
  const paths: (string | undefined)[] = [];
  server.on("connection", (ws, request) => {
    paths.push(request.url);
    onConnection(ws);
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, paths };
}

const answering =
  (answer: (ws: WebSocket, data: Buffer, binary: boolean) => void) =>
  (ws: WebSocket): void => {
    ws.on("message", (data: RawData, binary) => answer(ws, data as Buffer, binary));
  };

const url = () => echo.page.getByLabel("URL");
const protocols = () => echo.page.getByLabel("Subprotocols, between commas");
const serverNotice = () => echo.page.locator("#server-notice");
const fact = (name: string) => echo.page.locator(`#fact-${name}`);
const kind = (name: string) => echo.page.getByRole("radio", { name });

describe("the server of the workbench", () => {
  it("is the page's own at first, and can be any other", async () => {
    const { port } = echo.served;
    await echo.open();
    expect(await url().inputValue()).toBe(`ws://localhost:${port}/ws`);
    const there = await other(answering((ws, data) => ws.send(`there: ${data}`)));
    await url().fill(`${there.url}chat?room=1`);
    await url().press("Enter");
    await expect.poll(() => there.paths).toEqual(["/chat?room=1"]);
    await echo.waitForState("open");
    expect(await echo.page.locator("#details").textContent()).toBe(`${there.url}chat?room=1`);
    await echo.send("hello");
    expect((await echo.listed(2))[1]).toEqual(["received", "there: hello"]);
    expect(echo.complaints).toEqual([]);
  });

  it("may leave out its scheme, or all but the path", async () => {
    const { port } = echo.served;
    await echo.open();
    const there = await other(() => {});
    await url().fill(there.url.slice("ws://".length));
    await echo.button.connect().click();
    await expect.poll(() => there.paths).toEqual(["/"]);
    expect(await url().inputValue()).toBe(there.url);
    await url().fill("/wss");
    await echo.button.connect().click();
    await echo.waitForState("open");
    expect(await url().inputValue()).toBe(`ws://localhost:${port}/wss`);
  });

  it("is offered subprotocols, and its choice is shown", async () => {
    await echo.open();
    expect(await fact("protocol").textContent()).toBe("none");
    const there = await other(() => {}, { handleProtocols: () => "v1" });
    await url().fill(there.url);
    await protocols().fill("v2, v1");
    await echo.button.connect().click();
    await expect.poll(() => fact("protocol").textContent()).toBe("v1");
  });

  it.each([
    ["ftp://h", "", "The URL has to begin with ws:// or wss://.", "url"],
    ["ws://h/#x", "", "The URL of a WebSocket has no fragment (#).", "url"],
    ["ws://h:port", "", "That is no URL. Expected one such as wss://example.com/chat.", "url"],
    ["/ws", "a b@", "“b@” cannot be the name of a subprotocol.", "protocols"],
    ["/ws", "a, a", "A subprotocol is named twice.", "protocols"],
  ])("%s with %j is a mistake that is told at its field", async (target, names, text, id) => {
    await echo.open();
    await url().fill(target);
    await protocols().fill(names);
    await echo.button.connect().click();
    expect(await serverNotice().textContent()).toBe(text);
    const field = echo.page.locator(`#${id}`);
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await echo.page.locator(`#${id}:focus`).count()).toBe(1);
    // The connection that there was is none the worse for it.
    expect(await echo.page.locator("#state").textContent()).toBe("Open");
    await field.press("End");
    await echo.page.keyboard.type("x");
    expect(await serverNotice().textContent()).toBe("");
    expect(await field.getAttribute("aria-invalid")).toBe("false");
  });

  it("is the same for Reconnect, whatever has been typed meanwhile", async () => {
    await echo.open();
    await protocols().fill("chat");
    const there = await other(() => {});
    await url().fill(there.url);
    await url().press("Enter");
    await expect.poll(() => fact("protocol").textContent()).toBe("chat");
    await url().fill("nonsense://");
    await protocols().fill("@");
    await echo.button.disconnect().click();
    await echo.waitForState("closed");
    await echo.button.reconnect().click();
    await echo.waitForState("open");
    await expect.poll(() => fact("protocol").textContent()).toBe("chat");
    expect(there.paths).toHaveLength(2);
  });

  it("must be wss: for a page that came over https", async () => {
    const { url: page } = await serve("--tls");
    await echo.open(page);
    await url().fill("ws://localhost:1/");
    await echo.button.connect().click();
    expect(await serverNotice().textContent()).toContain("may connect to wss:// only");
  });

  it("is told goodbye when another takes its place, and is not heard any more", async () => {
    await echo.open();
    let closed: unknown;
    const first = await other((ws) => {
      ws.on("close", (code) => {
        closed = code;
      });
    });
    await url().fill(first.url);
    await url().press("Enter");
    await expect.poll(() => first.paths.length).toBe(1);
    await echo.waitForState("open");
    await url().fill("/ws");
    await url().press("Enter");
    await expect.poll(() => closed).toBe(1000);
    await echo.waitForState("open");
    expect(await echo.page.locator("#details").textContent()).toContain("/ws");
  });
});

describe("messages of the workbench", () => {
  it("go as bytes where they are typed in hex, and bytes that come are dumped", async () => {
    await echo.open();
    await kind("Hex").check();
    expect(await echo.field.getAttribute("placeholder")).toBe("00 ff 7e");
    await echo.send("48 65 6c 6c 6f, 0x00ff");
    expect(await echo.listed(2)).toEqual([
      ["sent", "48 65 6c 6c 6f 00 ff  Hello.."],
      ["received", "48 65 6c 6c 6f 00 ff  Hello.."],
    ]);
    expect(await echo.page.locator(".meta").nth(1).textContent()).toMatch(
      /^Received .* · 7 B binary · [\d.]+ m?s$/,
    );
    await kind("Text").check();
    await echo.send("48");
    expect((await echo.listed(4))[3]).toEqual(["received", "48"]);
  });

  it.each(["0", "xy", "00 f", "hello"])("%j is no hex, and is not sent", async (text) => {
    await echo.open();
    await kind("Hex").check();
    await echo.send(text);
    expect(await echo.notice.textContent()).toBe(
      "Not sent: bytes are two hex digits each, such as 00 ff 7e.",
    );
    expect(await echo.page.locator("#messages > li").count()).toBe(0);
    // As text it would do: what was said holds no longer.
    await kind("Text").check();
    expect(await echo.notice.textContent()).toBe("");
  });

  it("are cut where they are long", async () => {
    await echo.open();
    await echo.field.evaluate((input: { value: string }) => {
      input.value = "x".repeat(12_000);
    });
    await echo.field.press("Enter");
    const [, [, text]] = (await echo.listed(2)) as [unknown, [string, string]];
    expect(text).toBe(`${"x".repeat(10_000)}… and 2,000 characters more`);
    await kind("Hex").check();
    await echo.send("ab".repeat(600));
    const [, , , [, bytes]] = (await echo.listed(4)) as [
      unknown,
      unknown,
      unknown,
      [string, string],
    ];
    expect(bytes.split("\n")).toHaveLength(33);
    expect(bytes).toContain("… and 88 bytes more");
  });

  it("come back by the arrow keys", async () => {
    await echo.open();
    for (const text of ["one", "two", "two"]) await echo.send(text);
    const press = async (key: string): Promise<string> => {
      await echo.field.press(key);
      return await echo.field.inputValue();
    };
    expect(await press("ArrowUp")).toBe("two");
    expect(await press("ArrowUp")).toBe("one");
    expect(await press("ArrowUp")).toBe("one");
    expect(await press("ArrowDown")).toBe("two");
    expect(await press("ArrowDown")).toBe("");
    expect(await press("ArrowUp")).toBe("two");
    await echo.field.press("Enter");
    expect((await echo.listed(8))[7]).toEqual(["received", "two"]);
  });

  it("can be cleared from the list", async () => {
    await echo.open();
    expect(await echo.button.clear().isDisabled()).toBe(true);
    await echo.send("hello");
    await echo.listed(2);
    await echo.button.clear().click();
    expect(await echo.page.locator("#messages > li").count()).toBe(0);
    expect(await echo.page.getByText("No messages yet.").isVisible()).toBe(true);
    expect(await echo.button.clear().isDisabled()).toBe(true);
    expect(await echo.page.locator("#text:focus").count()).toBe(1);
  });

  it("are repeated at an interval, until that is ended", async () => {
    await echo.open();
    await echo.send("again");
    const repeat = echo.page.getByLabel("Repeat what was sent last");
    await repeat.selectOption("Ten times a second");
    await expect.poll(() => echo.page.locator("#messages > li").count()).toBeGreaterThan(6);
    await repeat.selectOption("Not at all");
    const texts = await echo.page.locator("#messages .text").allTextContents();
    expect(new Set(texts)).toEqual(new Set(["again"]));
    // Nothing is under way any more once the figures stand still.
    const rows = () => echo.page.locator("#messages > li").count();
    await expect.poll(async () => (await rows()) % 2).toBe(0);
    const count = await rows();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await rows()).toBe(count);
  });
});

describe("round trips of the workbench", () => {
  it("are measured for each echo, in figures and in a graph", async () => {
    await echo.open();
    const graph = echo.page.locator("#graph");
    expect(await graph.getAttribute("aria-label")).toBe("No round trips yet");
    expect(await echo.page.locator("#trip-median").textContent()).toBe("–");
    for (const text of ["one", "two", "three"]) await echo.send(text);
    await echo.listed(6);
    expect(await graph.locator("rect").count()).toBe(3);
    expect(await graph.getAttribute("aria-label")).toMatch(
      /^The last 3 round trips: median [\d.]+ m?s, longest [\d.]+ m?s$/,
    );
    for (const name of ["last", "median", "most", "longest"]) {
      expect(await echo.page.locator(`#trip-${name}`).textContent()).toMatch(/^[\d.]+ m?s$/);
    }
    const heights = await graph
      .locator("rect")
      .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("height"))));
    expect(Math.max(...heights)).toBe(100);
    expect(await echo.page.locator("li .took").count()).toBe(3);
  });

  it("belong to the message that comes back, in whatever order", async () => {
    await echo.open();
    const held: Buffer[] = [];
    const there = await other(
      answering((ws, data) => {
        held.push(data);
        if (held.length < 3) return;
        // The last one first, and something that is no echo at all.
        ws.send("news");
        for (const message of held.reverse()) ws.send(String(message));
      }),
    );
    await url().fill(there.url);
    await url().press("Enter");
    await expect.poll(() => there.paths.length).toBe(1);
    await echo.waitForState("open");
    for (const text of ["one", "two", "three"]) await echo.send(text);
    const rows = await echo.listed(7);
    expect(rows.slice(3).map(([, text]) => text)).toEqual(["news", "three", "two", "one"]);
    const took = echo.page.locator("li .took");
    expect(await took.count()).toBe(3);
    expect(await echo.page.locator("li").nth(3).locator(".took").count()).toBe(0);
    expect(await echo.page.locator("#graph rect").count()).toBe(3);
  });

  it("begin anew with another connection", async () => {
    await echo.open();
    await echo.send("one");
    await echo.listed(2);
    await echo.button.connect().click();
    await expect.poll(() => echo.page.locator("#graph rect").count()).toBe(0);
    expect(await echo.page.locator("#trip-last").textContent()).toBe("–");
  });

  it("are no more than 60 in the graph", async () => {
    await echo.open();
    await echo.page.evaluate(`for (let i = 0; i < 62; i++) {
      document.getElementById("text").value = "message " + i;
      document.getElementById("form").requestSubmit();
    }`);
    await expect.poll(() => echo.page.locator("#messages > li").count()).toBe(124);
    expect(await echo.page.locator("#graph rect").count()).toBe(60);
  });
});

describe("details of the workbench", () => {
  it("count what goes and comes, and tell when the connection was opened", async () => {
    await echo.open();
    expect(await fact("handshake").textContent()).toMatch(/^[\d.]+ m?s$/);
    expect(await fact("since").textContent()).toMatch(/\d/);
    expect(await fact("sent").textContent()).toBe("–");
    await echo.send("äh");
    await echo.send("0123456789");
    await echo.listed(4);
    expect(await fact("sent").textContent()).toBe("2 · 13 B");
    expect(await fact("received").textContent()).toBe("2 · 13 B");
    await echo.button.disconnect().click();
    await echo.waitForState("closed");
    expect(await fact("protocol").textContent()).toBe("–");
    expect(await fact("sent").textContent()).toBe("2 · 13 B");
    await echo.button.reconnect().click();
    await echo.waitForState("open");
    expect(await fact("sent").textContent()).toBe("–");
  });

  it("name the extensions", async () => {
    await echo.open();
    const there = await other(() => {}, { perMessageDeflate: true });
    await url().fill(there.url);
    await url().press("Enter");
    await expect.poll(() => fact("extensions").textContent()).toContain("permessage-deflate");
  });
});

describe("the layout of the workbench", () => {
  it.each([
    [360, 640, false],
    [800, 900, false],
    [960, 700, true],
    [1300, 900, true],
    [2560, 1440, true],
  ])("at %i x %i: nothing is cut off, and it is unfolded: %s", async (width, height, unfolded) => {
    await echo.page.setViewportSize({ width, height });
    await echo.open();
    expect(await url().isVisible()).toBe(unfolded);
    if (!unfolded) {
      await echo.page.getByText("Server and round trips").click();
      expect(await url().isVisible()).toBe(true);
    }
    await echo.send(`long ${"x".repeat(500)}`);
    await echo.listed(2);
    const size = "document.documentElement.scrollWidth";
    expect(await echo.page.evaluate(size)).toBe(width);
    for (const control of [url(), protocols(), echo.button.connect(), echo.button.send()]) {
      await control.scrollIntoViewIfNeeded();
      const box = await control.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
  });

  it("has no part that lies over another when it is unfolded on a telephone", async () => {
    await echo.page.setViewportSize({ width: 360, height: 640 });
    await echo.open();
    await echo.page.getByText("Server and round trips").click();
    const boxes = await Promise.all(
      [".connection", "#workbench", ".conversation", "#form"].map((selector) =>
        echo.page.locator(selector).boundingBox(),
      ),
    );
    for (const [index, box] of boxes.entries()) {
      const above = boxes[index - 1];
      if (above) expect(box?.y).toBeGreaterThanOrEqual(above.y + above.height);
    }
  });

  it("can be used by the keyboard alone, from the first to the last control", async () => {
    await echo.open();
    const focused: unknown[] = [];
    for (let i = 0; i < 9; i++) {
      await echo.page.keyboard.press("Tab");
      focused.push(
        await echo.page.evaluate("document.activeElement.id || document.activeElement.name"),
      );
    }
    // A group of radio buttons is one stop, and a button that is disabled none.
    expect(focused).toEqual([
      "disconnect",
      "url",
      "protocols",
      "connect",
      "repeat",
      "scroller",
      "kind",
      "text",
      "send",
    ]);
    await echo.page.keyboard.press("Shift+Tab");
    await echo.page.keyboard.press("Shift+Tab");
    await echo.page.keyboard.press("ArrowRight");
    expect(await kind("Hex").isChecked()).toBe(true);
  });
});

/** The source of axe, which looks for what keeps people from using a page. */
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.each(["light", "dark"] as const)("axe finds nothing in %s", (colorScheme) => {
  it.each([
    [360, 740],
    [1300, 900],
  ])("at %i x %i, whatever the page shows", async (width, height) => {
    const { url: page, command } = await serve();
    await echo.renew({ colorScheme, viewport: { width, height } });
    await echo.open(page);
    await echo.page.evaluate(AXE);
    const check = async (when: string): Promise<void> => {
      const violations = await echo.page.evaluate(
        `axe.run(document).then(({ violations, incomplete }) =>
          [...violations, ...incomplete.filter(({ id }) => id === "color-contrast")]
            .map(({ id, nodes }) => [id, ...nodes.map(({ html, any }) => html + " " + (any[0]?.message ?? ""))]))`,
      );
      expect(violations, when).toEqual([]);
    };
    await check("at first");
    if (width < 960) await echo.page.getByText("Server and round trips").click();
    await echo.send("hello");
    await kind("Hex").check();
    await echo.send("00 ff");
    await echo.listed(4);
    await check("with messages");
    await echo.send("x");
    await url().fill("ftp://h");
    await url().press("Enter");
    await check("with mistakes");
    command.child.kill("SIGTERM");
    await echo.waitForState("closed");
    await check("when it is closed");
  });
});

it("comes from one server and loads nothing else", async () => {
  const page = echo.served.url;
  const requested: string[] = [];
  echo.page.on("request", (request) => requested.push(request.url()));
  await echo.open();
  expect(requested.length).toBeGreaterThan(3);
  for (const request of requested) expect(new URL(request).origin).toBe(new URL(page).origin);
  expect(echo.complaints).toEqual([]);
});

it("has a process of its own, and so a clock that is good for short round trips", async () => {
  await echo.open();
  expect(await echo.page.evaluate("crossOriginIsolated")).toBe(true);
});

it("runs no script that is not its own: its policy holds", async () => {
  const stranger = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/javascript").end("window.stranger = true");
  }).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as AddressInfo;
  await echo.open();
  await echo.page.evaluate(`{
    const script = document.createElement("script");
    script.src = "http://127.0.0.1:${port}/";
    document.head.append(script);
    const inline = document.createElement("script");
    inline.textContent = "window.stranger = true";
    document.head.append(inline);
  }`);
  await expect.poll(() => echo.complaints.length).toBeGreaterThanOrEqual(2);
  expect(echo.complaints.join()).toContain("Content Security Policy");
  expect(await echo.page.evaluate("window.stranger")).toBeUndefined();
  stranger.close();
});
