import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { encodeKey } from "../../src/handshake/accept-key.ts";
import { checkUpgradeResponse, parseResponseHead } from "../../src/handshake/client.ts";
import { checkUpgradeRequest, parseRequestHead } from "../../src/handshake/request.ts";
import { acceptHead, answerBytes } from "../../src/handshake/response.ts";
import { ArgumentError, type ConnectOptions, connect, Server } from "../../src/index.ts";
import { runCommand } from "../cli/run-command.ts";
import { serve } from "../served.ts";

// A token that was read from a file ends with a line break. The error of the header quoted all of it,
// and errors are logged.
const SECRET = "hunter2";

async function thrownBy(call: () => unknown): Promise<ArgumentError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The names of the options, from the error about one that there is none of. */
async function optionNames(call: (options: object) => unknown): Promise<string[]> {
  const { message } = await thrownBy(() => call({ nonsense: 1 }));
  return /the options are (.*)$/.exec(message)![1]!.split(", ");
}

describe("an ArgumentError names what is wrong and does not repeat it", () => {
  const headers = (fields: unknown): ConnectOptions => ({ headers: fields as never });

  it.each<[string, string, ConnectOptions, RegExp]>([
    [
      "a line break behind a header",
      "ws://a",
      headers({ Authorization: `Bearer ${SECRET}\n` }),
      /header Authorization has a line break/,
    ],
    ["space behind a header", "ws://a", headers({ "X-Key": `${SECRET} ` }), /X-Key has space/],
    ["a control character", "ws://a", headers({ "X-Key": `${SECRET}\0` }), /X-Key has a character/],
    ["values that are none", "ws://a", headers({ "X-Key": { key: SECRET } }), /X-Key is an object/],
    [
      "a whole line as a name",
      "ws://a",
      headers([[`Authorization: ${SECRET}`, ""]]),
      /"Authorization…"/,
    ],
    ["headers as text", "ws://a", headers(`Authorization: ${SECRET}`), /headers is neither/],
    ["a cookie", "ws://a", { cookies: { sid: `${SECRET};` } }, /cookie sid/],
    ["a whole cookie as a name", "ws://a", { cookies: { [`sid=${SECRET}`]: "" } }, /"sid…"/],
    ["an origin", "ws://a", { origin: `https://a ${SECRET}` }, /origin is not an origin/],
    ["a subprotocol", "ws://a", { protocols: ["a", `bearer ${SECRET}`] }, /protocols\[1\]/],
    ["a subprotocol twice", "ws://a", { protocols: [SECRET, SECRET] }, /protocols\[1\]/],
    ["a URL", `ws://me:${SECRET}@a:x/`, {}, /not a valid URL/],
    ["a URL without a scheme", `${SECRET}:me@a/`, {}, /scheme/],
    ["a URL with a fragment", `ws://me:${SECRET}@a/?${SECRET}#${SECRET}`, {}, /fragment/],
    ["a URL's user name", `ws://${SECRET}%3A@a/`, {}, /colon/],
    ["a URL's password", `ws://me:${SECRET}%00@a/`, {}, /control character/],
    ["a proxy", "ws://a", { proxy: `http://me:${SECRET}@p:x` }, /the proxy option/],
    ["a proxy without a scheme", "ws://a", { proxy: `${SECRET}:me@p` }, /the proxy option/],
    ["a proxy's user name", "ws://a", { proxy: `http://${SECRET}%3A@p` }, /colon/],
    ["options as text", "ws://a", `Bearer ${SECRET}` as never, /takes an object.*got a string/],
  ])("(%s)", async (_, url, options, message) => {
    const error = await thrownBy(() => connect(url, options));
    expect(error.message).toMatch(message);
    expect(inspect(error)).not.toContain(SECRET);
  });

  it("whatever option of connect() it was put into", async () => {
    const names = await optionNames((options) => connect("ws://a", options));
    expect(names).toContain("handshakeTimeout");
    for (const name of names) {
      for (const value of [`${SECRET}\n`, [`${SECRET}\n`], { key: SECRET }]) {
        const error = await connect("ws://127.0.0.1:1/", { [name]: value }).catch(
          (reason) => reason,
        );
        // Where it was taken for the name of a file, that is tried, and named.
        if (name !== "socketPath") expect(inspect(error), name).not.toContain(SECRET);
      }
    }
  });

  it("whatever option of a server it was put into", async () => {
    const names = await optionNames((options) => new Server(options));
    // It names a directory.
    for (const name of names.filter((one) => one !== "root")) {
      for (const value of [`${SECRET}\n`, [`${SECRET}\n`], { key: SECRET }]) {
        let text = "";
        try {
          new Server({ [name]: value });
        } catch (error) {
          text = inspect(error);
        }
        expect(text, name).not.toContain(SECRET);
      }
    }
  });

  it("in an answer", async () => {
    const key = encodeKey(Buffer.alloc(16));
    for (const call of [
      () => answerBytes({ status: 401, headers: { "Set-Cookie": `sid=${SECRET}\n` } }),
      () => answerBytes({ status: 401, headers: { [`Set-Cookie: ${SECRET}`]: "" } }),
      () => acceptHead({ key, protocol: `bearer ${SECRET}` }),
      () => acceptHead({ key, extensions: `${SECRET}\n` }),
    ]) {
      expect(inspect(await thrownBy(call))).not.toContain(SECRET);
    }
  });
});

