/** What the `package.json` of a package says of its files. */

import { fileName, hasFacade, type Package } from "./packages.ts";

/** By which file something is found, depending on who asks. */
interface Conditions {
  readonly [condition: string]: string | Conditions;
}

/** The fields of a manifest that follow from the entries and commands of a package. */
export interface Entrances {
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | Conditions>>;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** How the entries and the commands of a package are found. */
export function entrancesOf(of: Package): Entrances {
  const exported = of.entries.map((entry) => {
    const name = fileName(entry);
    const [types, module, cjs] = ["d.cts", "mjs", "cjs"].map((end) => `./dist/${name}.${end}`);
    // A bundler gives all exports of a module to whoever requires it, where one is wanted.
    const conditions = {
      types: types!,
      ...(entry.requireGivesDefault
        ? { import: { module: module!, default: cjs! } }
        : hasFacade(entry) && { module: module! }),
      default: cjs!,
    };
    return [entry.path, conditions] as const;
  });
  // Where TypeScript's moduleResolution is "node10" it does not read `exports`.
  const names = of.entries.map(fileName).filter((name) => name !== "index");
  const older = Object.fromEntries(names.map((name) => [name, [`./dist/${name}.d.cts`]]));
  return {
    main: "./dist/index.cjs",
    types: "./dist/index.d.cts",
    exports: { ...Object.fromEntries(exported), "./package.json": "./package.json" },
    ...(names.length === 0 ? {} : { typesVersions: { "*": older } }),
    bin: Object.fromEntries(Object.keys(of.commands).map((name) => [name, `dist/cli/${name}.cjs`])),
  };
}
