/** The completion for fish 3 and later, with what each option does. */

import type { HelpOption } from "./help-options.ts";
import { brief, type CompletedCommand, completedValue } from "./words.ts";

/** The text of a file for fish's completions. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  const noneYet = `not __fish_seen_subcommand_from help ${names.join(" ")}`;
  const lines = [
    "complete -c barewire -f",
    ...commands.map(({ name, does }) => rule(noneYet, ["-a", name, "-d", quoted(does)])),
    rule(noneYet, ["-a", "help", "-d", quoted("show what a command takes")]),
    rule(noneYet, ["-s", "h", "-l", "help", "-d", quoted("show the commands")]),
    rule(noneYet, ["-s", "v", "-l", "version", "-d", quoted("show the version")]),
    rule("__fish_seen_subcommand_from help", ["-a", quoted(names.join(" "))]),
    ...commands.flatMap(commandRules),
  ];
  return `# Completion of barewire for fish:
# barewire completion fish > ~/.config/fish/completions/barewire.fish
${lines.join("\n")}
`;
}

function commandRules({ name, words, options }: CompletedCommand): string[] {
  const here = `__fish_seen_subcommand_from ${name}`;
  return [
    ...(words.length > 0 ? [rule(here, ["-a", quoted(words.join(" "))])] : []),
    ...options.map((option) => rule(here, optionWords(option))),
  ];
}

function rule(condition: string, words: readonly string[]): string {
  return `complete -c barewire -n ${quoted(condition)} ${words.join(" ")}`;
}

function optionWords(option: HelpOption): string[] {
  const { long, short, value } = option;
  return [
    ...(short === "" ? [] : ["-s", short]),
    "-l",
    long,
    ...(value === "" ? [] : valueWords(option)),
    "-d",
    quoted(brief(option)),
  ];
}

function valueWords(option: HelpOption): string[] {
  const completed = completedValue(option);
  // -r: it takes a value; -F: files, in spite of the -f of all else.
  if (completed === "file") return ["-r", "-F"];
  if (completed === "directory") return ["-x", "-a", "'(__fish_complete_directories)'"];
  return completed.length === 0 ? ["-x"] : ["-x", "-a", quoted(completed.join(" "))];
}

/** Text for fish, whose single quotes know the backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
