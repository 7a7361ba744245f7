import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { staticFiles } from "../../../src/server/plain/static-files.ts";

const SECRET = "not for everybody";
const MODIFIED = new Date("2024-05-06T07:08:09.750Z");
const MODIFIED_HEADER = "Mon, 06 May 2024 07:08:09 GMT";
const LARGE = Buffer.alloc(3_000_000, "large ");

let base: string;
let root: string;
let server: Server;
let port: number;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), "barewire-static-"));
  root = join(base, "root");
  mkdirSync(join(root, "sub dir", "inner"), { recursive: true });
  mkdirSync(join(root, ".git"));
  mkdirSync(join(root, "empty"));
  mkdirSync(join(base, "root-sibling"));
  writeFileSync(join(base, "secret.txt"), SECRET);
  writeFileSync(join(base, "root-sibling", "secret.txt"), SECRET);
  writeFileSync(join(root, ".git", "config"), SECRET);
  writeFileSync(join(root, ".env"), SECRET);
  writeFileSync(join(root, "index.html"), "<h1>home</h1>");
  writeFileSync(join(root, "sub dir", "index.html"), "<h1>below</h1>");
  writeFileSync(join(root, "sub dir", "a b.txt"), "täxt");
  writeFileSync(join(root, "a:b.txt"), "colon");
  writeFileSync(join(root, "app.js"), "export {};");
  writeFileSync(join(root, "STYLE.CSS"), "p {}");
  writeFileSync(join(root, "picture.png"), Buffer.from([0x89, 0x50]));
  writeFileSync(join(root, "LICENSE"), "free");
  writeFileSync(join(root, "none.txt"), "");
  writeFileSync(join(root, "large.bin"), LARGE);
  utimesSync(join(root, "app.js"), MODIFIED, MODIFIED);
  symlinkSync(join(base, "secret.txt"), join(root, "link-out.txt"));
  symlinkSync(base, join(root, "link-dir-out"));
  symlinkSync(join(root, ".env"), join(root, "link-to-dotfile"));
  symlinkSync(join(root, "app.js"), join(root, "link-inside.js"));
  symlinkSync("loop", join(root, "loop"));
  execFileSync("mkfifo", [join(root, "fifo")]);

  server = createServer(staticFiles(root));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  rmSync(base, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", path, method, headers, agent: false });
    outgoing.on("error", reject);
    outgoing.on("response", async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks),
      });
    });
    outgoing.end();
  });
}

/** Sends a request line as it stands, which node:http's client would refuse or rewrite. */
async function askRaw(target: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, "latin1");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

