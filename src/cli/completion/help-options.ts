/** Reads the options out of the text of a `--help`, which is the one list of them for people. */

/** An option, as a help text has it. */
export interface HelpOption {
  /** Without its dashes. */
  readonly long: string;
  /** One character without its dash; `""` for none. */
  readonly short: string;
  /** The word for its value (`FILE`), `""` where it takes none. */
  readonly value: string;
  /** What it does, in one line. */
  readonly does: string;
}

const OPTION = /(?:-(\S), )?--([a-z0-9-]+)(?: ("[^"]*"|'[^']*'|[A-Z@][^\s,]*))?/g;

/**
 * The options of a help text, in its order. A line for an option is indented, begins with a dash, and
 * has two blanks or more in front of what the option does, which may go on in further lines.
 */
export function optionsOfHelp(help: string): HelpOption[] {
  const options: HelpOption[] = [];
  let heads: Omit<HelpOption, "does">[] = [];
  let words: string[] = [];
  const finish = (): void => {
    const does = words.join(" ").replaceAll(/\s+/g, " ").trim();
    options.push(...heads.map((head) => ({ ...head, does })));
    [heads, words] = [[], []];
  };
  for (const line of help.split("\n")) {
    const [, head, text = ""] = /^ +(-.*?)(?:\s{2,}(.*))?$/.exec(line) ?? [];
    if (head !== undefined) {
      finish();
      heads = [...head.matchAll(OPTION)].map(([, short = "", long = "", value = ""]) => ({
        long,
        short,
        value,
      }));
      words = [text];
    } else if (/^ {8,}\S/.test(line)) {
      words.push(line.trim());
    } else {
      finish();
    }
  }
  finish();
  return options;
}
