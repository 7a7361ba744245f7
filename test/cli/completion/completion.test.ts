import { afterEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { bashCompletion } from "../../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../../src/cli/completion/fish.ts";
import { optionsOfHelp } from "../../../src/cli/completion/help-options.ts";
import { brief, completedValue, quoted } from "../../../src/cli/completion/words.ts";
import { zshCompletion } from "../../../src/cli/completion/zsh.ts";
import { endCommands, runCommand } from "../run-command.ts";

afterEach(endCommands);

// What the shells make of it is in test/shells/, for which they must be there.
describe("barewire completion", () => {
  it.each(["bash", "zsh", "fish"])(
    "%s has every command and every option of its help",
    async (shell) => {
      const { code, stdout, stderr } = await runCommand(["completion", shell]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      for (const { name, help } of COMMANDS) {
        expect(stdout).toContain(name);
        for (const { long, short } of optionsOfHelp(await help())) {
          expect(stdout, `${name} --${long}`).toContain(
            shell === "fish" ? `-l ${long} ` : `--${long}`,
          );
          if (short !== "")
            expect(stdout).toContain(shell === "fish" ? `-s ${short} ` : `-${short}`);
        }
      }
    },
  );

  it.each([[[]], [["tcsh"]], [["constructor"]], [["bash", "zsh"]]])("refuses %j", async (args) => {
    const { code, stderr } = await runCommand(["completion", ...args]);
    expect(stderr).toContain("expected the name of one shell: bash, zsh or fish\n");
    expect(code).toBe(2);
  });

  it("keeps what is said of options out of the shell's reach", () => {
    const does = 'it\'s `$(touch x)` "here" [a:b]';
    const options = [{ long: "odd", short: "", value: "", does }];
    const commands = [{ name: "odd", does, words: [], options }];
    expect(zshCompletion(commands)).toContain(
      `'(--odd)--odd[it'\\''s \`$(touch x)\` "here" \\[a\\:b\\]]'`,
    );
    expect(fishCompletion(commands)).toContain(`-d 'it\\'s \`$(touch x)\` "here" [a:b]'`);
    expect(bashCompletion(commands)).not.toContain("touch");
    expect(quoted("it's")).toBe("'it'\\''s'");
  });

  it("knows files, directories and words from what an option takes", () => {
    const option = (long: string, value: string) => ({ long, short: "", value, does: "" });
    expect(completedValue(option("ca", "FILE"))).toBe("file");
    expect(completedValue(option("root", "DIR"))).toBe("directory");
    expect(completedValue(option("color", "WHEN"))).toEqual(["auto", "always", "never"]);
    expect(completedValue(option("send", "TEXT"))).toEqual([]);
    expect(brief({ ...option("x", ""), does: "first part (default 1); more" })).toBe("first part");
  });
});
