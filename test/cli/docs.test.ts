import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { LIST } from "../../src/cli/connect/conversation/slash-commands.ts";

const FILE = fileURLToPath(new URL("../../docs/cli.md", import.meta.url));

/** Writes the texts of `--help` into the document in place of comparing them. */
const { UPDATE_DOCS } = process.env;

/** What stands between the marks of a command. */
function block(name: string): RegExp {
  return new RegExp(`(<!-- help:${name}:start .*?-->\n)(.*?)(<!-- help:${name}:end -->)`, "s");
}

describe("docs/cli.md", () => {
  it.each(COMMANDS.map(({ name }) => name))(
    "has the help of %s (UPDATE_DOCS=1 npx vitest run test/cli/docs.test.ts writes it)",
    async (name) => {
      const help = await COMMANDS.find((command) => command.name === name)!.help();
      const wanted = `\n\`\`\`\n${help}\`\`\`\n\n`;
      const document = readFileSync(FILE, "utf8");
      if (UPDATE_DOCS)
        writeFileSync(
          FILE,
          document.replace(block(name), (_, a, __, b) => a + wanted + b),
        );
      const [, , found] = block(name).exec(readFileSync(FILE, "utf8")) ?? [];
      expect(found).toBe(wanted);
    },
  );

  it("has every command that can be typed at a connection", () => {
    const document = readFileSync(FILE, "utf8");
    for (const line of LIST.split("\n")) {
      const [usage = ""] = line.split(/\s{2,}/);
      expect(document).toContain(`| \`${usage.trim()}\` |`);
    }
  });
});
