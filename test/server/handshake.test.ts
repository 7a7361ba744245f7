import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Connection, HandshakeError } from "../../src/index.ts";
import { closeFrame, OP, rawFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, serve, until } from "../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

describe("the opening handshake of a server", () => {
  it("is answered with 101, Upgrade, Connection and the accept key (§4.2.2)", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    const response = await peer.upgrade();
    expect(response.field("Upgrade")).toBe("websocket");
    expect(response.field("Connection")).toBe("Upgrade");
    expect(response.field("Sec-WebSocket-Accept")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(response.field("Sec-WebSocket-Protocol")).toBeUndefined();
    expect(response.field("Sec-WebSocket-Extensions")).toBeUndefined();
  });

  it("accepts a head that comes a byte at a time", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    for (const byte of Buffer.concat([Buffer.from(upgradeHead()), textFrame("dribbled")])) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("dribbled");
  });

  it("takes what comes behind the head for the first frames", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("one"), textFrame("two").subarray(0, 5));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("one");
    peer.write(textFrame("two").subarray(5));
    expect(await peer.readText()).toBe("two");
  });

  it("loses nothing that comes while an asynchronous handler thinks", async () => {
    const go = deferred();
    const { connect } = await serve(async (request) => {
      await go.promise;
      const ws = request.upgrade();
      for await (const message of ws) await ws.send(message);
    });
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("with the head"));
    for (let i = 0; i < 20; i++) {
      peer.write(textFrame(`later ${i}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.write(rawFrame(OP.binary, Buffer.alloc(300_000, 7)));
    go.resolve();
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("with the head");
    for (let i = 0; i < 20; i++) expect(await peer.readText()).toBe(`later ${i}`);
    expect((await peer.readFrame()).payload.equals(Buffer.alloc(300_000, 7))).toBe(true);
  });

  it("keeps what comes between the upgrade and the first reading", async () => {
    const upgraded = deferred<Connection>();
    const { connect } = await serve((request) => upgraded.resolve(request.upgrade()));
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("early"), rawFrame(OP.ping, "p"));
    await peer.readUpgraded();
    const ws = await upgraded.promise;
    peer.write(textFrame("late"));
    expect(await ws.receive()).toBe("early");
    expect(await ws.receive()).toBe("late");
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.pong, payload: Buffer.from("p") });
  });

  it("is refused with 400 and all that is wrong with it", async () => {
    const { connect, errors } = await serve(ECHO);
    const peer = await connect();
    const key = { "Sec-WebSocket-Key": "short" };
    peer.write(upgradeHead("/", { ...key, Connection: "close", Host: undefined }));
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(400);
    expect(response.body).toContain("Sec-WebSocket-Key");
    expect(response.body).toContain("Connection");
    expect(response.body).toContain("Host");
    await peer.untilEnded();
    expect(errors).toEqual([]);
  });

  it("is refused with 426 and the version for another version (§4.4)", async () => {
    const { connect } = await serve((request) => request.upgrade());
    const peer = await connect();
    peer.write(upgradeHead("/", { "Sec-WebSocket-Version": "8" }));
    const response = await peer.readResponse();
    expect(response.status).toBe(426);
    expect(response.field("Sec-WebSocket-Version")).toBe("13");
  });

  it.each([
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
  ])("is refused with 400 when it has a body (%s)", async (name, value) => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    peer.write(upgradeHead("/", { [name]: value }), "hello");
    expect((await peer.readResponse()).status).toBe(400);
  });

  it("is refused with 404 at a path without a route", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    peer.write(upgradeHead("/nowhere"));
    expect((await peer.readResponse()).status).toBe(404);
    await peer.untilEnded();
  });

  it("is refused with 431 for a head that is too large or has too many fields", async () => {
    const { connect } = await serve(ECHO, { maxHeadSize: 1000, maxHeadFields: 10 });
    const large = await connect();
    large.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(2000)}`);
    expect((await large.readResponse()).status).toBe(431);
    await large.untilEnded();
    const many = await connect();
    const fields = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`X-${i}`, "1"]));
    many.write(upgradeHead("/", fields));
    expect((await many.readResponse()).status).toBe(431);
    const enough = await connect();
    const { "X-0": _, ...fewer } = fields;
    await enough.upgrade("/", fewer);
  });

  it("has a head of 16 KiB and 100 fields at most by default", async () => {
    const { connect } = await serve(ECHO);
    const field = (size: number) => ({ "X-Long": "x".repeat(size) });
    const rest = upgradeHead("/", field(0)).length;
    const fits = await connect();
    await fits.upgrade("/", field(16_384 - rest));
    const large = await connect();
    large.write(upgradeHead("/", field(16_385 - rest)));
    expect((await large.readResponse()).status).toBe(431);
    const fields = Object.fromEntries(Array.from({ length: 96 }, (_, i) => [`X-${i}`, "1"]));
    const many = await connect();
    many.write(upgradeHead("/", fields));
    expect((await many.readResponse()).status).toBe(431);
  });

  it("is cut off with 408 at its deadline, however busily its head dribbles", async () => {
    const { connect } = await serve(ECHO, { handshakeTimeout: 150 });
    const silent = await connect();
    const busy = await connect();
    const dribble = setInterval(() => busy.write("x"), 10);
    expect((await silent.readResponse()).status).toBe(408);
    expect((await busy.readResponse()).status).toBe(408);
    await busy.untilEnded();
    clearInterval(dribble);
  });

  it("is cut off with 408 while an asynchronous handler thinks", async () => {
    const late = deferred<unknown>();
    const { connect, errors } = await serve(
      async (request) => {
        const aborted = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
        await aborted;
        try {
          request.upgrade();
        } catch (error) {
          late.resolve(error);
          throw error;
        }
      },
      { handshakeTimeout: 50 },
    );
    const peer = await connect();
    peer.write(upgradeHead());
    expect((await peer.readResponse()).status).toBe(408);
    expect(await late.promise).toMatchObject({ code: "ALREADY_ANSWERED" });
    await peer.untilEnded();
    expect(errors).toEqual([]);
  });

  it("tells an asynchronous handler that the peer has left", async () => {
    const asked = deferred();
    const aborted = deferred();
    const { connect, server } = await serve(async (request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      asked.resolve();
      await aborted.promise;
    });
    const peer = await connect();
    peer.write(upgradeHead());
    await asked.promise;
    peer.destroy();
    await aborted.promise;
    expect(server.connections.size).toBe(0);
  });

  it("does not buffer without bound while an asynchronous handler thinks", async () => {
    const asked = deferred();
    const { connect } = await serve(
      async () => {
        asked.resolve();
        await new Promise(() => {});
      },
      { handshakeTimeout: 60_000 },
    );
    const peer = await connect();
    peer.write(upgradeHead());
    await asked.promise;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 64; i++) peer.socket.write(chunk);
    // The kernel's buffers are a few MiB at most; the rest stays with who wants to send it.
    await sleep(100);
    expect(peer.socket.writableLength).toBeGreaterThan(32 * 1024 * 1024);
  });

  it("leaves a deadline of Infinity out", async () => {
    const { connect } = await serve(ECHO, { handshakeTimeout: Number.POSITIVE_INFINITY });
    const peer = await connect();
    await peer.upgrade();
  });
});

