import { describe, expect, it } from "vitest";
import { parseBenchOptions } from "../../src/cli/bench/options.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { type HelpOption, optionsOfHelp } from "../../src/cli/completion/help-options.ts";
import { parseConformArguments } from "../../src/cli/conform/options.ts";
import { parseConnectOptions } from "../../src/cli/connect/options.ts";
import { parseServeOptions } from "../../src/cli/serve/options.ts";

describe("optionsOfHelp", () => {
  it("reads names, values and what they do, over several lines", () => {
    const help = `Usage: x [options] URL

Some words --about things.

Options:
  -x, --send TEXT   send this first;
                    may be repeated
      --bare        no value
  -H, --header "NAME: VALUE"  a field
  --cert FILE --key FILE   both of them

Exit codes: 0 --fine.
`;
    expect(optionsOfHelp(help)).toEqual([
      { long: "send", short: "x", value: "TEXT", does: "send this first; may be repeated" },
      { long: "bare", short: "", value: "", does: "no value" },
      { long: "header", short: "H", value: '"NAME: VALUE"', does: "a field" },
      { long: "cert", short: "", value: "FILE", does: "both of them" },
      { long: "key", short: "", value: "FILE", does: "both of them" },
    ]);
  });
});

const PIPES = { typed: false, seen: false };

/** The parsers of the commands; what they say of an option tells whether they know it. */
const PARSERS: Readonly<Record<string, (args: string[]) => unknown>> = {
  serve: (args) => parseServeOptions(args),
  connect: (args) => parseConnectOptions([...args, "h"], PIPES),
  bench: (args) => parseBenchOptions([...args, "h"]),
  conform: (args) => parseConformArguments(args),
};

async function complaint(command: string, args: string[]): Promise<string> {
  try {
    await PARSERS[command]!(args);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(Object.keys(PARSERS))("the help of %s", (command) => {
  const load = async (): Promise<HelpOption[]> => {
    const page = COMMANDS.find(({ name }) => name === command)!;
    return optionsOfHelp(await page.help());
  };

  it("lists options that there are, with a value where they take one", async () => {
    const options = await load();
    expect(options.length).toBeGreaterThan(5);
    for (const { long, short, value } of options) {
      const names = short === "" ? [`--${long}`] : [`--${long}`, `-${short}`];
      for (const name of names) {
        const alone = await complaint(command, [name]);
        expect(alone, name).not.toContain("Unknown option");
        if (value === "") expect(alone, name).not.toContain("argument missing");
        else
          expect(await complaint(command, [name, "--"]), name).toMatch(/expected a value|missing/);
      }
    }
  });
});

describe("every command", () => {
  it("has exit codes at the end of its help, and no line beyond 80 columns", async () => {
    for (const { name, help } of COMMANDS) {
      const text = await help();
      expect(text, name).toMatch(/\nExit codes: 0 [\s\S]*\n$/);
      // The suite's help has its own form.
      if (name === "conform") continue;
      expect(
        text.split("\n").filter((line) => line.length > 80),
        name,
      ).toEqual([]);
      expect(text, name).toMatch(new RegExp(`^Usage: barewire ${name}\\b`));
    }
  });
});
