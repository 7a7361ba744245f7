import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { entrancesOf } from "../../.ci/build/manifests.ts";
import { LIBRARY, type Package } from "../../.ci/build/packages.ts";

const MANIFEST = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("package.json", () => {
  it("leads to the entries and commands that are built (npm run build writes it anew)", () => {
    expect(MANIFEST).toMatchObject({ ...entrancesOf(LIBRARY) });
    expect(MANIFEST.exports).toEqual(entrancesOf(LIBRARY).exports);
    expect(MANIFEST.typesVersions).toEqual(entrancesOf(LIBRARY).typesVersions);
  });

  it("has one description, and no dependency", () => {
    expect(MANIFEST.description).toBe(LIBRARY.description);
    expect(MANIFEST).not.toHaveProperty("dependencies");
  });
});

describe("an entry more", () => {
  it("is found by all who resolve modules", () => {
    const of: Package = {
      ...LIBRARY,
      entries: [
        ...LIBRARY.entries.slice(0, 1),
        { path: "./broker/redis", source: "src/topics/redis.ts", nodeTypes: false },
      ],
    };
    const entrances = entrancesOf(of);
    expect(entrances.exports["./broker/redis"]).toEqual({
      types: "./dist/broker/redis.d.cts",
      default: "./dist/broker/redis.cjs",
    });
    expect(entrances.typesVersions).toMatchObject({
      "*": { "broker/redis": ["./dist/broker/redis.d.cts"] },
    });
  });
});