describe("the origin", () => {
  const ask = async (
    origin: Parameters<typeof serve>[1],
    headers: Record<string, string | undefined>,
  ) => {
    const { connect } = await serve(ECHO, origin);
    const peer = await connect();
    peer.write(upgradeHead("/", headers));
    return (await peer.readResponse()).status;
  };

  it("has to be the server's own by default, where there is one (§10.2)", async () => {
    expect(await ask({}, {})).toBe(101);
    expect(await ask({}, { Host: "a.test:81", Origin: "http://a.test:81" })).toBe(101);
    expect(await ask({}, { Host: "a.test:81", Origin: "http://a.test" })).toBe(403);
    expect(await ask({}, { Host: "a.test:81", Origin: "https://a.test:81" })).toBe(403);
    expect(await ask({}, { Host: "a.test", Origin: "http://b.test" })).toBe(403);
    expect(await ask({}, { Host: "a.test", Origin: "null" })).toBe(403);
  });

  it("may be any with *", async () => {
    expect(await ask({ origin: "*" }, { Origin: "http://b.test" })).toBe(101);
  });

  it("may be one of a list", async () => {
    const origin = ["https://b.test", "https://c.test:444"];
    expect(await ask({ origin }, { Origin: "https://b.test" })).toBe(101);
    expect(await ask({ origin }, { Origin: "https://c.test:444" })).toBe(101);
    expect(await ask({ origin }, { Origin: "https://c.test" })).toBe(403);
    expect(await ask({ origin }, {})).toBe(101);
  });

  it("may be judged by a function", async () => {
    const origin = (given: string) => given.endsWith(".b.test");
    expect(await ask({ origin }, { Origin: "https://a.b.test" })).toBe(101);
    expect(await ask({ origin }, { Origin: "https://b.test.evil" })).toBe(403);
  });

  it("is refused with 500 when that function throws or returns a promise", async () => {
    const failing = () => {
      throw new Error("no database");
    };
    const promising = (async () => true) as unknown as () => boolean;
    expect(await ask({ origin: failing, onError() {} }, { Origin: "http://a" })).toBe(500);
    expect(await ask({ origin: promising, onError() {} }, { Origin: "http://a" })).toBe(500);
  });
});

