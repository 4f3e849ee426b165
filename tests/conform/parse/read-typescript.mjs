// TypeScript's answer: the whole tree of ts.createSourceFile, walked without recursion (minified
// bundles nest deeper than any stack), with the parser's own diagnostics as the verdict.

import ts from "typescript";
import { allTypes, emptyRecord } from "./record.mjs";

const { SyntaxKind: K } = ts;
const scriptKinds = {
  ts: ts.ScriptKind.TS,
  dts: ts.ScriptKind.TS,
  tsx: ts.ScriptKind.TSX,
  jsx: ts.ScriptKind.JSX,
};

const nameText = (node) => node.text;
const isText = (node) =>
  node && (node.kind === K.StringLiteral || node.kind === K.NoSubstitutionTemplateLiteral);
const hasModifier = (node, kind) => node.modifiers?.some((m) => m.kind === kind) ?? false;

function isMetaProperty(node, name) {
  return (
    node?.kind === K.PropertyAccessExpression &&
    node.name.text === name &&
    node.expression.kind === K.MetaProperty &&
    node.expression.keywordToken === K.ImportKeyword
  );
}

const isMetaUrlNew = (node) =>
  node?.kind === K.NewExpression &&
  node.expression.kind === K.Identifier &&
  node.expression.text === "URL" &&
  isText(node.arguments?.[0]) &&
  isMetaProperty(node.arguments[1], "url");

/** Names bound by a pattern, in order. */
function boundNames(name) {
  const names = [];
  const pending = [name];
  while (pending.length) {
    const node = pending.pop();
    if (node.kind === K.Identifier) names.push(node.text);
    else for (const e of node.elements) if (e.kind === K.BindingElement) pending.push(e.name);
  }
  return names;
}

class Reader {
  constructor(source) {
    this.source = source;
    this.record = emptyRecord();
    this.bindsRequire = false;
  }

  add(kind, specifier, node, more = {}) {
    this.record.imports.push({
      kind,
      specifier,
      typeOnly: false,
      names: [],
      at: node.pos,
      ...more,
    });
  }

  addExport(name, typeOnly, from = null) {
    this.record.exports.push({ name, typeOnly, from });
  }

  importDeclaration(node, more) {
    const clause = node.importClause;
    const taken = [];
    if (clause?.name) taken.push({ name: "default", typeOnly: false });
    const bindings = clause?.namedBindings;
    if (bindings?.kind === K.NamespaceImport) taken.push({ name: "*", typeOnly: false });
    for (const e of bindings?.elements ?? []) {
      taken.push({ name: nameText(e.propertyName ?? e.name), typeOnly: e.isTypeOnly });
    }
    const typeOnly = allTypes(clause?.isTypeOnly ?? false, taken);
    const names = taken.map((t) => t.name);
    this.add("static", node.moduleSpecifier.text, node.moduleSpecifier, {
      typeOnly,
      names,
      ...more,
    });
  }

  exportDeclaration(node, more) {
    const from = node.moduleSpecifier?.text ?? null;
    const clause = node.exportClause;
    if (!clause || clause.kind === K.NamespaceExport) {
      this.add("star", from, node.moduleSpecifier, {
        typeOnly: node.isTypeOnly,
        names: ["*"],
        ...more,
      });
      if (!more.optional)
        this.addExport(clause ? nameText(clause.name) : "*", node.isTypeOnly, from);
      return;
    }
    const taken = clause.elements.map((e) => ({
      name: nameText(e.propertyName ?? e.name),
      as: nameText(e.name),
      typeOnly: node.isTypeOnly || e.isTypeOnly,
    }));
    if (node.moduleSpecifier) {
      const typeOnly = allTypes(node.isTypeOnly, taken);
      const names = taken.map((t) => t.name);
      this.add("reexport", from, node.moduleSpecifier, { typeOnly, names, ...more });
    }
    if (!more.optional) for (const t of taken) this.addExport(t.as, t.typeOnly, from);
  }

  /** `export` before a declaration. */
  exportedDeclaration(node) {
    const asDefault = hasModifier(node, K.DefaultKeyword);
    const ambient = hasModifier(node, K.DeclareKeyword) || this.source.isDeclarationFile;
    if (node.kind === K.VariableStatement) {
      for (const d of node.declarationList.declarations) {
        for (const name of boundNames(d.name)) this.addExport(name, ambient ? null : false);
      }
      return;
    }
    const onlyType = node.kind === K.InterfaceDeclaration || node.kind === K.TypeAliasDeclaration;
    let typeOnly = onlyType;
    // A namespace may hold types alone; telling needs its body, and ambient values need a program.
    if (!onlyType && (ambient || node.kind === K.ModuleDeclaration)) typeOnly = null;
    if (node.kind === K.ImportEqualsDeclaration) typeOnly = node.isTypeOnly ? true : null;
    const name = node.name?.text;
    if (asDefault) this.addExport("default", typeOnly);
    else if (name !== undefined) this.addExport(name, typeOnly);
  }

  statement(node, context) {
    const more = context.top ? {} : { optional: true };
    if (node.kind === K.ImportDeclaration) this.importDeclaration(node, more);
    else if (node.kind === K.ExportDeclaration) {
      if (node.moduleSpecifier || context.top) this.exportDeclaration(node, more);
    } else if (node.kind === K.ImportEqualsDeclaration) {
      const reference = node.moduleReference;
      if (reference.kind === K.ExternalModuleReference && reference.expression) {
        this.add("import-equals", reference.expression.text, reference, {
          typeOnly: node.isTypeOnly,
          names: [],
          ...more,
        });
      }
    } else if (node.kind === K.ExportAssignment && !node.isExportEquals && context.top) {
      this.addExport("default", false);
    }
    const exported = hasModifier(node, K.ExportKeyword) && node.kind !== K.ExportAssignment;
    if (exported && context.top) this.exportedDeclaration(node);
  }

