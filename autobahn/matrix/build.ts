/** Builds the testees of the matrix, and finds out which versions they are of. */
import type { Implementation, Language } from "./catalogue.ts";
import { GO } from "./toolchains/go.ts";
import { JAVA } from "./toolchains/java.ts";
import { C, CPP } from "./toolchains/make.ts";
import { PEERS } from "./toolchains/peers.ts";
import { PYTHON } from "./toolchains/python.ts";
import { RUST } from "./toolchains/rust.ts";
import { JAVASCRIPT, PERL, RUBY } from "./toolchains/scripts.ts";
import { quoted, TESTEES, type Toolchain } from "./toolchains/toolchain.ts";

const TOOLCHAINS: Readonly<Record<Language, Toolchain>> = {
  peer: PEERS,
  javascript: JAVASCRIPT,
  python: PYTHON,
  go: GO,
  rust: RUST,
  java: JAVA,
  c: C,
  cpp: CPP,
  ruby: RUBY,
  perl: PERL,
};

/** Testees that can be started. */
export interface Built {
  /** What stands for `{testees}`, `{node}` and the places of each language in commands. */
  readonly places: ReadonlyMap<string, string>;
  /** Versions by the names of packages. */
  readonly versions: ReadonlyMap<string, string>;
  /** Why testees in a language could not be built. */
  readonly failures: ReadonlyMap<Language, string>;
}

/** Builds what these implementations need. */
export async function build(
  implementations: readonly Implementation[],
  say: (line: string) => void,
): Promise<Built> {
  const places = new Map([
    ["testees", quoted(TESTEES)],
    ["node", quoted(process.execPath)],
  ]);
  const versions = new Map<string, string>();
  const failures = new Map<Language, string>();
  for (const [language, toolchain] of Object.entries(TOOLCHAINS) as [Language, Toolchain][]) {
    const own = implementations.filter((one) => one.kind === language);
    if (own.length === 0) continue;
    say(toolchain.title);
    try {
      const part = await toolchain.build(own.map(({ name }) => name));
      for (const [name, place] of Object.entries(part.places)) places.set(name, place);
      for (const [name, version] of part.versions) versions.set(name, version);
    } catch (error) {
      failures.set(language, (error as Error).message.trim());
    }
  }
  return { places, versions, failures };
}
