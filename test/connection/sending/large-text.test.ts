import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { type ConnectionOptions, connect, type ListenTarget } from "../../../src/index.ts";
import { serve } from "../../served.ts";

const KIB = 1024;
const TLS = selfSignedCertificate();
const LOCAL = { port: 0, host: "127.0.0.1" };
const SIZES = [22, 64, 65, 300, 1100, 2500, 5000];
const OPTIONS: ConnectionOptions = {
  maxMessageSize: 32 * KIB * KIB,
  maxSendBuffer: 256 * KIB * KIB,
};

/** Text that is no other's, and whose every part differs from the others. */
function textOf(name: string, size: number, unit: string): string {
  const lines: string[] = [];
  for (let length = 0, line = 0; length < size; line++) {
    lines.push(`${name}:${line}${unit}`);
    length += lines[line]!.length;
  }
  return lines.join("").slice(0, size);
}

function digest(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

// The memory of long text is used again, by all connections: what one sends or receives must not show
// up in another's messages, however slowly each peer reads.
const ways: [name: string, target: ListenTarget, options: ConnectionOptions][] = [
  ["a TCP socket", LOCAL, {}],
  ["a TCP socket without direct writes", LOCAL, { directWrites: false, shareReads: false }],
  ["TLS", { ...LOCAL, tls: TLS }, {}],
];

test.each(ways)(
  "long texts of many connections stay apart: %s",
  async (_, target, options) => {
    const all = { ...OPTIONS, ...options };
    const { address } = await serve({ message: (ws, data) => void ws.send(data) }, all, target);
    const url = `${address.secure ? "wss" : "ws"}://localhost:${address.port}/`;
    const clients = await Promise.all(
      Array.from({ length: 5 }, () =>
        connect(url, { ...all, maxQueuedMessages: 1, tls: { ca: TLS.cert } }),
      ),
    );
    onTestFinished(() => {
      for (const ws of clients) ws.terminate();
    });
    const echoes = clients.map(async (ws, client) => {
      const texts = SIZES.flatMap((size, i) =>
        [",", i % 2 === 0 ? "\u00e9" : "\u20ac"].map((unit) =>
          textOf(`${client}/${size}`, size * KIB, unit),
        ),
      );
      for (const text of texts) ws.send(text);
      for (const text of texts) {
        // The answers to some of them wait in the sockets meanwhile.
        if (client % 2 === 0) await sleep(5);
        const echo = (await ws.receive()) as string;
        expect(digest(echo)).toBe(digest(text));
        expect(echo.length).toBe(text.length);
      }
    });
    await Promise.all(echoes);
  },
  60_000,
);

test("long texts in fragments, and answers while the next one arrives", async () => {
  const { address } = await serve({ message: (ws, data) => void ws.send(data) }, OPTIONS);
  const ws = await connect(address.url, OPTIONS);
  onTestFinished(() => ws.terminate());
  const texts = [3, 200, 700].map((size) => textOf(`${size}`, size * KIB, "."));
  for (const text of texts) {
    const parts = text.match(/.{1,70000}/g)!;
    void ws.sendFragments(parts);
    void ws.send(text);
  }
  for (const text of texts) {
    expect(digest((await ws.receive()) as string)).toBe(digest(text));
    expect(digest((await ws.receive()) as string)).toBe(digest(text));
  }
});
