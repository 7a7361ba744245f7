import { upgradeHead } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { comes, inGroups, type Site } from "../site.ts";

const MIB = 1024 * 1024;

/** Opening handshakes that should not be. */
export const heads: readonly Scenario[] = [
  {
    id: "head-large",
    title: "200 heads of 1 MiB, of one field or of many",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: largeHeads,
  },
  {
    id: "head-flood",
    title: "heads of 16 KiB with 90 fields, 2,000 of them",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: flood,
  },
  {
    id: "head-names",
    title: "`__proto__` and its like as names of everything that has a name",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: names,
  },
  {
    id: "head-wrong",
    title: "heads that smuggle, repeat, leave out or are not HTTP",
    fast: true,
    // node:http in front of ws has answers of its own.
    ws: false,
    victim: { side: "server", setup: "echo" },
    attack: wrongHeads,
  },
  {
    id: "head-rebound",
    title: "a page whose name was bound to another address calls itself same-origin",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { hosts: ["localhost", "127.0.0.1"] } },
    attack: rebound,
  },
  {
    id: "head-no-http",
    title: "a mail client that talks to the server",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: noHttp,
  },
  {
    id: "head-pipelined",
    title: "upgrades behind a request whose answer is never read, with 1 s for a handshake",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "files", options: { handshakeTimeout: 1000 } },
    attack: (site) => pipelined(site, upgradeHead(), 6),
  },
  {
    id: "head-pipelined-plain",
    title:
      "plain requests behind a request whose answer is never read (60 s without traffic are allowed)",
    ws: false,
    victim: { side: "server", setup: "files" },
    deadline: 180,
    attack: (site) => pipelined(site, GET_LARGE, 130),
  },
  {
    id: "head-upstream",
    title: "the server's own client is refused with a redirect and a cookie",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "upstream" },
    probed: false,
    attack: refusedUpstream,
  },
];

async function largeHeads(site: Site): Promise<Figure[]> {
  const one = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(MIB)}\r\n\r\n`;
  const many = `GET / HTTP/1.1\r\nHost: a\r\n${"a: b\r\n".repeat(MIB / 6)}\r\n`;
  const statuses = await inGroups(site.size(200, 50), 10, async (i) => {
    const attacker = await site.connect();
    void attacker.write(i % 2 === 0 ? one : many);
    const status = await attacker.status();
    attacker.destroy();
    return status;
  });
  return [
    holds(
      "each is refused with 431",
      statuses.every((status) => status === 431),
    ),
  ];
}

async function flood(site: Site): Promise<Figure[]> {
  const fields = Object.fromEntries(
    Array.from({ length: 90 }, (_, i) => [`X-Field-${i}`, "y".repeat(150)]),
  );
  const statuses = await inGroups(2000, 50, async () => {
    const attacker = await site.connect();
    const status = await attacker.upgrade("/", fields);
    attacker.destroy();
    return status;
  });
  return [
    { ...note("opened", "count", statuses.filter((status) => status === 101).length), least: 2000 },
  ];
}

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then"];

async function names(site: Site): Promise<Figure[]> {
  const wrong: string[] = [];
  for (const name of NAMES) {
    const requests: Record<string, string>[] = [
      { [name]: "1" },
      { Cookie: `${name}=1; ${name}=2; a=${name}` },
      { "Sec-WebSocket-Protocol": name },
      { "Sec-WebSocket-Extensions": `${name}; ${name}=1` },
      { Origin: `http://${name}`, Host: name },
      { Origin: name },
    ];
    for (const fields of requests) {
      const attacker = await site.connect();
      const status = await attacker.upgrade(`/?${name}=1&${name}[x]=2`, fields);
      const allowed = "Origin" in fields ? [101, 400, 403] : [101];
      if (!allowed.includes(status)) wrong.push(`${JSON.stringify(fields)}: ${status}`);
      attacker.destroy();
    }
    const attacker = await site.connect();
    // A path that nobody serves.
    const status = await attacker.upgrade(`/${name}`);
    if (status === 0 || (status === 101 && site.library === "barewire"))
      wrong.push(`/${name}: ${status}`);
    attacker.destroy();
  }
  return [atMost("wrong answers", "count", wrong.length, 0)];
}

