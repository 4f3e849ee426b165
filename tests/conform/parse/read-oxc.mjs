// oxc-parser's answer: its module record for import and export statements, and a walk over its tree
// for everything that is an expression or a type.

import { parseSync, visitorKeys } from "oxc-parser";
import { allTypes, emptyRecord } from "./record.mjs";

const sourceTypes = { module: "module", commonjs: "commonjs", unambiguous: "unambiguous" };

const isText = (node) =>
  (node?.type === "Literal" && typeof node.value === "string") ||
  (node?.type === "TemplateLiteral" && node.expressions.length === 0);
const textOf = (node) => (node.type === "Literal" ? node.value : node.quasis[0].value.cooked);
const isNamed = (node, name) => node?.type === "Identifier" && node.name === name;

function isMetaProperty(node, name) {
  return (
    node?.type === "MemberExpression" &&
    !node.computed &&
    node.property.name === name &&
    node.object.type === "MetaProperty" &&
    node.object.meta.name === "import"
  );
}

const isMetaUrlNew = (node) =>
  node?.type === "NewExpression" &&
  isNamed(node.callee, "URL") &&
  isText(node.arguments[0]) &&
  isMetaProperty(node.arguments[1], "url");

function staticImports(module, record) {
  for (const s of module.staticImports) {
    const names = s.entries.map((e) => ({
      name:
        e.importName.kind === "Name"
          ? e.importName.name
          : e.importName.kind === "Default"
            ? "default"
            : "*",
      typeOnly: e.isType,
    }));
    record.imports.push({
      kind: "static",
      specifier: s.moduleRequest.value,
      typeOnly: allTypes(false, names),
      names: names.map((n) => n.name),
      at: s.moduleRequest.start,
      start: s.start,
    });
  }
}

function staticExports(module, record) {
  const importStarts = new Set(module.staticImports.map((s) => s.start));
  const statements = new Map();
  for (const s of module.staticExports) {
    for (const e of s.entries) {
      const indirect = e.moduleRequest !== null && importStarts.has(s.start);
      const from = indirect ? null : (e.moduleRequest?.value ?? null);
      const name =
        e.exportName.kind === "Name"
          ? e.exportName.name
          : e.exportName.kind === "Default"
            ? "default"
            : "*";
      record.exports.push({
        name,
        typeOnly: e.isType,
        from,
        ...(indirect ? { alt: e.moduleRequest.value } : {}),
      });
      if (from === null) continue;
      const star = e.importName.kind === "All" || e.importName.kind === "AllButDefault";
      const key = e.moduleRequest.start;
      if (!statements.has(key)) statements.set(key, { star, specifier: from, names: [] });
      statements.get(key).names.push({ name: star ? "*" : e.importName.name, typeOnly: e.isType });
    }
  }
  for (const [at, s] of statements) {
    record.imports.push({
      kind: s.star ? "star" : "reexport",
      specifier: s.specifier,
      typeOnly: allTypes(false, s.names),
      names: s.names.map((n) => n.name),
      at,
    });
  }
}

function expression(node, add, seenUrls) {
  switch (node.type) {
    case "ImportExpression": {
      const source = node.source;
      if (isText(source)) add("dynamic", textOf(source), source);
      else if (source.type === "TemplateLiteral") {
        const pattern = source.quasis.map((q) => q.value.cooked).join("*");
        add("dynamic-template", pattern, source);
      } else if (source.type === "BinaryExpression")
        add("dynamic-template", null, source, { optional: true });
      break;
    }
    case "CallExpression": {
      const [first] = node.arguments;
      const { callee } = node;
      const optional = node.optional || callee.optional ? { optional: true } : {};
      if (isNamed(callee, "require")) {
        if (isText(first)) add("require", textOf(first), first, optional);
      } else if (callee.type === "MemberExpression" && !callee.computed) {
        if (isNamed(callee.object, "require") && callee.property.name === "resolve") {
          if (isText(first)) add("require-resolve", textOf(first), first, optional);
        } else if (isMetaProperty(callee, "glob")) {
          const items = first?.type === "ArrayExpression" ? first.elements : [first];
          for (const item of items) if (isText(item)) add("glob", textOf(item), item);
        }
      }
      break;
    }
    case "NewExpression": {
      const [first] = node.arguments;
      if (
        (isNamed(node.callee, "Worker") || isNamed(node.callee, "SharedWorker")) &&
        isMetaUrlNew(first)
      ) {
        add("worker", textOf(first.arguments[0]), first.arguments[0]);
        seenUrls.add(first);
      } else if (isMetaUrlNew(node) && !seenUrls.has(node)) {
        add("url", textOf(first), first);
      }
      break;
    }
    case "TSImportType":
      if (isText(node.source))
        add("import-type", textOf(node.source), node.source, { typeOnly: true });
      break;
  }
}

