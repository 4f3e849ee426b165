// The common record that every parser's answer is brought to, so that answers can be compared.
//
//   { accepted, imports: [{ kind, specifier, typeOnly, names, at, optional? }],
//     exports: [{ name, typeOnly, from, alt? }], directives: [raw text], tla }
//
// `kind` and the rest use the words of `rwgraph parse`. `at` orders imports and is not compared.
// An import marked `optional` may be reported or not: what it means depends on more than its file's
// grammar (a `require` that the file binds itself, an import inside `declare module "x" {}`).
// `typeOnly: null` is not compared; `alt` is a second right answer for `from`.

/** Which imports are compared together: a dispute about one group leaves the others standing. */
export const importGroups = {
  static: ["static", "reexport", "star"],
  dynamic: ["dynamic", "dynamic-template"],
  require: ["require", "require-resolve"],
  "import-equals": ["import-equals"],
  "import-type": ["import-type"],
  asset: ["url", "worker", "glob"],
};

export const groupOfKind = Object.fromEntries(
  Object.entries(importGroups).flatMap(([group, kinds]) => kinds.map((kind) => [kind, group])),
);

export function emptyRecord() {
  return { accepted: true, imports: [], exports: [], directives: [], tla: false };
}

/** What a file is by its name: the language, and which goal symbols its text may have. */
export function languageOf(file) {
  const declaration = /\.d\.(?:[^./]+\.)?[cm]?ts$/.test(file);
  const extension = file.slice(file.lastIndexOf(".") + 1);
  if (declaration) return { lang: "dts", goal: "unambiguous" };
  if (extension === "tsx") return { lang: "tsx", goal: "unambiguous" };
  if (extension === "ts") return { lang: "ts", goal: "unambiguous" };
  if (extension === "mts") return { lang: "ts", goal: "module" };
  if (extension === "cts") return { lang: "ts", goal: "commonjs" };
  if (extension === "mjs") return { lang: "jsx", goal: "module" };
  if (extension === "cjs") return { lang: "jsx", goal: "commonjs" };
  return { lang: "jsx", goal: "unambiguous" };
}

/** Statement-level type-only: said of the whole statement, or of each of its names. */
export function allTypes(wholeStatement, names) {
  return wholeStatement || (names.length > 0 && names.every((n) => n.typeOnly));
}

export function importKey(i) {
  const names = i.kind === "static" || i.kind === "reexport" ? [...i.names].sort().join(",") : "";
  return `${i.kind} ${JSON.stringify(i.specifier)}${i.typeOnly ? " type" : ""} {${names}}`;
}

/** Each exported name once: a value and a type of one name are a value to importers. */
export function mergeExports(exports) {
  const merged = new Map();
  for (const e of exports) {
    const key = `${e.name}\0${e.name === "*" ? e.from : ""}`;
    const seen = merged.get(key);
    if (!seen) {
      merged.set(key, { ...e });
    } else if (seen.typeOnly !== e.typeOnly) {
      seen.typeOnly = seen.typeOnly === null || e.typeOnly === null ? null : false;
    }
  }
  return [...merged.values()].sort((a, b) => (exportKey(a) < exportKey(b) ? -1 : 1));
}

export function exportKey(e) {
  return `${JSON.stringify(e.name)}${e.from === null ? "" : ` from ${JSON.stringify(e.from)}`}`;
}
