import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { forOtherOrigin, judgeRedirect } from "../../src/client/redirect.ts";
import { parseTarget } from "../../src/client/target.ts";
import { Fields } from "../../src/handshake/fields.ts";
import { accepting, answering, failure, field, Opened } from "./raw-server.ts";

const SERVER = selfSignedCertificate();
const CLIENT = selfSignedCertificate();

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => {
  vi.unstubAllEnvs();
  return opened.close();
});

/** What a server was asked, and by whom. */
interface Asked {
  readonly head: string;
  /** Whether the client has shown a certificate. */
  readonly certificate: boolean;
}

/** A server that sends paths to other places, and accepts all others; plain or with TLS. */
async function server(places: Record<string, string> = {}, secure = false) {
  const asked: Asked[] = [];
  const serve = (socket: Parameters<ReturnType<typeof answering>>[0]) =>
    answering((head) => {
      const peer = "getPeerCertificate" in socket ? socket : undefined;
      const certificate = (
        peer as { getPeerCertificate(): object } | undefined
      )?.getPeerCertificate();
      asked.push({ head, certificate: Object.keys(certificate ?? {}).length > 0 });
      const place = places[head.split(" ")[1] ?? ""];
      return place === undefined
        ? accepting(head)
        : `HTTP/1.1 302 Found\r\nLocation: ${place}\r\nContent-Length: 0\r\n\r\n`;
    })(socket);
  const options = { ...SERVER, requestCert: true, rejectUnauthorized: false };
  const port = secure ? await opened.tls(options, serve) : await opened.tcp(serve);
  return { port, asked, url: `${secure ? "wss" : "ws"}://localhost:${port}`, places };
}

/** All that a client may want to keep for one server. */
const SECRETS: ConnectOptions = {
  headers: { Authorization: "Bearer t", "X-Api-Key": "k", "User-Agent": "ua", Host: "own.example" },
  cookies: { sid: "7" },
  tls: { ca: SERVER.cert, cert: CLIENT.cert, key: CLIENT.key },
};

async function opens(url: string, options: ConnectOptions): Promise<void> {
  (await connect(url, options)).terminate();
}

describe("redirects", () => {
  it("are followed within an origin with all that was given, on request", async () => {
    const one = await server({ "/a": "/b?c=d#e", "/b?c=d": "g" }, true);
    await opens(`${one.url}/a`, { ...SECRETS, maxRedirects: 2 });
    expect(one.asked.map(({ head }) => head.split(" ")[1])).toEqual(["/a", "/b?c=d", "/g"]);
    for (const { head, certificate } of one.asked) {
      expect(field(head, "Authorization")).toBe("Bearer t");
      expect(field(head, "Cookie")).toBe("sid=7");
      expect(field(head, "Host")).toBe("own.example");
      expect(certificate).toBe(true);
    }
    const keys = one.asked.map(({ head }) => field(head, "Sec-WebSocket-Key"));
    expect(new Set(keys).size).toBe(3);
  });

  it("keep the credentials of the URL within its origin", async () => {
    const one = await server();
    one.places["/a"] = `http://localhost:${one.port}/b`;
    await opens(`ws://me:secret@localhost:${one.port}/a`, { maxRedirects: 1 });
    const basic = `Basic ${btoa("me:secret")}`;
    expect(one.asked.map(({ head }) => field(head, "Authorization"))).toEqual([basic, basic]);
  });

  it("take nothing secret to another origin, also not back from there", async () => {
    const one = await server({}, true);
    const two = await server({ "/b": `${one.url}/c` }, true);
    one.places["/a"] = `${two.url}/b`;
    await opens(`${one.url.replace("://", "://me:secret@")}/a`, {
      ...SECRETS,
      headers: { "X-Api-Key": "k", "User-Agent": "ua", Host: "own.example" },
      protocols: ["chat"],
      requireProtocol: false,
      maxRedirects: 2,
    });
    expect(field(one.asked[0]!.head, "Authorization")).toBe(`Basic ${btoa("me:secret")}`);
    expect(field(one.asked[0]!.head, "Cookie")).toBe("sid=7");
    expect(one.asked[0]!.certificate).toBe(true);
    for (const [from, { head, certificate }] of [
      [two, two.asked[0]!],
      [one, one.asked[1]!],
    ] as const) {
      for (const name of ["Authorization", "Cookie", "X-Api-Key"]) {
        expect(field(head, name), name).toBeUndefined();
      }
      expect(field(head, "Host")).toBe(`localhost:${from.port}`);
      expect(field(head, "User-Agent")).toBe("ua");
      expect(field(head, "Sec-WebSocket-Protocol")).toBe("chat");
      expect(certificate).toBe(false);
    }
  });

  it("lead from ws: to wss:, which is another origin", async () => {
    const secure = await server({}, true);
    const plain = await server({ "/": `https://localhost:${secure.port}/` });
    await opens(plain.url, { ...SECRETS, maxRedirects: 1 });
    expect(field(secure.asked[0]!.head, "Authorization")).toBeUndefined();
  });

  it("lead from wss: to ws: only where that is said", async () => {
    const plain = await server();
    const secure = await server({ "/": plain.url }, true);
    const options = { ...SECRETS, maxRedirects: 1 };
    expect(await failure(secure.url, options)).toMatchObject({
      code: "REFUSED",
      status: 302,
      message: expect.stringContaining("from wss: to ws: (insecureRedirects)"),
    });
    expect(plain.asked).toEqual([]);
    await opens(secure.url, { ...options, insecureRedirects: true });
    expect(plain.asked).toHaveLength(1);
  });

  it("are counted", async () => {
    const one = await server({ "/": "/" });
    const error = await failure(one.url, { maxRedirects: 3 });
    expect(error).toMatchObject({ code: "REFUSED", status: 302 });
    expect(error.message).toContain("not followed: maxRedirects is 3");
    expect(error.received?.headers.get("location")).toBe("/");
    expect(one.asked).toHaveLength(4);
    await opened.drained();
  });

  it("are not followed by default", async () => {
    const one = await server({ "/": "/b" });
    expect((await failure(one.url)).message).toMatch(
      /302 "Found"; Location is "\/b", which is not followed: maxRedirects is 0$/,
    );
  });

  it("share one deadline", async () => {
    const hanging = await opened.tcp((socket) => socket.resume());
    const one = await server({ "/": `ws://127.0.0.1:${hanging}/` });
    const error = await failure(one.url, { maxRedirects: 1, handshakeTimeout: 200 });
    expect(error.code).toBe("HANDSHAKE_TIMEOUT");
    expect(error.message).toContain(`(HTTP) with 127.0.0.1:${hanging}`);
    await opened.drained();
  });

  it("name the server that they have led to when it fails", async () => {
    const two = await opened.tcp(answering(() => "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"));
    const one = await server({ "/": `ws://127.0.0.1:${two}/` });
    const error = await failure(one.url, { maxRedirects: 1 });
    expect(error).toMatchObject({ code: "REFUSED", status: 403 });
    expect(error.message).toContain(`ws://127.0.0.1:${two} refused`);
  });

  it("ask the environment for a proxy anew", async () => {
    const one = await server({ "/": "http://b.example/" });
    const proxy = await opened.tcp(
      answering((head) => {
        expect(head).toMatch(/^CONNECT b\.example:80 /);
        return "HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n";
      }),
    );
    vi.stubEnv("http_proxy", `http://127.0.0.1:${proxy}`);
    const error = await failure(one.url, { maxRedirects: 1, proxy: "env" });
    expect(error).toMatchObject({ code: "PROXY_REFUSED", status: 407 });
  });

  it("to a name that no proxy can be asked for are a refusal, and no mistake of the caller's", async () => {
    const one = await server({ "/": "ws://[2001:db8::1]/" });
    vi.stubEnv("http_proxy", "socks4a://127.0.0.1:1");
    const error = await failure(one.url, { maxRedirects: 1, proxy: "env" });
    expect(error).toMatchObject({ code: "REFUSED", status: 0 });
    expect(error.message).toContain("no IPv6 address");
  });
});

