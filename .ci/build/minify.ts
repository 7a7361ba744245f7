/** Makes the JavaScript of the packages small, and leaves what a stack trace tells. */

import { minifySync, parseSync, Visitor, type VisitorObject } from "rolldown/utils";

/** Characters after which a line ends where it can. */
const LINE_WIDTH = 120;

/** What stands for the `#` of a private method while Oxc is at work: it renames all private members. */
const PRIVATE = "$private$";

/**
 * Shortens the names of variables and private fields and takes out white space. Functions, classes and methods
 * keep their names, private methods too, since stack traces show them. They keep them as they are written:
 * nothing gives a function its name at run time, so to make a closure costs what it did. Functions and classes
 * of the file are called by short names: the long one is there once.
 *
 * @param name the file, for errors
 * @param names whether functions and classes keep their names
 */
export function minified(name: string, code: string, names: boolean): string {
  const keepNames = { function: names, class: names };
  const named = names ? withPublicMethods(name, inVariables(name, code)) : code;
  const { code: small, errors } = minifySync(name, named, {
    module: false,
    compress: { target: "es2022", keepNames },
    mangle: { toplevel: true, keepNames },
  });
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]!.message}`);
  return inLines(name, small).replaceAll(PRIVATE, "#");
}

/**
 * The functions and classes of a file as variables of the same names, which can be shortened. Functions come
 * first, since they can be called from where the file begins.
 */
function inVariables(name: string, code: string): string {
  const functions: string[] = [];
  const others: string[] = [];
  visit(name, code, {
    Program({ body }) {
      for (const node of body) {
        const text = code.slice(node.start, node.end);
        if (node.type === "FunctionDeclaration") functions.push(`var ${node.id!.name} = ${text};`);
        else if (node.type === "ClassDeclaration") others.push(`const ${node.id!.name} = ${text};`);
        else others.push(text);
      }
    },
  });
  return [...functions, ...others].join("\n");
}

/** Private methods and accessors as public ones whose names Oxc leaves alone. */
function withPublicMethods(name: string, code: string): string {
  const methods = new Set<string>();
  const uses: { readonly name: string; readonly start: number }[] = [];
  visit(name, code, {
    MethodDefinition({ key }) {
      if (key.type === "PrivateIdentifier") methods.add(key.name);
    },
    PrivateIdentifier: (node) => void uses.push(node),
  });
  const marks = uses.filter((use) => methods.has(use.name)).map(({ start }) => start);
  return split(code, marks).join(PRIVATE).replaceAll(`${PRIVATE}#`, PRIVATE);
}

/**
 * Breaks lines between statements, members and items, where a line break means nothing. Node prints the line
 * of an error that nobody catches.
 */
function inLines(name: string, code: string): string {
  const places: number[] = [];
  const between = (nodes: readonly ({ readonly start: number } | null)[]): void => {
    for (const node of nodes.slice(1)) if (node !== null) places.push(node.start);
  };
  visit(name, code, {
    Program: ({ body }) => between(body),
    BlockStatement: ({ body }) => between(body),
    StaticBlock: ({ body }) => between(body),
    ClassBody: ({ body }) => between(body),
    SwitchStatement: ({ cases }) => between(cases),
    SwitchCase: ({ consequent }) => between(consequent),
    VariableDeclaration: ({ declarations }) => between(declarations),
    SequenceExpression: ({ expressions }) => between(expressions),
    ObjectExpression: ({ properties }) => between(properties),
    ArrayExpression: ({ elements }) => between(elements),
  });
  let lineStart = 0;
  const breaks = places
    .sort((a, b) => a - b)
    .filter((place, i) => {
      const next = places[i + 1] ?? code.length;
      if (next - lineStart <= LINE_WIDTH) return false;
      lineStart = place;
      return true;
    });
  return `${split(code, breaks).join("\n")}\n`;
}

function visit(name: string, code: string, visitor: VisitorObject): void {
  const { program, errors } = parseSync(name, code, { lang: "js", sourceType: "commonjs" });
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]!.message}`);
  new Visitor(visitor).visit(program);
}

/** The text cut at these places, which ascend. */
function split(text: string, places: readonly number[]): string[] {
  return [0, ...places].map((place, i) => text.slice(place, places[i]));
}
