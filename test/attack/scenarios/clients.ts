import type { Socket } from "node:net";
import { accepting, answering } from "../../client/raw-server.ts";
import { atMost, type Figure, holds, note, within } from "../figure.ts";
import type { Scenario, VictimSpec } from "../scenario.ts";
import { pause, type Site } from "../site.ts";
import type { Attempted } from "../victims/barewire-client.ts";

/** A client that gives up after half a second. */
export const CLIENT: VictimSpec = {
  side: "client",
  setup: "client",
  options: { handshakeTimeout: 500 },
  wsOptions: { handshakeTimeout: 500, perMessageDeflate: false },
};
/** The same with compression. */
export const COMPRESSING: VictimSpec = {
  ...CLIENT,
  options: { ...CLIENT.options, compression: true },
  wsOptions: { handshakeTimeout: 500, perMessageDeflate: true },
};

/** Agrees to compression. */
export const EXTENSIONS = "Sec-WebSocket-Extensions: permessage-deflate";

/** Servers that answer an opening handshake in all the wrong ways. */
export const clients: readonly Scenario[] = [
  {
    id: "client-head",
    title: "answers whose head never ends, fast, slow and in a million fields",
    fast: true,
    ws: true,
    victim: CLIENT,
    deadline: 20,
    attack: endlessHeads,
  },
  {
    id: "client-no-http",
    title: "a server that speaks another protocol",
    fast: true,
    ws: true,
    victim: {
      ...CLIENT,
      options: { handshakeTimeout: 10_000 },
      wsOptions: { handshakeTimeout: 10_000 },
    },
    attack: noHttp,
  },
  {
    id: "client-answers",
    title: "101s that agree to what was not offered, with windows that there are not",
    fast: true,
    ws: true,
    victim: COMPRESSING,
    attack: wrongAnswers,
  },
  {
    id: "client-body",
    title: "a refusal with a body that never ends",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: endlessBody,
  },
  {
    id: "client-frozen",
    title: "answers that came in time while the process stood still",
    fast: true,
    ws: false,
    victim: { ...CLIENT, options: { handshakeTimeout: 400 } },
    attack: frozenClient,
  },
];

/** Has the client connect to a port. */
export async function attempt(site: Site, port: number): Promise<Attempted> {
  return await site.victim.ask<Attempted>("connect", port);
}

/** A server that accepts, and does `next` with the socket. */
export async function accept(
  site: Site,
  next: (socket: Socket) => void,
  lines: (head: string) => string[] = () => [],
): Promise<number> {
  return await site.servers.tcp((socket) => {
    answering((head) => {
      setImmediate(next, socket);
      return accepting(head, ...lines(head));
    })(socket);
  });
}

/** Has a server write `next()` again and again. */
function pouring(next: () => string): (socket: Socket) => void {
  return (socket) => {
    socket.on("error", () => {});
    const pour = () => {
      while (!socket.destroyed && socket.write(next()));
    };
    socket.on("drain", pour);
    socket.once("data", pour);
  };
}

async function endlessHeads(site: Site): Promise<Figure[]> {
  const start = "HTTP/1.1 101 Switching Protocols\r\n";
  let begun = false;
  const first = (more: string) => {
    const text = begun ? more : start + more;
    begun = true;
    return text;
  };
  const oneField = await site.servers.tcp(pouring(() => first("x".repeat(65_536))));
  const manyFields = await site.servers.tcp(pouring(() => first("a: b\r\n".repeat(10_000))));
  const slow = await site.servers.tcp((socket) => {
    socket.on("error", () => {});
    socket.write(start);
    const timer = setInterval(() => socket.write("x"), 50);
    socket.on("close", () => clearInterval(timer));
  });
  const results: Attempted[] = [];
  for (const port of [oneField, manyFields, slow]) {
    begun = false;
    results.push(await attempt(site, port));
  }
  return [
    holds(
      "none is opened",
      results.every(({ error }) => error !== ""),
    ),
    within("the longest until it was given up", Math.max(...results.map(({ ms }) => ms)), 2000),
  ];
}

async function noHttp(site: Site): Promise<Figure[]> {
  const greetings = [
    "220 mail ESMTP\r\n",
    "SSH-2.0-x\r\n",
    "\x15\x03\x01\0\x02\x02\x50",
    "\0\0\0\0",
    "H\r\n",
  ];
  const results: Attempted[] = [];
  for (const greeting of greetings) {
    const port = await site.servers.tcp((socket) => {
      socket.on("error", () => {});
      socket.write(greeting, "latin1");
    });
    results.push(await attempt(site, port));
  }
  const late = results.filter(({ error, ms }) => error === "" || ms > 5000);
  return [
    atMost("noticed only at the deadline of 10 s", "count", late.length, 0),
    note("the longest", "ms", Math.max(...results.map(({ ms }) => ms))),
  ];
}

const WRONG_LINES = [
  [`${EXTENSIONS}; server_max_window_bits=0`],
  [`${EXTENSIONS}; server_max_window_bits=7`],
  [`${EXTENSIONS}; server_max_window_bits=16`],
  [`${EXTENSIONS}; server_max_window_bits=99999999999`],
  [`${EXTENSIONS}; server_max_window_bits=-1`],
  [`${EXTENSIONS}; server_max_window_bits=abc`],
  [`${EXTENSIONS}; server_max_window_bits`],
  [`${EXTENSIONS}; client_max_window_bits=1`],
  [`${EXTENSIONS}; __proto__=1`],
  [`${EXTENSIONS}, permessage-deflate`],
  ["Sec-WebSocket-Extensions: x-other"],
  ["Sec-WebSocket-Protocol: not-offered"],
  ["Sec-WebSocket-Protocol: __proto__"],
];

async function wrongAnswers(site: Site): Promise<Figure[]> {
  let opened = 0;
  for (const lines of WRONG_LINES) {
    const port = await accept(
      site,
      () => {},
      () => lines,
    );
    const { error } = await attempt(site, port);
    if (error === "") opened++;
  }
  return [atMost("opened all the same", "count", opened, 0)];
}

async function endlessBody(site: Site): Promise<Figure[]> {
  let begun = false;
  const port = await site.servers.tcp(
    pouring(() => {
      const head = begun ? "" : "HTTP/1.1 403 Forbidden\r\n\r\n";
      begun = true;
      return head + "x".repeat(65_536);
    }),
  );
  const { error, ms } = await attempt(site, port);
  return [holds("it is refused", error !== ""), within("until it was given up", ms, 2000)];
}

async function frozenClient(site: Site): Promise<Figure[]> {
  const times = site.size(6, 2);
  let opened = 0;
  for (let i = 0; i < times; i++) {
    let answer = () => {};
    const port = await site.servers.tcp(
      answering((head) => {
        answer();
        return head === "" ? undefined : accepting(head);
      }),
    );
    // It asks, and stands still before it can read the answer.
    const stands = i % 2 === 0 ? "blocked" : "stopped";
    if (stands === "stopped") answer = () => site.victim.freeze();
    const attempted = site.victim.ask<Attempted>(
      stands === "blocked" ? "connectAndBlock" : "connect",
      port,
    );
    await pause(900);
    if (stands === "stopped") site.victim.thaw();
    if ((await attempted).error === "") opened++;
  }
  return [{ ...note("opened", "count", opened), least: times }];
}
