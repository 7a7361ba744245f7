/**
 * What a bomb costs, read where it counts: as the greatest resident memory of a server in a
 * process of its own.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { constants, createDeflateRaw } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../fuzz/random.ts";
import { CompressedPeer, deflated } from "./compressed-peer.ts";

const { FUZZ_SEED } = process.env;

const SERVER = fileURLToPath(new URL("bombed-server.ts", import.meta.url));
const MIB = 1024 * 1024;
/** The limit of a message, as by default. */
const LIMIT = MIB;
/**
 * The limit and a chunk, joined, for a few connections at a time, eight messages that are not yet
 * collected, and the slack of the allocator. A bomb that went off would take a GiB.
 */
const MOST = 48 * MIB;

let bomb: Buffer;
let child: ChildProcess;
let port: number;

beforeAll(async () => {
  bomb = await deflateZeros(1024);
  child = fork(SERVER, { execArgv: ["--import", "tsx", "--expose-gc"] });
  [port] = (await once(child, "message")) as [number];
});

afterAll(() => {
  child?.kill();
});

/** So many MiB of zeros, compressed. */
async function deflateZeros(size: number): Promise<Buffer> {
  const deflater = createDeflateRaw({ level: 9 });
  const parts: Buffer[] = [];
  deflater.on("data", (part: Buffer) => parts.push(part));
  for (let i = 0; i < size; i++) {
    await new Promise((resolve) => deflater.write(Buffer.alloc(MIB), resolve));
  }
  await new Promise<void>((resolve) => deflater.flush(constants.Z_SYNC_FLUSH, resolve));
  return Buffer.concat(parts).subarray(0, -4);
}

async function open(): Promise<CompressedPeer> {
  const peer = new CompressedPeer(connect({ port, host: "127.0.0.1" }));
  await peer.handshake("permessage-deflate; client_max_window_bits");
  return peer;
}

/** The greatest memory of the server so far, in bytes. */
async function greatest(): Promise<number> {
  const answer = once(child, "message");
  child.send("report");
  return ((await answer) as [number])[0];
}

describe("1 MB that inflates to 1 GiB takes the server no more memory than the limit", () => {
  test("in one message", async () => {
    expect(bomb.length).toBeLessThan(1.1 * MIB);
    const before = await greatest();
    const peer = await open();
    peer.send([0xc2, bomb]);
    expect(await peer.closeCode()).toBe(1009);
    expect((await greatest()) - before).toBeLessThan(MOST);
  });

  test("in fragments", async () => {
    const before = await greatest();
    const peer = await open();
    peer.send([0x42, ""]);
    for (let at = 0; at < bomb.length; at += 1000) {
      peer.send([0x00, bomb.subarray(at, at + 1000)]);
    }
    peer.send([0x80, ""]);
    expect(await peer.closeCode()).toBe(1009);
    expect((await greatest()) - before).toBeLessThan(MOST);
  });

  test("in a thousand messages, each of them as large as it may be", {
    timeout: 60_000,
  }, async () => {
    const before = await greatest();
    const most = await deflateZeros(LIMIT / MIB);
    expect(most.length).toBeLessThan(1100);
    const peer = await open();
    peer.send(...Array.from({ length: 1000 }, () => [0xc2, most] as const));
    peer.send([0x88, Buffer.from([0x03, 0xe8])]);
    expect(await peer.closeCode()).toBe(1000);
    expect((await greatest()) - before).toBeLessThan(MOST);
  });
});

test("data that is broken in any way ends its connection and nothing else", async () => {
  const seed = Number(FUZZ_SEED ?? Date.now() % 1e9);
  const random = new Random(seed);
  const seeds = [bomb.subarray(0, 40_000), deflated('{"a":1,"b":[1,2,3]},'.repeat(40))];
  seeds.push(deflated(random.bytes(3000)));
  seeds.push(deflated("short"), Buffer.from([0xff]), await deflateZeros(1));
  const before = await greatest();
  const codes = new Set<number | undefined>();
  for (let i = 0; i < 300; i++) {
    const peer = await open();
    const payload = Buffer.from(random.pick(seeds));
    for (let n = random.below(4); n > 0; n--)
      payload[random.below(payload.length)] = random.below(256);
    const whole = random.once(4) ? payload.subarray(0, random.below(payload.length)) : payload;
    // With and without text to judge, whole and in two frames.
    const opcode = 1 + random.below(2);
    const cut = random.below(whole.length + 1);
    if (random.once(2)) peer.send([0xc0 | opcode, whole]);
    else peer.send([0x40 | opcode, whole.subarray(0, cut)], [0x80, whole.subarray(cut)]);
    peer.send([0x88, Buffer.from([0x03, 0xe8])]);
    codes.add(await peer.closeCode());
    peer.socket.destroy();
  }
  expect([...codes].sort(), `FUZZ_SEED=${seed}`).toEqual([1000, 1007, 1009]);
  expect((await greatest()) - before).toBeLessThan(MOST);
});
