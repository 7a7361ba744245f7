import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PEER_NAMES } from "../../../autobahn/compare/peers.ts";
import { readExpectations } from "../../../src/conformance/expectations.ts";
import { select } from "../../../src/conformance/selection.ts";

const FOLDER = new URL("../../../autobahn/conform/expected/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file !== "none.json");
const read = (file: string) => readExpectations(fileURLToPath(new URL(file, FOLDER)));

it("nothing is expected to be wrong with a peer that has no file", async () => {
  expect(await read("none.json")).toEqual([]);
});

it("nothing that is expected of barewire is a failure but what node:http2 does", async () => {
  const failures = [];
  for (const file of FILES.filter((name) => name.startsWith("barewire"))) {
    for (const { case: cases, verdict } of await read(file)) {
      if (verdict !== "NON-STRICT / OK") failures.push({ file, cases, verdict });
    }
  }
  const cases = "26.2.14,26.2.16,26.2.17";
  expect(failures).toEqual([{ file: "barewire-http2.json", cases, verdict: "FAILED / OK" }]);
});

describe.each(FILES)("expectations of %s", (file) => {
  const [, peer = "", role = ""] = /^(.*)-(server|client|http2)\.json$/.exec(file) ?? [];

  it("are of a peer, and stand in docs/conformance.md", async () => {
    expect(PEER_NAMES).toContain(peer);
    const text = await readFile(new URL("../../../docs/conformance.md", import.meta.url), "utf8");
    const rows = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const { case: cases, verdict, why } of await read(file)) {
      const list = cases.split(",").map((pattern) => `\`${pattern}\``);
      expect(rows).toContainEqual(["", list.join(", "), verdict, why, ""]);
    }
  });

  it("name cases of the role, each with a reason", async () => {
    for (const { case: cases, why } of await read(file)) {
      for (const pattern of cases.split(",")) {
        const found = select(
          { cases: [pattern] },
          role === "client" ? "client" : "server",
          role === "http2" ? "2" : "1.1",
        );
        expect(found, pattern).not.toEqual([]);
      }
      expect(why).toMatch(/^.{20,}\.$/);
    }
  });
});
