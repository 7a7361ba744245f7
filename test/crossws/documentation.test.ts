import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crosswsAdapter } from "../../src/crossws/crossws.ts";

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

describe("docs/crossws.md", () => {
  const page = read("docs/crossws.md");

  it("has the versions that it is tested with", () => {
    const { dependencies } = JSON.parse(read("test/packages/over-barewire/package.json"));
    expect(page).toContain(`crossws ${dependencies.crossws}`);
    expect(page).toContain(`H3 ${dependencies.h3}`);
  });

  it("has every option", () => {
    let message = "";
    try {
      crosswsAdapter({ unknown: 1 } as never);
    } catch (error) {
      message = (error as Error).message;
    }
    const names = message.split("the options are ")[1]!.split(", ");
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });
});
