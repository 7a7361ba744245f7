import { describe, expect, it } from "vitest";
import { Pings } from "../../../src/connection/control/pings.ts";

async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe("Pings", () => {
  it("are answered with all before them", async () => {
    const pings = new Pings();
    const [a, b, c] = ["a", "b", "c"].map((payload) => pings.wait(Buffer.from(payload)));
    pings.onPong(Buffer.from("b"));
    expect([await settled(a!), await settled(b!), await settled(c!)]).toEqual([true, true, false]);
  });

  it("know payloads of any bytes, and views within buffers", async () => {
    const pings = new Pings();
    const bytes = Buffer.from([0, 255, 128, 10]);
    const answered = pings.wait(bytes.subarray(1, 3));
    pings.onPong(Buffer.from([255, 129]));
    expect(await settled(answered)).toBe(false);
    pings.onPong(Buffer.from([255, 128]));
    expect(await settled(answered)).toBe(true);
  });

  it("with the same payload are answered one by one, the first before the second", async () => {
    const pings = new Pings();
    const same = [1, 2, 3].map(() => pings.wait(Buffer.from("same")));
    pings.onPong(Buffer.from("same"));
    expect(await Promise.all(same.map(settled))).toEqual([true, false, false]);
    pings.onPong(Buffer.from("same"));
    expect(await Promise.all(same.map(settled))).toEqual([true, true, false]);
  });

  // 3,600 pings that waited and 1 MB of wrong Pongs stalled the loop for 2 s.
  it("wait in a bounded number", async () => {
    const pings = new Pings();
    const waiting: Promise<number>[] = [];
    expect(() => {
      for (;;) {
        pings.checkRoom();
        waiting.push(pings.wait(pings.nextPayload()));
      }
    }).toThrow("1024 pings of this connection wait for their Pong already");
    pings.onPong(Buffer.from("wrong"));
    expect(() => pings.checkRoom()).toThrow("1024 pings");
    pings.onPong(Buffer.from("1024"));
    expect((await Promise.all(waiting)).length).toBe(1024);
    pings.checkRoom();
  });

  it("all fail at the end", async () => {
    const pings = new Pings();
    const waiting = pings.wait(pings.nextPayload());
    pings.wait(pings.nextPayload());
    pings.end(new Error("over"));
    await expect(waiting).rejects.toThrow("over");
  });
});
