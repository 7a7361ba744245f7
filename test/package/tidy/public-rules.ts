/** What the documentation of everything public has, judged by TypeScript's own view of it. */

import { join } from "node:path";
import ts from "typescript";

/** Words of which the comment of a number has one, so that its unit is said. */
const UNITS = new RegExp(
  [
    "milliseconds?|seconds?|bytes?|KiB|MiB|bits?|UTF-16 units",
    "(?:close )?codes?|status|ports?|places?|number|how (?:many|hard)|times",
    "messages?|connections?|fragments?|fields?|sockets?|jobs?|cases?|entries|subscribers|pings?|lines",
  ].join("|"),
  "i",
);

/** How a comment says what holds without the option. */
const DEFAULTS = /\bdefaults?\b|left out|\belse\b|\bwithout (?:it|one)\b/i;

/** How a comment says that a call may fail. */
const FAILURES = /@throws|\bthrows?\b|\brejects?\b/i;

/** A program of all that is public. */
export interface Program {
  readonly checker: ts.TypeChecker;
  readonly entries: readonly ts.SourceFile[];
}

/** Reads the entries, by their paths below the root, with the compiler options of the project. */
export function programOf(root: string, entries: readonly string[]): Program {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} };
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), {}, host)!;
  const files = entries.map((entry) => join(root, entry));
  const program = ts.createProgram(files, config.options);
  const sources = files.map((file) => program.getSourceFile(file.replaceAll("\\", "/"))!);
  return { checker: program.getTypeChecker(), entries: sources };
}

/** @returns what is missing, one line for each: `Connection.ping: no unit` */
export function undocumented({ checker, entries }: Program): string[] {
  const found = new Set<string>();
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(entry)!;
    for (const exported of checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      for (const line of missingOf(checker, symbol)) found.add(line);
    }
  }
  return [...found];
}

function* missingOf(checker: ts.TypeChecker, symbol: ts.Symbol): Generator<string> {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return;
  const text = commentOf(checker, symbol);
  if (text === "") yield `${symbol.name}: no comment`;
  if (mayThrow(declaration) && !FAILURES.test(text))
    yield `${symbol.name}: not said what it throws`;
  for (const member of symbol.members?.values() ?? []) {
    if (!isPublicMember(symbol, member)) continue;
    const problem = missingOfMember(checker, symbol, member);
    if (problem !== undefined) yield `${symbol.name}.${nameOf(member)}: ${problem}`;
  }
}

function missingOfMember(
  checker: ts.TypeChecker,
  owner: ts.Symbol,
  member: ts.Symbol,
): string | undefined {
  const declaration = member.declarations![0]!;
  const text = commentOf(checker, member);
  if (text === "") return "no comment";
  const type = checker.typeToString(checker.getTypeOfSymbolAtLocation(member, declaration));
  if (/\bnumber\b/.test(type.split("=>").at(-1)!) && !UNITS.test(text)) return "no unit";
  const isOption = owner.name.endsWith("Options") && (member.flags & ts.SymbolFlags.Optional) !== 0;
  if (isOption && /^(?:number|boolean)\b/.test(type) && !DEFAULTS.test(text)) return "no default";
  if (mayThrow(declaration) && !FAILURES.test(text)) return "not said what it throws";
  return undefined;
}

/** Symbols have names such as `__@iterator@12`. */
function nameOf(member: ts.Symbol): string {
  return member.name.replace(/^__@(\w+)@\d+$/, "[Symbol.$1]");
}

function isPublicMember(owner: ts.Symbol, member: ts.Symbol): boolean {
  const declaration = member.declarations?.[0];
  if (declaration === undefined || !owner.declarations!.includes(declaration.parent as never)) {
    return false;
  }
  const nameless =
    ts.isConstructorDeclaration(declaration) ||
    ts.isIndexSignatureDeclaration(declaration) ||
    ts.isTypeParameterDeclaration(declaration);
  if (nameless) return false;
  // `override readonly name` is documented where it is declared first.
  const modifiers = ts.getCombinedModifierFlags(declaration);
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;
  if ((modifiers & hidden) !== 0 || ts.getNameOfDeclaration(declaration)?.kind === PRIVATE) {
    return false;
  }
  return !ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "internal");
}

const PRIVATE = ts.SyntaxKind.PrivateIdentifier;

function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const tags = symbol.getJsDocTags(checker).filter(({ name }) => name !== "internal");
  const parts = tags.map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`);
  return [ts.displayPartsToString(symbol.getDocumentationComment(checker)), ...parts]
    .join(" ")
    .trim();
}

/** Whether there is a `throw` in the function itself. */
function mayThrow(declaration: ts.Declaration): boolean {
  if (!ts.isFunctionLike(declaration) || !("body" in declaration)) return false;
  let throws = false;
  const visit = (node: ts.Node): void => {
    if (ts.isThrowStatement(node)) throws = true;
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  if (declaration.body !== undefined) ts.forEachChild(declaration.body as ts.Node, visit);
  return throws;
}
