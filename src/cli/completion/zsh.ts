/** The completion for zsh, with what each option does. */

import type { HelpOption } from "./help-options.ts";
import { brief, type CompletedCommand, completedValue, quoted, spellings } from "./words.ts";

/** The text of a function `_barewire` for the folders of `fpath`; it can be sourced, too. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const listed = commands.map(({ name, does }) => quoted(`${escaped(name)}:${does}`));
  return `#compdef barewire
# Completion of barewire for zsh: barewire completion zsh > "\${fpath[1]}/_barewire"
_barewire() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
    '(- *)'{-h,--help}'[show the commands]' \\
    '(- *)'{-v,--version}'[show the version]' \\
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command)
      local -a commands=(
${listed.map((line) => `        ${line}`).join("\n")}
        'help:show what a command takes'
      )
      _describe -t commands 'command' commands
      ;;
    rest)
      case $words[1] in
        help) _values 'command' ${commands.map(({ name }) => name).join(" ")} ;;
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _barewire ]]; then
  _barewire "$@"
else
  compdef _barewire barewire
fi
`;
}

function commandCase({ name, words, options }: CompletedCommand): string {
  const specs = options.flatMap(optionSpecs);
  const rest = words.length > 0 ? [quoted(`1: :(${words.join(" ")})`)] : [];
  return `        ${name})
          _arguments -s -S \\
${[...specs, ...rest].map((spec) => `            ${spec}`).join(" \\\n")}
          ;;`;
}

function optionSpecs(option: HelpOption): string[] {
  const { value, does } = option;
  const repeats = /may be repeated/.test(does);
  const names = spellings(option);
  const excluded = repeats ? "*" : `(${names.join(" ")})`;
  return names.map((spelling) => {
    // -xTEXT and --send=TEXT are one word, -x TEXT and --send TEXT are two.
    const sign = value === "" ? "" : spelling.startsWith("--") ? "=" : "+";
    const text = escaped(brief(option));
    return quoted(`${excluded}${spelling}${sign}[${text}]${valueSpec(option)}`);
  });
}

function valueSpec(option: HelpOption): string {
  if (option.value === "") return "";
  const completed = completedValue(option);
  const label = escaped(option.value.replaceAll('"', "").toLowerCase());
  if (completed === "file") return `:${label}:_files`;
  if (completed === "directory") return `:${label}:_files -/`;
  return completed.length === 0 ? `:${label}: ` : `:${label}:(${completed.join(" ")})`;
}

/** In a specification these signs have a meaning. */
function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}