describe("files", () => {
  it.each([
    ["/", "text/html; charset=utf-8", "<h1>home</h1>"],
    ["/index.html", "text/html; charset=utf-8", "<h1>home</h1>"],
    ["/index.html?a=../b", "text/html; charset=utf-8", "<h1>home</h1>"],
    ["/sub%20dir/", "text/html; charset=utf-8", "<h1>below</h1>"],
    ["/sub%20dir/a%20b.txt", "text/plain; charset=utf-8", "täxt"],
    ["/a:b.txt", "text/plain; charset=utf-8", "colon"],
    ["/app.js", "text/javascript; charset=utf-8", "export {};"],
    ["/link-inside.js", "text/javascript; charset=utf-8", "export {};"],
    ["/STYLE.CSS", "text/css; charset=utf-8", "p {}"],
    ["/LICENSE", "application/octet-stream", "free"],
    ["/none.txt", "text/plain; charset=utf-8", ""],
  ])("serves %s as %s", async (path, type, body) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe(type);
    expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.body.toString()).toBe(body);
  });

  it("serves bytes unchanged, small and large", async () => {
    expect((await ask("/picture.png")).body).toEqual(Buffer.from([0x89, 0x50]));
    expect((await ask("/large.bin")).body.equals(LARGE)).toBe(true);
  });

  it("answers HEAD like GET, without the content", async () => {
    const answer = await ask("/app.js", "HEAD");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-length"]).toBe("10");
    expect(answer.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(answer.body.length).toBe(0);
  });

  it("sends a directory without its slash to the address with one", async () => {
    const answer = await ask("/sub%20dir?x=1");
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe("/sub%20dir/?x=1");
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])("refuses %s", async (method) => {
    const answer = await ask("/", method);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("GET, HEAD");
  });

  it.each([
    "/missing",
    "/empty/",
    "/sub%20dir/inner/",
    "/app.js/",
    "/app.js/more",
    "/loop",
    "/fifo",
    `/${"a".repeat(300)}`,
  ])("answers 404 to %s", async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.body.toString()).toBe("Not found.\n");
  });

  it("keeps serving a connection after refusals", async () => {
    const socket = connect(port, "127.0.0.1");
    const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`;
    socket.write(`${head("/missing")}\r\n${head("/%00")}\r\n${head("/app.js")}`);
    socket.write("Connection: close\r\n\r\n");
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const statuses = Buffer.concat(chunks)
      .toString()
      .match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(["HTTP/1.1 404", "HTTP/1.1 400", "HTTP/1.1 200"]);
  });

  it("survives a client that leaves in the middle of a file", async () => {
    for (let round = 0; round < 5; round++) {
      const socket = connect(port, "127.0.0.1");
      socket.write("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await once(socket, "data");
      socket.resetAndDestroy();
    }
    expect((await ask("/app.js")).status).toBe(200);
  });
});

describe("conditional requests", () => {
  it("gives a weak ETag and the time of the last change", async () => {
    const { headers } = await ask("/app.js");
    expect(headers.etag).toMatch(/^W\/"[0-9a-f.-]+"$/);
    expect(headers["last-modified"]).toBe(MODIFIED_HEADER);
  });

  it("answers 304 to the ETag it gave, alone, in a list, strong or *", async () => {
    const etag = (await ask("/app.js")).headers.etag ?? "";
    for (const value of [etag, `"other", ${etag}`, etag.slice(2), "*"]) {
      const answer = await ask("/app.js", "GET", { "If-None-Match": value });
      expect(answer.status).toBe(304);
      expect(answer.headers.etag).toBe(etag);
      expect(answer.body.length).toBe(0);
    }
  });

  it("sends the file when the ETag is another, whatever If-Modified-Since says", async () => {
    const headers = { "If-None-Match": '"other"', "If-Modified-Since": MODIFIED_HEADER };
    expect((await ask("/app.js", "GET", headers)).status).toBe(200);
  });

  it.each([
    [MODIFIED_HEADER, 304],
    ["Mon, 06 May 2024 07:08:10 GMT", 304],
    ["Mon, 06 May 2024 07:08:08 GMT", 200],
    ["2099", 200],
    ["nonsense", 200],
  ])("answers If-Modified-Since: %s with %i", async (value, status) => {
    expect((await ask("/app.js", "GET", { "If-Modified-Since": value })).status).toBe(status);
    expect((await ask("/app.js", "HEAD", { "If-Modified-Since": value })).status).toBe(status);
  });
});

describe("what is outside", () => {
  it.each([
    "/../secret.txt",
    "/..",
    "/../root-sibling/secret.txt",
    "/sub%20dir/../../secret.txt",
    "/./../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E%2Fsecret.txt",
    "/..%2fsecret.txt",
    "/.%2e/secret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/%5c..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/..%c0%afsecret.txt",
    "/..%00/secret.txt",
    "/app.js%00.txt",
    "/%",
    "/%zz",
    "//secret.txt",
    "//127.0.0.1/",
    "/sub%20dir//index.html",
    "/;/../../secret.txt",
    "http://localhost/../secret.txt",
    "http://localhost/%2e%2e/secret.txt",
    "file:///etc/passwd",
    "../secret.txt",
    "*",
    "/app.js#/../../secret.txt",
    "/link-out.txt",
    "/link-dir-out/secret.txt",
    "/link-dir-out/",
    "/link-to-dotfile",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/.git",
  ])("is not given away by %s", async (target) => {
    const answer = await askRaw(target);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /);
    expect(answer).not.toContain(SECRET);
    expect(answer).not.toMatch(/^location:/im);
  });

  it("takes the absolute form for the path in it", async () => {
    expect(await askRaw("http://localhost/app.js")).toMatch(/^HTTP\/1\.1 200 [\s\S]*export/);
    expect(await askRaw("http://localhost")).toMatch(/^HTTP\/1\.1 200 [\s\S]*home/);
  });
});

describe("root", () => {
  it("must be a directory", () => {
    expect(() => staticFiles(join(base, "missing"))).toThrow(ArgumentError);
    expect(() => staticFiles(join(root, "app.js"))).toThrow(/expected a directory/);
  });

  it("may be a symbolic link itself", async () => {
    symlinkSync(root, join(base, "link-to-root"));
    const other = createServer(staticFiles(join(base, "link-to-root")));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/app.js`;
    expect(await (await fetch(url)).text()).toBe("export {};");
    other.closeAllConnections();
    other.close();
  });
});
