import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/cli/command-line.ts";
import { CONNECT_HELP } from "../../../src/cli/connect/help.ts";
import { type ConnectOptions, parseConnectOptions } from "../../../src/cli/connect/options.ts";

const PIPES = { typed: false, seen: false };
const TERMINAL = { typed: true, seen: true };

function parse(args: readonly string[], ends = PIPES): ConnectOptions {
  const options = parseConnectOptions(args, ends);
  if (options === "help") throw new Error("asked for help");
  return options;
}

describe("barewire connect", () => {
  it("has defaults for pipes", () => {
    expect(parse(["ws://h/"])).toMatchObject({
      url: "ws://h/",
      send: [],
      binary: false,
      once: false,
      readsInput: true,
      split: { separator: 10 },
      wait: 1000,
      slash: false,
      listen: undefined,
      exec: undefined,
      show: new Set(),
      bytes: "hex",
      end: "\n",
      json: false,
      color: "auto",
      verbose: false,
      quiet: false,
      pingInterval: undefined,
      reconnect: false,
      maxSize: 64 * 2 ** 20,
      maxMessages: Number.POSITIVE_INFINITY,
    });
    expect(parse(["ws://h/"]).dialing).toMatchObject({ timeout: "10", insecure: false });
  });

  it("has others for a terminal", () => {
    expect(parse(["h"], TERMINAL)).toMatchObject({
      wait: 0,
      slash: true,
      history: true,
      show: new Set(["mark", "time", "size"]),
    });
    // There are no bytes to lose at a terminal, and nobody could read them there.
    expect(parse(["h", "--binary"], TERMINAL)).toMatchObject({
      split: { separator: 10 },
      bytes: "hex",
    });
    expect(parse(["h", "--no-input"], TERMINAL).wait).toBe(1000);
  });

  it("takes all its options", () => {
    const args =
      "-H A:1 -H b:x:y -s p -s q -o o -u me:secret -z --timeout 2 --ca f --cert c --key k";
    const more = "--passphrase x --servername n -k --proxy none --unix-socket s -4 -x 1 -x 2 -b";
    const rest =
      "--split 1k -w 2 --no-slash --no-history --show time,size --bytes base64 -j --color never -v " +
      "--ping 0.5 -r --max-size 1M --max-messages 3 -e cmd wss://h/";
    const options = parse([args, more, rest].flatMap((line) => line.split(" ")));
    expect(options).toMatchObject({
      url: "wss://h/",
      send: ["1", "2"],
      binary: true,
      split: { longest: 1024 },
      wait: 2000,
      slash: false,
      history: false,
      show: new Set(["time", "size"]),
      bytes: "base64",
      json: true,
      color: "never",
      verbose: true,
      pingInterval: 500,
      reconnect: true,
      maxSize: 2 ** 20,
      maxMessages: 3,
      exec: "cmd",
    });
    expect(options.dialing).toMatchObject({
      header: ["A:1", "b:x:y"],
      subprotocol: ["p", "q"],
      origin: "o",
      auth: "me:secret",
      compress: true,
      timeout: "2",
      ca: "f",
      cert: "c",
      key: "k",
      passphrase: "x",
      servername: "n",
      insecure: true,
      proxy: "none",
      "unix-socket": "s",
      ipv4: true,
    });
  });

  it("knows its ways to cut and to wait", () => {
    expect(parse(["h", "-0"])).toMatchObject({ split: { separator: 0 }, end: "\0" });
    expect(parse(["h", "-b"])).toMatchObject({ split: { longest: 65_536 }, bytes: "raw" });
    expect(parse(["h", "-b", "--split", "line"]).split).toEqual({ separator: 10 });
    expect(parse(["h", "-w", "forever"]).wait).toBe(Number.POSITIVE_INFINITY);
    expect(parse(["h", "--wait=-1"]).wait).toBe(Number.POSITIVE_INFINITY);
    expect(parse(["h", "-1"])).toMatchObject({ once: true, readsInput: false, maxMessages: 1 });
    expect(parse(["h", "--exec", "cat", "-b"], TERMINAL).split).toEqual({ longest: 65_536 });
  });

  it.each([
    ["8080", { host: "127.0.0.1", port: 8080 }],
    ["0", { host: "127.0.0.1", port: 0 }],
    ["localhost:80", { host: "localhost", port: 80 }],
    ["*:80", { host: "::", port: 80 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    ["./app.sock", { path: "./app.sock" }],
  ])("listens on %s", (text, place) => {
    expect(parse(["--listen", text]).listen).toEqual(place);
  });

  it("helps", () => {
    expect(parseConnectOptions(["-h"], PIPES)).toBe("help");
    expect(parseConnectOptions(["--nothing=else", "--help"].slice(1), TERMINAL)).toBe("help");
    expect(CONNECT_HELP.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([
    ["", /expected a URL, such as/],
    ["ws://a ws://b", /expected one URL, got 2/],
    ["h --ping 0", /--ping: expected a number from 0.001/],
    ["h --ping -1", /--ping: expected a value; .* is written --ping=-/],
    ["h -w -x", /-w: expected a value; .* is written --wait=-/],
    ["h --wait soon", /--wait: expected a number from 0/],
    ["h --once=yes", /--once/],
    ["h --show mark,colour", /--show: expected mark or time or size, got "colour"/],
    ["h --bytes oct", /--bytes: expected hex or base64 or raw, got "oct"/],
    ["h --color red", /--color: expected auto or always or never/],
    ["h --split word", /--split: expected line, null, none or a size/],
    ["h --split none", /--split none: expected --binary with it/],
    ["h --max-size 1T", /--max-size: expected bytes from 0 to/],
    ["h --max-messages 0", /--max-messages: expected an integer from 1/],
    ["h -1 -x a -x b", /--once sends one message, got 2; --max-messages N/],
    ["h -1 --max-messages 2", /--once and --max-messages exclude each other/],
    ["h -1 -e cat", /--once and --exec exclude each other/],
    ["h -v -q", /--verbose and --quiet exclude each other/],
    ["h -0 --split line", /--null and --split exclude each other/],
    ["h -e cat --no-input", /--exec and --no-input exclude each other/],
    ["h --tls", /--tls is for --listen/],
    ["h --max-connections 1", /--max-connections is for --listen/],
    ["-l 1 ws://h", /--listen waits for clients: no URL expected/],
    ["-l 1 -r", /--reconnect is for clients, not for --listen/],
    ["-l 1 --proxy none", /--proxy is for clients, not for --listen/],
    ["-l 65536", /--listen: expected an integer from 0 to 65535/],
    ["-l host", /--listen: expected PORT, HOST:PORT or/],
    ["-l 1 --max-connections 0", /--max-connections: expected an integer from 1/],
    ["h --nonsense", /Unknown option '--nonsense'$/],
    ["h --heder x", /Unknown option '--heder'; did you mean --header\?/],
    ["h --sub x", /did you mean --subprotocol\?/],
    ["-c ws://h", /Unknown option '-c': the URL stands by itself/],
    ["h --execute x", /Unknown option '--execute': it is --send \(-x\) here/],
    ["h -n", /Unknown option '-n': it is --insecure/],
    ["h --basic-auth a:b", /it is --auth USER:PASSWORD/],
  ])("refuses %j", (line, message) => {
    const args = line === "" ? [] : line.split(" ");
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(message);
  });

  it("refuses raw bytes for a terminal", () => {
    expect(() => parse(["h", "--bytes", "raw"], TERMINAL)).toThrow(/--bytes raw: the output is a/);
    expect(parse(["h", "--bytes", "raw"]).bytes).toBe("raw");
  });
});
