/** What every source file keeps to, judged one file at a time. */

import { posix } from "node:path";
import ts from "typescript";

/** One place where a rule is broken. */
export interface Breach {
  readonly rule: Rule;
  /** Below the root of the repository, with slashes. */
  readonly path: string;
  /** What is wrong there, with the number of the line where there is one. */
  readonly what: string;
}

/** The rules by name, for exceptions to refer to. */
export type Rule = "file" | "function" | "line" | "citation" | "name" | "folder" | "comment";

/** Most lines of a file. A test is a list of cases, which may be longer than what has one thought. */
const FILE_LINES = { source: 300, test: 600 };

/** Most lines of a function: a screen. The functions that hold the cases of a test are lists, too. */
const FUNCTION_LINES = 60;

/** Most characters of a line. The formatter keeps code below 100; this is for comments, which it leaves. */
const LINE_LENGTH = 120;

/** Most files in a folder of src/. */
const FOLDER_FILES = 15;

/** The RFCs that the sources speak of, so that a number mistyped is found. */
const RFCS = [
  ...[
    896, 1928, 1929, 1951, 2119, 2616, 3629, 3720, 3986, 4291, 5280, 5480, 5758, 5952, 6066, 6265,
    6454, 6455, 6585, 6750, 6761, 6890,
  ],
  ...[7239, 7541, 7617, 7692, 8305, 8441, 8446, 9110, 9112, 9113],
];

/** Parts of names that say nothing, or shorten what has a name. */
const VAGUE_WORDS = [
  ..."util utils utility helper helpers misc manager stuff tmp foo baz impl".split(" "),
  ..."obj arr str num cb fn ctx cfg mgr retval ret req idx buf msg evt elem cnt".split(" "),
];

/** Judges a file by its path below the root and its text. */
export function sourceBreaches(path: string, text: string): Breach[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Breach[] = [];
  const add = (rule: Rule, what: string, at?: number): void => {
    const line = at === undefined ? "" : `line ${lineOf(file, at) + 1}: `;
    found.push({ rule, path, what: `${line}${what}` });
  };
  const isTest = path.startsWith("test/");
  const most = isTest ? FILE_LINES.test : FILE_LINES.source;
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.length > most) add("file", `${lines.length} lines; at most ${most}`);
  checkLines(file, lines, add);
  checkCitations(text, add);
  if (path.startsWith("src/")) checkComments(text, add);
  const visit = (node: ts.Node): void => {
    if (!isTest || ts.isFunctionDeclaration(node)) checkFunction(file, node, add);
    checkName(node, add);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Judges which files of src/ lie together. */
export function folderBreaches(paths: readonly string[]): Breach[] {
  const counts = new Map<string, number>();
  for (const path of paths.filter((name) => name.startsWith("src/"))) {
    counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > FOLDER_FILES)
    .map(([path, count]) => ({
      rule: "folder",
      path,
      what: `${count} files; at most ${FOLDER_FILES}`,
    }));
}

type Add = (rule: Rule, what: string, at?: number) => void;

function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line;
}

/** A line may be longer for the sake of a string, which the formatter does not break either. */
function checkLines(file: ts.SourceFile, lines: readonly string[], add: Add): void {
  const withText = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || isPattern(node)) {
      const last = lineOf(file, node.end);
      for (let i = lineOf(file, node.getStart()); i <= last; i++) withText.add(i);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const starts = file.getLineStarts();
  lines.forEach((line, i) => {
    if (line.length <= LINE_LENGTH || withText.has(i)) return;
    add("line", `${line.length} characters; at most ${LINE_LENGTH}`, starts[i]!);
  });
}

function isPattern(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.RegularExpressionLiteral;
}

function checkFunction(file: ts.SourceFile, node: ts.Node, add: Add): void {
  if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
  const first = lineOf(file, node.getStart());
  const count = lineOf(file, node.end) - first + 1;
  if (count > FUNCTION_LINES) {
    add("function", `${count} lines; at most ${FUNCTION_LINES}`, node.getStart());
  }
}

/** "RFC 6455 §5.5.1" or "§5.5.1": no other way to cite, and no RFC that is cited nowhere else. */
function checkCitations(text: string, add: Add): void {
  const wrongForms = [
    /\bRFC-?\d{3,}/g,
    /\bRFC \d+,? (?:[Ss]ections?|sec\.)/g,
    /\b[Ss]ections? \d+(?:\.\d+)* (?:of|in) RFC/g,
    /§ \d/g,
    /§\d[\d.]*\.(?=\.)/g,
  ];
  for (const form of wrongForms) {
    for (const { 0: cited, index } of text.matchAll(form)) {
      add("citation", `"${cited}"; cite as RFC 6455 §5.5.1`, index);
    }
  }
  for (const { 1: number, index } of text.matchAll(/\bRFC (\d+)/g)) {
    if (!RFCS.includes(Number(number))) add("citation", `RFC ${number} is not in the list`, index);
  }
}

/** What is left to do belongs into an issue, and what the tools complain about is mended. */
function checkComments(text: string, add: Add): void {
  for (const { 0: word, index } of text.matchAll(
    /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-(?:ignore|expect-error|nocheck)/g,
  )) {
    add("comment", word, index);
  }
}

function checkName(node: ts.Node, add: Add): void {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node);
  if (!declares || node.name === undefined) return;
  if (!ts.isIdentifier(node.name) && !ts.isPrivateIdentifier(node.name)) return;
  const words = node.name.text.replace("#", "").split(/(?<=[a-z0-9])(?=[A-Z])|_/);
  const vague = words.find((word) => VAGUE_WORDS.includes(word.toLowerCase()));
  if (vague !== undefined) add("name", `${node.name.text} has "${vague}" in it`, node.getStart());
}
