/**
 * The tables of `docs/reference/options.md`, made of the doc comments. `npx tsx test/package/option-tables.ts`
 * writes them into the page; a test compares the two.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = new URL("../../", import.meta.url);

/** The page with the tables. */
export const PAGE = fileURLToPath(new URL("docs/reference/options.md", ROOT));

/** One option, as its doc comment tells of it. */
export interface OptionRow {
  readonly name: string;
  /** `""` where none is told: nothing happens without the option. */
  readonly byDefault: string;
  readonly text: string;
}

/** Interfaces by the modules that they are in. */
const INTERFACES: Readonly<Record<string, string>> = {
  ConnectionOptions: "src/connection/options.ts",
  CompressionOptions: "src/compression/options.ts",
  RouteOptions: "src/server/options.ts",
  ServerOptions: "src/server/options.ts",
  ListenTargetOptions: "src/server/listening/listen-options.ts",
  Http2Options: "src/server/listening/listen-options.ts",
  UpgradeOptions: "src/server/opening/upgrade-request.ts",
  RejectOptions: "src/server/opening/upgrade-request.ts",
  ShutdownOptions: "src/server/shutdown.ts",
  ConnectOptions: "src/client/options.ts",
  DialOptions: "src/client/options.ts",
  HandshakeOptions: "src/client/options.ts",
  FieldOptions: "src/client/fields.ts",
  ReconnectOptions: "src/client/reconnecting/options.ts",
  TopicOptions: "src/topics/options.ts",
  PresenceOptions: "src/presence/options.ts",
  SendOptions: "src/connection/sending/data.ts",
};

/** The options of an interface, without those that it extends. */
export function optionRows(name: string): OptionRow[] {
  const path = INTERFACES[name];
  if (path === undefined) throw new Error(`it is not said where ${name} is`);
  const text = readFileSync(new URL(path, ROOT), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`${path} has no interface ${name}`);
  return found.members.map((member) => rowOf(member));
}

function rowOf(member: ts.TypeElement): OptionRow {
  const [comment] = ts.getJSDocCommentsAndTags(member);
  const whole = (comment === undefined ? "" : (ts.getTextOfJSDocComment(comment.comment) ?? ""))
    .replaceAll(/\{@link (?:\w+\.)*(\w+)(?: [^}]*)?\}/g, "`$1`")
    .replaceAll(/\s+/g, " ")
    .trim();
  const name = member.name?.getText() ?? "";
  const sentence = /(?:^| )Default:? (.*?)\.(?= |$)/.exec(whole);
  if (sentence !== null) {
    const [byDefault = "", reason] = sentence[1]!.split(/[;:,] (.*)/);
    // Where more is said of it than the value, the sentence stays where it is.
    const text = reason === undefined ? whole.replace(sentence[0], "").trim() : whole;
    return { name, byDefault, text };
  }
  const choice = /(`[^`]+`|\b\d+)(?: for all)? \((?:the )?default(?=[):])/.exec(whole);
  return { name, byDefault: choice?.[1] ?? "", text: whole };
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** The table of an interface. */
export function optionTable(name: string): string {
  const rows = optionRows(name).map(
    ({ name: option, byDefault, text }) =>
      `| \`${option}\` | ${cell(byDefault) || "–"} | ${cell(text)} |`,
  );
  return ["| option | default | what it does |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The page with its tables written anew: those between `<!-- options:NAME -->` and `<!-- /options -->`. */
export function written(page: string): string {
  return page.replaceAll(
    /<!-- options:(\w+) -->.*?<!-- \/options -->/gs,
    (_, name: string) => `<!-- options:${name} -->\n\n${optionTable(name)}\n\n<!-- /options -->`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, written(readFileSync(PAGE, "utf8")));
}