describe("judgeRedirect", () => {
  const rules = { maxRedirects: 1, insecureRedirects: false };
  const judge = (location: string, from = "ws://a.example/x/y?z", status = 301) => {
    const fields = new Fields([["location", location]]);
    const head = { version: "1.1", status, statusText: "", fields, faults: [] };
    return judgeRedirect(head, parseTarget(from), 0, rules);
  };

  it.each([
    ["b", "a.example", "/x/b", true],
    ["?b", "a.example", "/x/y?b", true],
    ["//b.example", "b.example", "/", false],
    ["HTTP://A.example:80/b", "a.example", "/b", true],
    ["ws://a.example:81/b", "a.example:81", "/b", false],
    ["https://a.example/b", "a.example", "/b", false],
  ])("%s leads to %s%s", (location, authority, resource, sameOrigin) => {
    expect(judge(location)).toMatchObject({ to: { authority, resource }, sameOrigin });
  });

  it.each([
    ["ftp://a.example/", "another scheme"],
    ["ws+unix:/run/a.sock", "another scheme"],
    ["javascript:alert(1)", "another scheme"],
    ["ws://me@b.example/", "user name or password"],
    ["ws://a.example:99999/", "no URL"],
  ])("%s is not followed", (location, why) => {
    expect(judge(location)).toMatchObject({ to: undefined, why: expect.stringContaining(why) });
  });

  it.each([301, 302, 303, 307, 308])("%i is a redirect", (status) => {
    expect(judge("/b", undefined, status)).toMatchObject({ sameOrigin: true });
  });

  it.each([200, 201, 300, 304, 401])("%i is none", (status) => {
    expect(judge("/b", undefined, status)).toBeUndefined();
  });

  it("stays on a Unix socket", () => {
    expect(judge("/b?c", "ws+unix:/run/a.sock:/a")).toMatchObject({
      to: { socketPath: "/run/a.sock", resource: "/b?c" },
      sameOrigin: true,
    });
    expect(judge("http://localhost/b", "ws+unix:/run/a.sock:/a")).toMatchObject({
      to: { socketPath: "/run/a.sock", resource: "/b" },
    });
    expect(judge("http://b.example/", "ws+unix:/run/a.sock:/a")).toMatchObject({
      why: expect.stringContaining("off the Unix socket"),
    });
  });
});

describe("forOtherOrigin", () => {
  it("keeps what says nothing of who asks", () => {
    const options: ConnectOptions = {
      ...SECRETS,
      headers: new Headers({ "User-Agent": "ua", "X-Api-Key": "k" }),
      tls: {
        ...SECRETS.tls,
        servername: "a.example",
        passphrase: "p",
        rejectUnauthorized: true,
        minVersion: "TLSv1.3",
      },
      maxMessageSize: 7,
      origin: "https://page.example",
    };
    expect(forOtherOrigin(options)).toEqual({
      headers: [["user-agent", "ua"]],
      tls: { ca: SERVER.cert, rejectUnauthorized: true, minVersion: "TLSv1.3" },
      maxMessageSize: 7,
      origin: "https://page.example",
    });
  });
});