describe("the faults of a head do not repeat what may be secret in it", () => {
  const head = (...lines: string[]) => Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const sent = { key: encodeKey(Buffer.alloc(16)), protocols: [] };

  it.each([
    ["a target", [`GET /?token=${SECRET}#x HTTP/1.1`]],
    ["a target", [`GET /?token=${SECRET}\xe9 HTTP/1.1`]],
    ["a target of another form", [`GET me:${SECRET}@a HTTP/1.1`]],
    ["a target's host", [`GET http://me:${SECRET}@a/ HTTP/1.1`]],
    ["a target of another host", [`GET http://a/?${SECRET} HTTP/1.1`, "Host: b"]],
    ["a request line", [`GET /?token=${SECRET}`]],
    ["a field without a colon", ["GET / HTTP/1.1", `Authorization Bearer ${SECRET}`]],
    ["a field name", ["GET / HTTP/1.1", `Cookie sid=${SECRET}: x`]],
    ["space before a colon", ["GET / HTTP/1.1", `Cookie ${SECRET} : x`]],
    ["a control character", ["GET / HTTP/1.1", `Cookie: ${SECRET}\x01`]],
    ["a subprotocol", ["GET / HTTP/1.1", `Sec-WebSocket-Protocol: bearer ${SECRET}`]],
  ])("(%s in a request)", (_, lines) => {
    const faults = checkUpgradeRequest(parseRequestHead(head(...lines), 100));
    expect(faults.length).toBeGreaterThan(0);
    expect(inspect(faults)).not.toContain(SECRET);
  });

  it.each([
    ["a field without a colon", `Set-Cookie sid=${SECRET}`],
    ["a field name", `Set-Cookie sid=${SECRET}: x`],
    ["subprotocols", `Sec-WebSocket-Protocol: a, ${SECRET}`],
  ])("(%s in a response)", (_, line) => {
    const response = parseResponseHead(head("HTTP/1.1 101 x", line), 100);
    const faults = checkUpgradeResponse(response, sent);
    expect(faults.length).toBeGreaterThan(0);
    expect(inspect(faults)).not.toContain(SECRET);
  });
});

describe("the error of a redirect that is not followed", () => {
  it("says where it leads and leaves out the query", async () => {
    const { address } = await serve((request) => {
      request.reject(302, { headers: { Location: `https://me:${SECRET}@b.example/c?${SECRET}` } });
    });
    const error = await connect(`ws://127.0.0.1:${address.port}/`).catch((reason) => reason);
    expect(error.message).toContain("https://b.example/c");
    expect(error.message).not.toContain(SECRET);
  });
});

describe("barewire connect", () => {
  it("prints no secret of its command line", async () => {
    const { address } = await serve({ open: (ws) => ws.close(1000) });
    const url = `ws://me:${SECRET}@127.0.0.1:${address.port}/?token=${SECRET}`;
    const header = ["--header", `Authorization: Bearer ${SECRET}`];
    const wrong = `ws://me:${SECRET}@127.0.0.1:1/`;
    const runs = [
      [url],
      [url.replace(`me:${SECRET}@`, ""), ...header],
      [wrong, url],
      [wrong, "--header", `Bearer ${SECRET}`],
    ];
    const outputs = runs.map((args) => runCommand(["connect", ...args]));
    for (const { stdout, stderr } of await Promise.all(outputs)) {
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stderr).not.toBe("");
    }
  });
});
