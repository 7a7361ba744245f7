import { describe, expect, it } from "vitest";
import { type RouteHandler, Server, type ServerOptions } from "../../../src/index.ts";
import { upgradeHead } from "../../raw-peer.ts";
import { serve } from "../../served.ts";

/** Serves `/`, and tells how a request was answered, and whether any code of the route saw it. */
async function ask(
  options: ServerOptions,
  headers: Record<string, string | undefined> = {},
  target = "/",
) {
  const seen: string[] = [];
  const { server, connect, errors } = await serve(undefined, options);
  server.handle("/", (request) => {
    seen.push("function");
    request.upgrade();
  });
  const handler: RouteHandler = {
    upgrade: () => void seen.push("upgrade"),
    open: () => void seen.push("open"),
  };
  server.handle("/object", handler);
  const peer = await connect();
  peer.write(upgradeHead(target, headers));
  const response = await peer.readWholeResponse();
  return { seen, errors, ...response };
}

describe.each(["/", "/object"])("the handler of %s", (target) => {
  it.each<[string, ServerOptions, Record<string, string | undefined>, number]>([
    ["is malformed", {}, { "Sec-WebSocket-Key": "short" }, 400],
    ["is of another version", {}, { "Sec-WebSocket-Version": "8" }, 426],
    ["has extensions that break their grammar", {}, { "Sec-WebSocket-Extensions": "a;;b" }, 400],
    ["has a foreign origin", {}, { Origin: "https://evil.test" }, 403],
    ["is for another host", { hosts: ["a.test"] }, { Host: "b.test" }, 421],
    ["has a host that is none", { hosts: ["a.test"] }, { Host: "a b" }, 400],
  ])("never sees a request that %s", async (_, options, headers, status) => {
    const answer = await ask(options, headers, target);
    expect(answer.status).toBe(status);
    expect(answer.seen).toEqual([]);
    expect(answer.errors).toEqual([]);
  });

  it("sees one that may pass", async () => {
    const answer = await ask(
      { hosts: ["a.test"] },
      { Host: "a.test", Origin: "http://a.test" },
      target,
    );
    expect(answer.status).toBe(101);
    expect(answer.seen.length).toBeGreaterThan(0);
  });
});

describe("hosts", () => {
  it("may be a function, and is answered with 500 and reported when that throws", async () => {
    const hosts = (host: string) => host === "a.test:1";
    expect((await ask({ hosts }, { Host: "a.test:1" })).status).toBe(101);
    expect((await ask({ hosts }, { Host: "a.test:2" })).status).toBe(421);
    const failing = () => {
      throw new Error("no list");
    };
    const failed = await ask({ hosts: failing });
    expect(failed.status).toBe(500);
    expect(failed.errors).toMatchObject([{ message: "no list" }]);
  });

  it("hold for plain requests too", async () => {
    const { connect } = await serve(
      {},
      { hosts: ["a.test"], listener: (_, response) => response.end("page") },
    );
    for (const [host, status] of [
      ["a.test", 200],
      ["a.test:81", 200],
      ["b.test", 421],
    ]) {
      const peer = await connect();
      peer.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await peer.readWholeResponse()).status).toBe(status);
    }
  });

  it("are those that a trusted proxy says, for plain requests too", async () => {
    const options = { hosts: ["a.test"], trustProxy: true };
    const { connect } = await serve(
      {},
      { ...options, listener: (_, response) => response.end("page") },
    );
    for (const [host, status] of [
      ["a.test", 200],
      ["b.test", 421],
    ]) {
      const peer = await connect();
      peer.write(`GET / HTTP/1.1\r\nHost: backend\r\nX-Forwarded-Host: ${host}\r\n\r\n`);
      expect((await peer.readWholeResponse()).status).toBe(status);
    }
  });

  it("keep out a page whose name was bound to this server's address", async () => {
    const rebound = { Host: "evil.test", Origin: "http://evil.test" };
    expect((await ask({}, rebound)).status).toBe(101);
    expect((await ask({ hosts: ["localhost", "ip-address"] }, rebound)).status).toBe(421);
  });

  it.each<[string, object, RegExp]>([
    ["no rule", { hosts: "example.com" }, /hosts is a string, expected/],
    ["no host", { hosts: ["https://example.com"] }, /hosts\[0\] is no host, expected a name/],
  ])("that are %s are refused at once", (_, options, message) => {
    expect(() => new Server(options)).toThrow(message);
  });
});

describe("origins", () => {
  it("of a list may be the server's own, and those of embedded clients", async () => {
    const origin = ["same-origin", "file://", "https://device.test/"];
    const status = async (Origin: string) =>
      (await ask({ origin }, { Host: "a.test", Origin })).status;
    expect(await status("http://a.test")).toBe(101);
    expect(await status("file://")).toBe(101);
    expect(await status("https://device.test")).toBe(101);
    expect(await status("https://other.test")).toBe(403);
    expect(await status("null")).toBe(403);
  });
});