describe("subprotocols", () => {
  it("are chosen by a handler function among those offered", async () => {
    const seen = deferred<readonly string[]>();
    const { open } = await serve((request) => {
      seen.resolve(request.protocols);
      const ws = request.upgrade({ protocol: "b" });
      ws.send(ws.protocol);
    });
    const peer = await open("/", { "Sec-WebSocket-Protocol": "a, b,c" });
    expect(await seen.promise).toEqual(["a", "b", "c"]);
    expect(await peer.readText()).toBe("b");
  });

  it("are in the response", async () => {
    const { connect } = await serve((request) => request.upgrade({ protocol: "b" }));
    const peer = await connect();
    const response = await peer.upgrade("/", { "Sec-WebSocket-Protocol": "a, b" });
    expect(response.field("Sec-WebSocket-Protocol")).toBe("b");
  });

  it("that were not offered cannot be chosen", async () => {
    const { connect, errors } = await serve((request) => request.upgrade({ protocol: "z" }));
    const peer = await connect();
    peer.write(upgradeHead("/", { "Sec-WebSocket-Protocol": "a" }));
    expect((await peer.readResponse()).status).toBe(500);
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  });

  it("of a handler object are tried in the server's order", async () => {
    const served = await serve(undefined);
    const { server, connect } = served;
    server.handle("/", { open: (ws) => ws.send(`<${ws.protocol}>`) }, { protocols: ["x", "y"] });
    const offers: [string | undefined, string][] = [
      ["y, x", "<x>"],
      ["z, y", "<y>"],
      ["z", "<>"],
      [undefined, "<>"],
    ];
    for (const [offer, chosen] of offers) {
      const peer = await connect();
      await peer.upgrade("/", { "Sec-WebSocket-Protocol": offer });
      expect(await peer.readText()).toBe(chosen);
    }
  });
});

