import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure, Opened } from "./raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

describe("connect without success", () => {
  it("says that nobody listens", async () => {
    const other = new Opened();
    const port = await other.tcp(() => {});
    await other.close();
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({
      code: "CONNECT_FAILED",
      status: 0,
      cause: { code: "ECONNREFUSED" },
    });
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it("says that each address of a name failed", async () => {
    const other = new Opened();
    const port = await other.tcp(() => {});
    await other.close();
    const error = await failure(`ws://two.example:${port}/`, {
      lookup(_host, _options, callback) {
        callback(null, [
          { address: "127.0.0.1", family: 4 },
          { address: "127.0.0.2", family: 4 },
        ]);
      },
    });
    expect(error.code).toBe("CONNECT_FAILED");
    expect(error.message).toContain(`two.example:${port}`);
    expect(error.message).toContain("ECONNREFUSED 127.0.0.2");
  });

  it("says that a name does not resolve", async () => {
    const error = await failure("ws://nowhere.example/", {
      lookup(host, _options, callback) {
        callback(
          Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }),
          [],
        );
      },
    });
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ENOTFOUND" } });
    expect(error.message).toContain("nowhere.example:80");
  });

  it("names a Unix socket that is not there", async () => {
    const error = await failure("ws+unix:/nowhere/a.sock:/");
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ENOENT" } });
    expect(error.message).toContain("/nowhere/a.sock");
  });

  it.each([
    ["at once", (socket: Socket) => socket.end().resume()],
    ["after the request", (socket: Socket) => socket.on("data", () => socket.end())],
    ["with a reset", (socket: Socket) => socket.on("data", () => socket.resetAndDestroy())],
    ["within its head", (socket: Socket) => socket.end("HTTP/1.1 101 Swi").resume()],
  ])("says that the server hung up %s", async (_, serve) => {
    const port = await opened.tcp(serve);
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", status: 0 });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    await opened.drained();
  });
});
