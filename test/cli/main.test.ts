import { afterEach, describe, expect, it } from "vitest";
import { endCommands, runCommand } from "./run-command.ts";

afterEach(endCommands);

describe("barewire", () => {
  it.each([
    [["--help"], /^Usage: barewire COMMAND/],
    [["-h"], /^Usage: barewire COMMAND/],
    [["help"], /^Usage: barewire COMMAND/],
    [["help", "connect"], /^Usage: barewire connect/],
    [["serve", "--help"], /^Usage: barewire serve/],
    [["connect", "--help"], /^Usage: barewire connect/],
    [["bench", "-h"], /^Usage: barewire bench/],
    [["completion", "-h"], /^Usage: barewire completion/],
    [["conform", "-h"], /barewire conform/],
    [["--version"], /^\d+\.\d+\.\d+\n$/],
    [["-V"], /^\d+\.\d+\.\d+\n$/],
  ])("%j prints to stdout", async (args, expected) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect(stdout).toMatch(expected);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it.each([
    [[], /expected a command/],
    [["nonsense"], /there is no command "nonsense"\n/],
    [["constructor"], /there is no command "constructor"\n/],
    [["conect"], /there is no command "conect"; did you mean connect\?/],
    [["hlep"], /did you mean help\?/],
    [["help", "srve"], /there is no command "srve"; did you mean serve\?/],
    [["localhost:8080"], /expected a command; for a URL: barewire connect URL/],
    [["connect", "h", "--sned", "x"], /Unknown option '--sned'; did you mean --send\?/],
    [["serve", "--prot", "1"], /Unknown option '--prot'; did you mean --port\?/],
  ])("%j is a mistake", async (args, expected) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect(stderr).toMatch(expected);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
