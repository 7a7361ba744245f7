import { describe, expect, it } from "vitest";
import { parseBenchOptions } from "../../../src/cli/bench/options.ts";
import { sharesOf } from "../../../src/cli/bench/plan.ts";
import { UsageError } from "../../../src/cli/command-line.ts";

describe("the shares of processes", () => {
  it.each([
    ["-p 3 -c 10 -r 1000", [3, 3, 4], [300, 300, 400]],
    ["-p 2 -c 2 -r 1", [1, 1], [0.5, 0.5]],
    ["-p 2 -c 5 -r max", [2, 3], ["max", "max"]],
    ["-p 1 -c 5 -r 7", [5], [7]],
  ])("of %s add up to the whole", async (line, connections, rates) => {
    const plan = await parseBenchOptions(["h", ...line.split(" ")]);
    if (plan === "help") throw new Error("asked for help");
    const shares = sharesOf(plan);
    expect(shares.map((share) => share.connections)).toEqual(connections);
    expect(shares.map((share) => share.rate)).toEqual(rates);
    expect(new Set(shares.map((share) => share.phase)).size).toBe(
      plan.rate === "max" ? 1 : shares.length,
    );
  });
});

describe("barewire bench", () => {
  it("has defaults", async () => {
    expect(await parseBenchOptions(["h"])).toMatchObject({
      dialing: { url: "ws://h" },
      connections: 10,
      rate: 1000,
      depth: 1000,
      message: { binary: false, size: 64, given: undefined },
      skip: 0,
      warmUp: 1000,
      duration: 10_000,
      processes: 1,
      patience: 10_000,
      json: false,
    });
    expect(await parseBenchOptions(["h", "-r", "max"])).toMatchObject({ rate: "max", depth: 1 });
    expect(await parseBenchOptions(["--help"])).toBe("help");
  });

  it("takes all its options", async () => {
    const line =
      "-c 5 -r 0.5 --depth 3 --size 1k -b --skip 1 -d 2 --warm-up 0 -p 2 --json -z -s p -H A:1 --timeout 3 wss://h/x";
    expect(await parseBenchOptions(line.split(" "))).toMatchObject({
      dialing: { url: "wss://h/x", options: { compression: true, protocols: ["p"] } },
      connections: 5,
      rate: 0.5,
      depth: 3,
      message: { binary: true, size: 1024 },
      skip: 1,
      warmUp: 0,
      duration: 2000,
      processes: 2,
      patience: 3000,
      json: true,
    });
    const given = await parseBenchOptions(["h", "-m", "@LICENSE"]);
    expect(given).toMatchObject({ message: { given: expect.stringContaining("MIT") } });
    expect(await parseBenchOptions(["h", "-m", "hi"])).toMatchObject({ message: { given: "hi" } });
  });

  it.each([
    ["", /expected a URL/],
    ["a b", /expected one URL, got 2/],
    ["h -c 0", /--connections: expected an integer from 1 to 50000/],
    ["h -c 100000", /--connections/],
    [
      "h -r 0",
      /--rate: expected messages in a second, above 0 and up to 10000000, or max, got "0"/,
    ],
    ["h -r fast", /--rate/],
    ["h --rate=-5", /--rate/],
    ["h --depth 0", /--depth/],
    ["h --size 1G", /--size: expected bytes from 0 to 67108864/],
    ["h --duration 0", /--duration: expected a number from 0.1/],
    ["h --size 1 --message x", /--size and --message exclude each other/],
    ["h -m @missing", /--message: cannot read missing \(ENOENT\)/],
    ["h -r 0.05", /--rate 0.05 for 10 s is not one message: raise --rate or --duration/],
    [
      "h -r max -c 1000 --depth 1000 --size 64k",
      /1000 connections with 1000 messages of 65536 bytes/,
    ],
    ["h --skip -1", /--skip/],
    ["h -p 65", /--processes: expected an integer from 1 to 64/],
    ["h -p 3 -c 2", /--processes 3 need as many connections, got --connections 2/],
    ["h -t 4", /Unknown option '-t': it is --processes/],
    ["h --conections 4", /did you mean --connections\?/],
  ])("refuses %j", async (line, message) => {
    const args = line === "" ? [] : line.split(" ");
    await expect(parseBenchOptions(args)).rejects.toThrow(UsageError);
    await expect(parseBenchOptions(args)).rejects.toThrow(message);
  });
});
