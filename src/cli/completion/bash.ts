/** The completion for bash from 3.2 on, which macOS has; it needs nothing but bash. */

import type { HelpOption } from "./help-options.ts";
import { type CompletedCommand, completedValue, quoted, spellings } from "./words.ts";

/** The text to be evaluated. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completion of barewire for bash: eval "$(barewire completion bash)"
_barewire() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # Bash takes "=" for a word of its own.
  if [[ $word == "=" ]]; then
    word=
  elif [[ $before == "=" ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _barewire_words "$word" ${quoted([...names, "help", "--help", "--version"].join(" "))}
    return
  fi
  case $command in
    help) _barewire_words "$word" ${quoted(names.join(" "))} ;;
${commands.map(commandCase).join("\n")}
  esac
}
_barewire_words() {
  COMPREPLY=($(compgen -W "$2" -- "$1"))
}
_barewire_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$2" -- "$1"))
}
complete -F _barewire barewire
`;
}

function commandCase({ name, words, options }: CompletedCommand): string {
  const before = new Map<string, string[]>();
  for (const option of options.filter(({ value }) => value !== "")) {
    const action = completingAction(option);
    before.set(action, [...(before.get(action) ?? []), ...spellings(option)]);
  }
  const cases = [...before].map(
    ([action, names]) => `        ${names.join(" | ")}) ${action} ;;\n`,
  );
  const all = [...words, ...options.flatMap((option) => spellings(option))];
  return `    ${name})
      case $before in
${cases.join("")}        *) _barewire_words "$word" ${quoted(all.join(" "))} ;;
      esac
      ;;`;
}

function completingAction(option: HelpOption): string {
  const completed = completedValue(option);
  if (completed === "file") return '_barewire_files "$word" -f';
  if (completed === "directory") return '_barewire_files "$word" -d';
  return completed.length === 0 ? ":" : `_barewire_words "$word" ${quoted(completed.join(" "))}`;
}