const VALID = upgradeHead("/", {});
/** What is sent, and the statuses that are right. */
const WRONG_HEADS: readonly (readonly [head: string, ...statuses: number[]])[] = [
  [upgradeHead("/", { "Transfer-Encoding": "chunked" }), 400],
  [upgradeHead("/", { "Content-Length": "5" }), 400],
  [upgradeHead("/", { "Content-Length": "5", "Transfer-Encoding": "chunked" }), 400],
  [VALID.replace("\r\nHost", "\r\n Folded: x\r\nHost"), 400],
  [VALID.replace("Host:", "Host :"), 400],
  [VALID.replace("Host: localhost", "Host: a\r\nHost: b"), 400],
  [VALID.replace("Host: localhost\r\n", ""), 400],
  [upgradeHead("/", { Host: "http://[" }), 400],
  [upgradeHead("/", { Host: "a b" }), 400],
  [upgradeHead("/", { Host: "a:99999" }), 400],
  [upgradeHead("/", { Upgrade: "other" }), 400],
  [upgradeHead("/", { Connection: "close" }), 400],
  [VALID.replace("HTTP/1.1", "HTTP/1.0"), 400, 505],
  [VALID.replace("HTTP/1.1", "HTTP/2.0"), 400, 505],
  [VALID.replace("HTTP/1.1", "HTTP/1.1\0"), 400],
  [VALID.replace("GET", "POST"), 400, 405],
  [VALID.replace("GET / ", "GET http://[::1 "), 400],
  [VALID.replace("GET / ", "GET /\u0001 "), 400],
  [VALID.replaceAll("\r\n", "\n"), 400],
  [VALID.replaceAll("\r\n", "\r"), 400],
  [upgradeHead("/", { "Sec-WebSocket-Key": "short" }), 400],
  [upgradeHead("/", { "Sec-WebSocket-Key": undefined }), 400],
  [upgradeHead("/", { "Sec-WebSocket-Version": "8" }), 426],
  [upgradeHead("/", { "Sec-WebSocket-Version": "13, 13" }), 400, 426],
  [upgradeHead("/", { "X-Value": "a\u0000b" }), 400],
  [upgradeHead("/", { "X-Value": "a\rb" }), 400],
  [upgradeHead("/", { Origin: "http://elsewhere.example" }), 403],
  [upgradeHead("/nowhere"), 404],
];

async function wrongHeads(site: Site): Promise<Figure[]> {
  const wrong: string[] = [];
  for (const [head, ...statuses] of WRONG_HEADS) {
    const attacker = await site.connect();
    await attacker.write(Buffer.from(head, "latin1"));
    // One that never ends in an empty line is judged by the deadline, which is no part of this.
    await attacker.endsWithin(3000);
    const status = attacker.firstStatus;
    if (!statuses.includes(status)) wrong.push(`${status} for ${JSON.stringify(head)}`);
    attacker.destroy();
  }
  for (const each of wrong) process.stderr.write(`  head-wrong: ${each}\n`);
  return [atMost("wrong answers", "count", wrong.length, 0)];
}

/** Host and Origin are one another's, and neither is the server's. */
async function rebound(site: Site): Promise<Figure[]> {
  const host = `attacker.example:${site.victim.port}`;
  const statuses: number[] = [];
  for (const fields of [
    { Host: host, Origin: `http://${host}` },
    { Host: host },
    { Host: "localhost.attacker.example", Origin: "http://localhost.attacker.example" },
  ]) {
    const attacker = await site.connect();
    statuses.push(await attacker.upgrade("/", fields));
    attacker.destroy();
  }
  const own = await site.connect();
  const status = await own.upgrade("/", { Host: `localhost:${site.victim.port}` });
  return [
    holds(
      "each is refused",
      statuses.every((each) => each >= 400 && each < 500),
    ),
    holds("the server's own name is not", status === 101),
  ];
}

async function noHttp(site: Site): Promise<Figure[]> {
  const attackers = await inGroups(20, 20, async (i) => {
    const attacker = await site.connect();
    await attacker.write(
      ["HELO x\r\n", "EHLO mail.example\r\n", "\x16\x03\x01", "SSH-2.0-x\r\n"][i % 4]!,
    );
    return attacker;
  });
  const ended = await Promise.all(attackers.map((attacker) => attacker.endsWithin(2000)));
  return [atMost("still open after 2 s", "count", ended.filter((end) => !end).length, 0)];
}

const GET_LARGE = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** A large file that is not read, and behind it a request that waits for it. */
async function pipelined(site: Site, next: string, seconds: number): Promise<Figure[]> {
  const before = site.victim.descriptors;
  await inGroups(20, 20, async () => {
    const attacker = await site.connect();
    attacker.stopReading();
    await attacker.write(GET_LARGE + next);
  });
  await comes(() => site.victim.descriptors <= before, seconds * 1000);
  const open = site.victim.descriptors - before;
  return [atMost(`sockets and files open after ${seconds} s`, "count", open, 0)];
}

const REFUSAL =
  "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nSet-Cookie: session=upstream\r\n" +
  "\r\nupstream";

async function refusedUpstream(site: Site): Promise<Figure[]> {
  const port = await site.servers.tcp((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(REFUSAL));
  });
  await site.victim.ask("upstream", port);
  const attacker = await site.connect();
  const status = await attacker.upgrade();
  await attacker.endsWithin(1000);
  return [
    { ...note("status of the answer", "count", status), least: 500, most: 502 },
    holds("nothing of the other server's is in it", !/upstream|elsewhere/.test(attacker.text)),
  ];
}
