// @swc/core's answer: its verdict, and the import and export statements of the module body.

import { parseSync } from "@swc/core";

const nameOf = (node) => (node.type === "Identifier" ? node.value : node.value);

function statement(node, statics) {
  switch (node.type) {
    case "ImportDeclaration":
      statics.push({
        kind: "static",
        specifier: node.source.value,
        names: node.specifiers.map((s) => {
          if (s.type === "ImportDefaultSpecifier") return "default";
          if (s.type === "ImportNamespaceSpecifier") return "*";
          return nameOf(s.imported ?? s.local);
        }),
      });
      break;
    case "ExportAllDeclaration":
      statics.push({ kind: "star", specifier: node.source.value, names: ["*"] });
      break;
    case "ExportNamedDeclaration": {
      if (!node.source) break;
      const star = node.specifiers.some((s) => s.type === "ExportNamespaceSpecifier");
      statics.push({
        kind: star ? "star" : "reexport",
        specifier: node.source.value,
        names: star ? ["*"] : node.specifiers.map((s) => nameOf(s.orig)),
      });
      break;
    }
  }
}

/** { accepted, statics: [{ kind, specifier, names }] } in source order. */
export function readSwc(text, language) {
  const syntax =
    language.lang === "jsx"
      ? { syntax: "ecmascript", jsx: true, decorators: true, explicitResourceManagement: true }
      : {
          syntax: "typescript",
          tsx: language.lang === "tsx",
          decorators: true,
          dts: language.lang === "dts",
        };
  const parse = (isModule) => parseSync(text, { ...syntax, target: "es2024", isModule });
  let body;
  try {
    body = parse(language.goal === "module" ? true : "unknown").body;
  } catch (error) {
    try {
      if (language.goal === "module") throw error;
      body = parse("commonjs").body;
    } catch {
      return { accepted: false, error: String(error.message).split("\n")[0].slice(0, 200) };
    }
  }
  const statics = [];
  for (const node of body) statement(node, statics);
  return { accepted: true, statics };
}
