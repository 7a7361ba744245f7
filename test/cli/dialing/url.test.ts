import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/cli/command-line.ts";
import { completeUrl, isLocal, shownUrl } from "../../../src/cli/dialing/url.ts";

describe("completeUrl", () => {
  it.each([
    ["example.com", "ws://example.com"],
    ["example.com/chat?x=1", "ws://example.com/chat?x=1"],
    ["localhost:8080", "ws://localhost:8080"],
    ["localhost:8080/ws", "ws://localhost:8080/ws"],
    ["user:pass@host:1/x", "ws://user:pass@host:1/x"],
    ["example.com:443/x", "wss://example.com:443/x"],
    ["example.com:4430", "ws://example.com:4430"],
    ["example.com/x:443", "ws://example.com/x:443"],
    ["[::1]:8080/ws", "ws://[::1]:8080/ws"],
    [":8080", "ws://localhost:8080"],
    [":8080/ws", "ws://localhost:8080/ws"],
    ["8080", "ws://localhost:8080"],
    ["8080/ws", "ws://localhost:8080/ws"],
    ["127.0.0.1:1", "ws://127.0.0.1:1"],
    ["wss://example.com/", "wss://example.com/"],
    ["HTTPS://example.com", "HTTPS://example.com"],
    ["ftp://example.com", "ftp://example.com"],
    ["ws+unix:/run/a.sock:/x", "ws+unix:/run/a.sock:/x"],
  ])("%s is %s", (text, url) => {
    expect(completeUrl(text)).toBe(url);
  });

  it.skipIf(process.platform === "win32")("knows Unix sockets", async () => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-url-"));
    const file = join(folder, "app.sock");
    const server = createServer().listen(file);
    await once(server, "listening");
    expect(completeUrl(file)).toBe(`ws+unix:${file}:`);
    expect(completeUrl(`${file}:/chat?x=1`)).toBe(`ws+unix:${file}:/chat?x=1`);
    expect(completeUrl(`./${relative(process.cwd(), file)}`)).toBe(`ws+unix:${file}:`);
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("refuses a path that is none", () => {
    expect(() => completeUrl("/ws")).toThrow(UsageError);
    expect(() => completeUrl("./package.json")).toThrow(
      "./package.json is no Unix socket; for a path of this machine write localhost:PORT/path",
    );
  });
});

describe("shownUrl", () => {
  it.each([
    ["ws://user:hunter2@h/x", "ws://user:***@h/x"],
    ["ws://tok3n@h/", "ws://***@h/"],
    ["ws://h/x?token=abc&y=1", "ws://h/x?token=***&y=1"],
    ["ws://h/x?a=1&access_token=abc", "ws://h/x?a=1&access_token=***"],
    ["ws://h/x?api-key=abc&b=2", "ws://h/x?api-key=***&b=2"],
    ["ws://h/x?name=me&sig=abc", "ws://h/x?name=me&sig=***"],
    ["ws://h/?design=1&empty", "ws://h/?design=1&empty"],
    ["no url", "the URL"],
  ])("%s is shown as %s", (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });
});

describe("isLocal", () => {
  it.each([
    ["ws://localhost/", true],
    ["ws://a.localhost/", true],
    ["ws://127.0.0.1:80/", true],
    ["ws://[::1]/", true],
    ["ws+unix:/a:/", true],
    ["ws://example.com/", false],
    ["ws://127.example.com/", false],
  ])("%s: %s", (url, expected) => {
    expect(isLocal(url)).toBe(expected);
  });
});
