import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

describe("docs/ws.md", () => {
  const page = read("docs/ws.md");

  it("has each test of ws that does not pass, and their number", () => {
    const expected: Record<string, Record<string, string>> = JSON.parse(
      read("test/ws/upstream/expected.json"),
    );
    const titles = Object.values(expected).flatMap((tests) => Object.keys(tests));
    expect(titles.filter((title) => !page.includes(`“${title}”`))).toEqual([]);
    expect(page).toContain(`${326 - titles.length} pass`);
  });

  it("has each package that is tested, in its version", () => {
    const { dependencies } = JSON.parse(read("test/packages/over-barewire/package.json"));
    // Under what is tested, or what a program is written in.
    const others = ["fastify", "graphql", "h3", "hono", "webpack", "ws", "yjs"];
    for (const [name, version] of Object.entries(dependencies)) {
      if (others.includes(name)) continue;
      const row = page.split("\n").find((line) => line.startsWith("| ") && line.includes(name));
      expect(row, name).toContain(version);
    }
  });

  it("has each option that ws does not have", () => {
    const own = /export interface Bounds.*?> \{\}/s.exec(read("src/ws/types/options.ts"))![0];
    const names = [...own.matchAll(/\| "(\w+)"/g)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(5);
    for (const name of [...names, "maxTotalBuffered", "strictRequests"]) {
      expect(page).toContain(`\`${name}`);
    }
  });
});
