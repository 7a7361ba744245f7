import { describe, expect, it } from "vitest";
import type { ServerOptions } from "../../src/index.ts";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// Behind the first request of a connection node:http reads the heads, and with limits of its own: it took
// any number of fields, of which it kept a thousand, and 16 KiB, whatever maxHeadFields and maxHeadSize
// said. A plain request's head that they allowed was refused by it too.

const get = (fields = "") => `GET / HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
const upgrade = (fields = "") => upgradeHead().replace(/\r\n$/, `${fields}\r\n`);
const h2c = (fields = "") => get(`Connection: Upgrade\r\nUpgrade: h2c\r\n${fields}`);

/** A connection that has been served one plain request. */
async function keptAlive(options: ServerOptions) {
  const { connect } = await serve(
    {},
    { listener: (_, response) => response.end("page"), ...options },
  );
  const peer = await connect();
  peer.write(get());
  expect((await peer.readWholeResponse()).body).toBe("page");
  return peer;
}

describe("maxHeadFields", () => {
  it.each([
    ["a plain request", get, 1, 200],
    ["an upgrade", upgrade, 5, 101],
    ["an upgrade to something else", h2c, 3, 200],
  ])("holds for %s", async (_, head, own, status) => {
    const fits = await keptAlive({ maxHeadFields: 10 });
    fits.write(head("a: b\r\n".repeat(10 - own)));
    expect((await fits.readResponse()).status).toBe(status);
    for (const count of [11, 300]) {
      const large = await keptAlive({ maxHeadFields: 10 });
      large.write(head("a: b\r\n".repeat(count - own)));
      expect((await large.readResponse()).status).toBe(431);
      await large.untilEnded();
    }
  });

  it.each([3000, 2 ** 31, Number.POSITIVE_INFINITY])(
    "allows more than node:http with %s",
    async (limit) => {
      const peer = await keptAlive({ maxHeadFields: limit, maxHeadSize: 1_000_000 });
      peer.write(upgrade("a: b\r\n".repeat(2500)));
      await peer.readUpgraded();
    },
  );
});

describe("maxHeadSize", () => {
  const field = `X: ${"x".repeat(20_000)}\r\n`;

  it.each([65_536, Number.POSITIVE_INFINITY])(
    "allows more than node:http with %s",
    async (limit) => {
      const { connect } = await serve(
        {},
        { listener: (_, response) => response.end("page"), maxHeadSize: limit },
      );
      const peer = await connect();
      for (let i = 0; i < 2; i++) {
        peer.write(get(field));
        expect((await peer.readWholeResponse()).body).toBe("page");
      }
      peer.write(upgrade(field));
      await peer.readUpgraded();
    },
  );

  it.each([
    ["a plain request", get],
    ["an upgrade", upgrade],
  ])("holds for %s", async (_, head) => {
    const peer = await keptAlive({ maxHeadSize: 1000 });
    peer.write(head(`X: ${"x".repeat(2000)}\r\n`));
    expect((await peer.readResponse()).status).toBe(431);
    await peer.untilEnded();
  });
});
