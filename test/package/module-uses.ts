import ts from "typescript";

/** One import, re-export, `import()` or `import("…")` type. */
export interface ModuleImport {
  readonly from: string;
  /** The names taken; of a module taken as a whole the members used, `*` if they may be any. */
  readonly names: readonly string[];
}

/** What a module uses of others and of its surroundings. */
export interface ModuleUses {
  readonly imports: readonly ModuleImport[];
  /** Names that the module uses but neither declares nor imports; members of Math in full. */
  readonly globals: ReadonlySet<string>;
  /** Whether there is nothing in it but exports of what other modules declare. */
  readonly onlyReexports: boolean;
}

/** Parses a module by TypeScript's own parser. */
export function collectUses(path: string, text: string): ModuleUses {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ModuleImport[] = [];
  const declared = new Set<string>();
  const used = new Set<string>();
  const members = new Map<string, Set<string>>();
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push(found);
    if (isDeclared(node)) declared.add(node.name.text);
    if (ts.isIdentifier(node) && isReference(node)) {
      used.add(referenceName(node));
      if (!members.has(node.text)) members.set(node.text, new Set());
      if (!isDeclared(node.parent)) members.get(node.text)!.add(memberOf(node) ?? "*");
    }
    if (node.kind === ts.SyntaxKind.AsyncKeyword) used.add("async");
    if (ts.isAwaitExpression(node)) used.add("await");
    ts.forEachChild(node, visit);
  };
  visit(file);
  const globals = new Set([...used].filter((name) => !declared.has(name)));
  for (const whole of wholeImports(file)) {
    const names = [...(members.get(whole.name) ?? [])].sort();
    imports.push({ from: whole.from, names: names.length === 0 ? ["*"] : names });
  }
  return { imports, globals, onlyReexports: onlyReexports(file) };
}

function importOf(node: ts.Node): ModuleImport | undefined {
  if (ts.isImportDeclaration(node)) {
    if (wholeName(node) !== undefined) return undefined;
    return { from: literal(node.moduleSpecifier), names: importedNames(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const clause = node.exportClause;
    const names =
      clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(originalName) : ["*"];
    return { from: literal(node.moduleSpecifier), names };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return { from: literal(node.arguments[0]), names: ["*"] };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { from: literal(node.argument.literal), names: ["*"] };
  }
  if (ts.isExternalModuleReference(node)) return { from: literal(node.expression), names: ["*"] };
  return undefined;
}

function literal(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : "a computed name";
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings)
    ? bindings.elements.map(originalName)
    : [];
}

/** `a` in `import a from` and `import * as a from`. */
function wholeName(node: ts.ImportDeclaration): string | undefined {
  const bindings = node.importClause?.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) return bindings.name.text;
  return node.importClause?.name?.text;
}

function wholeImports(file: ts.SourceFile): { name: string; from: string }[] {
  return file.statements.filter(ts.isImportDeclaration).flatMap((node) => {
    const name = wholeName(node);
    return name === undefined ? [] : [{ name, from: literal(node.moduleSpecifier) }];
  });
}

function originalName(element: ts.ImportSpecifier | ts.ExportSpecifier): string {
  return (element.propertyName ?? element.name).text;
}

/** Whether `node` gives a name to something, in whatever scope. */
function isDeclared(node: ts.Node): node is ts.Node & { readonly name: ts.Identifier } {
  const names =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isImportSpecifier(node) ||
    ts.isImportClause(node) ||
    ts.isNamespaceImport(node);
  return names && node.name !== undefined && ts.isIdentifier(node.name);
}

/** Whether an identifier stands for a value or type, not for the name of a member. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isClassElement(parent) || ts.isTypeElement(parent)) {
    return !("name" in parent && parent.name === node);
  }
  return true;
}

/** The member of it that is used at this place; undefined if it may be any. */
function memberOf(node: ts.Identifier): string | undefined {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text;
  return ts.isQualifiedName(parent) ? parent.right.text : undefined;
}

/** `Math.floor` for that; `Math.random` for any other use of Math, since it may be that. */
function referenceName(node: ts.Identifier): string {
  if (node.text !== "Math") return node.text;
  return `Math.${memberOf(node) ?? "random"}`;
}

function onlyReexports(file: ts.SourceFile): boolean {
  if (file.statements.length === 0) return false;
  return file.statements.every(
    (statement) =>
      ts.isExportDeclaration(statement) ||
      ts.isImportDeclaration(statement) ||
      (ts.isExportAssignment(statement) && ts.isIdentifier(statement.expression)),
  );
}