const functions = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "TSDeclareFunction",
  "TSEmptyBodyFunctionExpression",
  "StaticBlock",
]);
function walk(program, record) {
  const seenUrls = new Set();
  const pending = [[program, false, false]];
  while (pending.length) {
    const [node, inFunction, nested] = pending.pop();
    const add = (kind, specifier, at, more = {}) =>
      record.imports.push({ kind, specifier, typeOnly: false, names: [], at: at.start, ...more });
    expression(node, add, seenUrls);
    if (
      node.type === "TSImportEqualsDeclaration" &&
      node.moduleReference.type === "TSExternalModuleReference"
    ) {
      const source = node.moduleReference.expression;
      add("import-equals", source.value, source, {
        typeOnly: node.importKind === "type",
        ...(nested ? { optional: true } : {}),
      });
    }
    // The module record has no entry for `export {} from "x"`.
    if (
      node.type === "ExportNamedDeclaration" &&
      node.source &&
      node.specifiers.length === 0 &&
      !nested
    ) {
      add("reexport", node.source.value, node.source, { typeOnly: node.exportKind === "type" });
    }
    // Nor does it know of `import type {} from "x"` that it is type-only.
    if (
      node.type === "ImportDeclaration" &&
      node.importKind === "type" &&
      node.specifiers.length === 0
    ) {
      for (const i of record.imports) if (i.at === node.source.start) i.typeOnly = true;
    }
    const waits =
      node.type === "AwaitExpression" ||
      (node.type === "ForOfStatement" && node.await) ||
      (node.type === "VariableDeclaration" && node.kind === "await using");
    if (waits && !inFunction) record.tla = true;
    const enters = functions.has(node.type);
    const field = node.type === "PropertyDefinition" || node.type === "AccessorProperty";
    for (const key of visitorKeys[node.type] ?? []) {
      const value = node[key];
      if (value === null || typeof value !== "object") continue;
      const inside = inFunction || enters || (field && key === "value");
      const within =
        nested || node.type === "TSModuleDeclaration" || node.type === "TSGlobalDeclaration";
      if (Array.isArray(value)) {
        for (const item of value) if (item !== null) pending.push([item, inside, within]);
      } else pending.push([value, inside, within]);
    }
  }
}

export function readOxc(file, text, language) {
  const sourceType = sourceTypes[language.goal];
  const parse = (type) =>
    parseSync(file, text, { lang: language.lang, sourceType: type, preserveParens: true });
  let answer = parse(sourceType);
  if (answer.errors.length && language.goal === "unambiguous") {
    const again = parse("commonjs");
    if (again.errors.length === 0) answer = again;
  }
  const record = emptyRecord();
  if (answer.errors.length) {
    record.accepted = false;
    record.error = answer.errors[0].message;
    record.errorAt = answer.errors[0].labels[0]?.start ?? 0;
    return record;
  }
  staticImports(answer.module, record);
  staticExports(answer.module, record);
  const { program } = answer;
  for (const statement of program.body) {
    if (typeof statement.directive !== "string") break;
    record.directives.push(statement.expression.raw.slice(1, -1));
  }
  walk(program, record);
  record.imports.sort((a, b) => a.at - b.at);
  return record;
}