describe("a handler function", () => {
  it("refuses with any status, headers and body", async () => {
    const { connect, errors } = await serve(async (request) => {
      await Promise.resolve();
      const headers = { "WWW-Authenticate": "Basic", "Set-Cookie": ["a=1", "b=2"] };
      request.reject(401, { headers, body: "who are you?" });
    });
    const peer = await connect();
    peer.write(upgradeHead());
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(401);
    expect(response.field("WWW-Authenticate")).toBe("Basic");
    expect(response.head).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    expect(response.field("Content-Type")).toBe("text/plain; charset=utf-8");
    expect(response.body).toBe("who are you?");
    await peer.untilEnded();
    expect(errors).toEqual([]);
  });

  it("refuses by throwing a HandshakeError", async () => {
    const { connect, errors } = await serve(() => {
      const answer = { status: 418, headers: { "X-Pot": "tea" }, body: "short and stout" };
      throw new HandshakeError("REFUSED", "a teapot", answer);
    });
    const peer = await connect();
    peer.write(upgradeHead());
    const response = await peer.readWholeResponse();
    expect([response.status, response.field("X-Pot"), response.body]).toEqual([
      418,
      "tea",
      "short and stout",
    ]);
    expect(errors).toEqual([]);
  });

  it("cannot answer twice", async () => {
    const { connect, errors } = await serve((request) => {
      request.reject(403);
      request.upgrade();
    });
    const peer = await connect();
    peer.write(upgradeHead());
    expect((await peer.readResponse()).status).toBe(403);
    expect(errors).toEqual([]);
  });

  it.each([
    ["a status that is none", (r: { reject: (s: number, o?: object) => void }) => r.reject(99)],
    [
      "a header with a line break",
      (r: { reject: (s: number, o?: object) => void }) =>
        r.reject(403, { headers: { "X-A": "1\r\nSet-Cookie: evil=1" } }),
    ],
  ])("gets an ArgumentError for %s", async (_, reject) => {
    const { connect, errors } = await serve((request) => reject(request));
    const peer = await connect();
    peer.write(upgradeHead());
    const response = await peer.readResponse();
    expect(response.status).toBe(500);
    expect(response.head).not.toContain("evil");
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  });

  it("gets an ArgumentError for an option that upgrade() does not have", async () => {
    const options = { protocols: ["chat"] } as object;
    const { connect, errors } = await serve((request) => request.upgrade(options));
    const peer = await connect();
    peer.write(upgradeHead("/", { "Sec-WebSocket-Protocol": "chat" }));
    expect((await peer.readResponse()).status).toBe(500);
    expect(String(errors[0])).toMatch(/upgrade.*"protocols"; the options are protocol, headers/);
  });

  it("sets header fields of the 101, but none with a line break and none of the handshake's", async () => {
    let headers: Record<string, string> = { "Set-Cookie": "session=1" };
    const { connect, errors } = await serve((request) => request.upgrade({ headers }));
    const peer = await connect();
    expect((await peer.upgrade()).field("Set-Cookie")).toBe("session=1");
    for (const bad of [{ "X-A": "1\n2" }, { "X A": "1" }, { Upgrade: "h2c" }]) {
      headers = bad as unknown as typeof headers;
      const next = await connect();
      next.write(upgradeHead());
      expect((await next.readResponse()).status).toBe(500);
    }
    expect(errors).toHaveLength(3);
  });

  it("sees the request", async () => {
    const { open } = await serve(undefined).then((served) => {
      served.server.handle("/rooms/:room/*", (request) => {
        const ws = request.upgrade();
        const { method, target, path, params, secure, origin, remoteAddress } = request;
        const q = request.query.get("q");
        const cookie = request.headers.get("cookie");
        const same = ws.request === request;
        ws.send(
          JSON.stringify({
            method,
            target,
            path,
            params,
            secure,
            origin,
            remoteAddress,
            q,
            cookie,
            same,
          }),
        );
      });
      return served;
    });
    const peer = await open("/rooms/blue%20one/a/b?q=1", { Cookie: "c=d" });
    expect(JSON.parse(await peer.readText())).toEqual({
      method: "GET",
      target: "/rooms/blue%20one/a/b?q=1",
      path: "/rooms/blue%20one/a/b",
      params: { room: "blue one", "*": "a/b" },
      secure: false,
      remoteAddress: "127.0.0.1",
      q: "1",
      cookie: "c=d",
      same: true,
    });
  });

  it("that returns without an answer is reported and answered with 500", async () => {
    const kept = deferred<{ upgrade(): unknown }>();
    const { connect, errors } = await serve((request) => kept.resolve(request));
    const peer = await connect();
    peer.write(upgradeHead());
    expect((await peer.readResponse()).status).toBe(500);
    expect(errors).toHaveLength(1);
    const request = await kept.promise;
    expect(() => request.upgrade()).toThrow(/answered already/);
  });

  it("whose promise resolves has its connection closed with 1000", async () => {
    const { open } = await serve(async (request) => {
      const ws = request.upgrade();
      await ws.send("bye");
    });
    const peer = await open();
    expect(await peer.readText()).toBe("bye");
    expect(await peer.readClose()).toEqual({ code: 1000, reason: "" });
    peer.write(closeFrame(1000));
    await peer.untilEnded();
  });

  it("may return any thenable", async () => {
    const { connect } = await serve((request) => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
      then(resolve: () => void) {
        setImmediate(() => {
          request.upgrade();
          resolve();
        });
      },
    }));
    const peer = await connect();
    await peer.upgrade();
    expect(await peer.readClose()).toEqual({ code: 1000, reason: "" });
  });
});

describe("admission", () => {
  it("beyond maxConnections is refused with 503 until one has left", async () => {
    const { open, connect, server } = await serve(ECHO, { maxConnections: 2 });
    const first = await open();
    await open();
    const third = await connect();
    expect((await third.readResponse()).status).toBe(503);
    await third.untilEnded();
    first.destroy();
    await until(() => server.connections.size === 1);
    await open();
  });

  it("counts sockets that have not sent anything", async () => {
    const { connect } = await serve(ECHO, { maxConnections: 1 });
    await connect();
    const second = await connect();
    expect((await second.readResponse()).status).toBe(503);
  });

  it("is refused with 429 by the hook that sees the address", async () => {
    const addresses: (string | undefined)[] = [];
    const { connect } = await serve(ECHO, {
      admit(address) {
        addresses.push(address);
        return addresses.length === 1;
      },
    });
    await (await connect()).upgrade();
    const second = await connect();
    expect((await second.readResponse()).status).toBe(429);
    expect(addresses).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  it("is refused and reported when the hook throws", async () => {
    const { connect, errors } = await serve(ECHO, {
      admit() {
        throw new Error("no list");
      },
    });
    const peer = await connect();
    expect((await peer.readResponse()).status).toBe(429);
    expect(errors).toMatchObject([{ message: "no list" }]);
  });
});
