import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { inGroups, pause, type Site } from "../site.ts";

/** The static files beside the sockets. */
export const files: readonly Scenario[] = [
  {
    id: "file-paths",
    title: "paths that lead out of the folder, in every spelling",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "files" },
    attack: paths,
  },
  {
    id: "file-ranges",
    title: "ranges of a file, many, overlapping and impossible",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "files" },
    attack: ranges,
  },
  {
    id: "file-slow",
    title: "100 peers that ask for 64 MiB and do not read",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "files" },
    attack: slowReaders,
  },
];

const PATHS = [
  "/../secret",
  "/%2e%2e/secret",
  "/..%2fsecret",
  "/%2e%2e%2fsecret",
  "/..%5csecret",
  "/..\\secret",
  "/./../secret",
  "/small/../../secret",
  "//../secret",
  "/%252e%252e/secret",
  "/%c0%ae%c0%ae/secret",
  "/link",
  "/.hidden",
  "/secret%00.html",
  "/%",
  "/%zz",
  "http://localhost/../secret",
  "/..;/secret",
  "/small/",
  `/${"a/".repeat(4000)}`,
];

async function paths(site: Site): Promise<Figure[]> {
  const texts = await inGroups(PATHS.length, 5, async (i) => {
    const attacker = await site.connect();
    await attacker.write(
      `GET ${PATHS[i]} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    await attacker.endsWithin(5000);
    attacker.destroy();
    return attacker.text;
  });
  return [
    atMost(
      "answers with the secret",
      "count",
      texts.filter((t) => t.includes("the secret")).length,
      0,
    ),
    holds(
      "each is answered",
      texts.every((text) => text !== ""),
    ),
  ];
}

const RANGES = [
  "bytes=0-",
  `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(",")}`,
  `bytes=${Array.from({ length: 1000 }, () => "0-67108863").join(",")}`,
  "bytes=-1",
  "bytes=-99999999999999999999",
  "bytes=67108864-",
  "bytes=5-1",
  "bytes=9007199254740993-9007199254740994",
  "bytes=a-b",
  "lines=1-2",
];

async function ranges(site: Site): Promise<Figure[]> {
  const file = 64 * 1024 * 1024;
  const most = await inGroups(RANGES.length, 2, async (i) => {
    const attacker = await site.connect();
    await attacker.write(
      `GET /large HTTP/1.1\r\nHost: a\r\nRange: ${RANGES[i]}\r\nConnection: close\r\n\r\n`,
    );
    await attacker.endsWithin(20_000);
    attacker.destroy();
    return attacker.received;
  });
  // No answer is longer than the file, its head aside.
  return [atMost("bytes of the longest answer", "bytes", Math.max(...most), file + 4096)];
}

async function slowReaders(site: Site): Promise<Figure[]> {
  const count = site.size(100, 50);
  const before = await site.memory();
  const attackers = await inGroups(count, 20, async () => {
    const attacker = await site.connect();
    attacker.stopReading();
    await attacker.write("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return attacker;
  });
  await pause(2000);
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    note("peers", "count", attackers.length),
    atMost("memory for each", "bytes", held / count, 256 * 1024),
  ];
}