  call(node) {
    const [first] = node.arguments;
    const callee = node.expression;
    if (callee.kind === K.ImportKeyword) {
      if (isText(first)) this.add("dynamic", first.text, first);
      else if (first?.kind === K.TemplateExpression)
        this.add("dynamic-template", pattern(first), first);
      else if (first?.kind === K.BinaryExpression) {
        this.add("dynamic-template", null, first, { optional: true });
      }
    } else if (callee.kind === K.Identifier && callee.text === "require") {
      if (isText(first))
        this.add("require", first.text, first, node.questionDotToken ? { optional: true } : {});
    } else if (callee.kind === K.PropertyAccessExpression) {
      const object = callee.expression;
      const isRequire = object.kind === K.Identifier && object.text === "require";
      if (isRequire && callee.name.text === "resolve" && isText(first)) {
        this.add(
          "require-resolve",
          first.text,
          first,
          callee.questionDotToken ? { optional: true } : {},
        );
      } else if (isMetaProperty(callee, "glob")) {
        this.glob(first);
      }
    }
  }

  glob(argument) {
    const items = argument?.kind === K.ArrayLiteralExpression ? argument.elements : [argument];
    for (const item of items) if (isText(item)) this.add("glob", item.text, item);
  }

  newExpression(node, context) {
    if (isMetaUrlNew(node) && !context.worker)
      this.add("url", node.arguments[0].text, node.arguments[0]);
    const isWorker =
      node.expression.kind === K.Identifier && /^(?:Shared)?Worker$/.test(node.expression.text);
    if (isWorker && isMetaUrlNew(node.arguments?.[0])) {
      const text = node.arguments[0].arguments[0];
      this.add("worker", text.text, text);
      return node.arguments[0];
    }
    return null;
  }

  noteBinding(node) {
    const name = node.name;
    if (name?.kind !== K.Identifier || name.text !== "require") return;
    const isParameter = node.kind === K.Parameter;
    const isFunction = node.kind === K.FunctionDeclaration || node.kind === K.FunctionExpression;
    if (!isParameter && !isFunction && node.kind !== K.VariableDeclaration) return;
    const initial = node.initializer;
    const callee = initial?.kind === K.CallExpression ? initial.expression : null;
    const made = callee && (callee.name?.text ?? callee.text);
    if (made !== "createRequire" && made !== "_createRequire") this.bindsRequire = true;
  }

  walk() {
    const { source, record } = this;
    let worker = null;
    const pending = [{ node: source, context: { top: true, inFunction: false } }];
    while (pending.length) {
      const { node, context } = pending.pop();
      let inner = context;
      this.statement(node, context);
      this.noteBinding(node);
      switch (node.kind) {
        case K.CallExpression:
          this.call(node);
          break;
        case K.NewExpression:
          worker = this.newExpression(node, { worker: node === worker }) ?? worker;
          break;
        case K.ImportType:
          if (node.argument.kind === K.LiteralType && isText(node.argument.literal)) {
            this.add("import-type", node.argument.literal.text, node.argument.literal, {
              typeOnly: true,
            });
          }
          break;
        case K.AwaitExpression:
          if (!context.inFunction) record.tla = true;
          break;
        case K.ForOfStatement:
          if (node.awaitModifier && !context.inFunction) record.tla = true;
          break;
        case K.VariableDeclarationList:
          if (
            (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing &&
            !context.inFunction
          ) {
            record.tla = true;
          }
          break;
        case K.ModuleDeclaration:
          inner = { ...context, top: false };
          break;
      }
      if (ts.isFunctionLike(node) || node.kind === K.ClassStaticBlockDeclaration) {
        inner = { ...inner, inFunction: true };
      }
      if (node !== source && inner.top) inner = { ...inner, top: false };
      if (node.kind === K.PropertyDeclaration) inner = { ...inner, inFunction: true };
      ts.forEachChild(node, (child) => {
        // A decorator, a computed key: evaluated outside of the function or field they belong to.
        const outside = child.kind === K.ComputedPropertyName || child.kind === K.Decorator;
        pending.push({ node: child, context: outside ? { ...context, top: false } : inner });
      });
    }
  }
}

/** The template with each substitution as "*". */
function pattern(template) {
  return template.head.text + template.templateSpans.map((s) => `*${s.literal.text}`).join("");
}

export function readTypeScript(file, text, language) {
  const options = {
    languageVersion: ts.ScriptTarget.ESNext,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
    impliedNodeFormat: language.goal === "module" ? ts.ModuleKind.ESNext : undefined,
  };
  if (language.goal === "module") {
    options.setExternalModuleIndicator = (source) => {
      source.externalModuleIndicator = true;
    };
  }
  const source = ts.createSourceFile(file, text, options, false, scriptKinds[language.lang]);
  const reader = new Reader(source);
  const { record } = reader;
  const [firstError] = source.parseDiagnostics;
  if (firstError) {
    record.accepted = false;
    record.error = `TS${firstError.code} ${ts.flattenDiagnosticMessageText(firstError.messageText, " ")}`;
    record.errorAt = firstError.start;
  }
  for (const statement of source.statements) {
    if (!ts.isPrologueDirective(statement)) break;
    const from = ts.skipTrivia(text, statement.expression.pos);
    record.directives.push(text.slice(from + 1, statement.expression.end - 1));
  }
  reader.walk();
  if (reader.bindsRequire) {
    for (const i of record.imports) if (i.kind.startsWith("require")) i.optional = true;
  }
  record.imports.sort((a, b) => a.at - b.at);
  return record;
}
