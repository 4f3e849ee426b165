// What the four parsers say about a file, brought together into one expectation:
//
//   { verdicts: {typescript, oxc, swc, lexer}, imports: {group: [..] | null}, exports: [..] | null,
//     directives | null, tla | null, disputes: [text] }
//
// A field is expected where every parser that has a say agrees; null means disputed, with the reason
// in `disputes`. The say: TypeScript and oxc on everything, swc on import and export statements,
// es-module-lexer on the specifiers of JavaScript.
//
// Answers are kept in <corpus>/.oracle/<versions>/, in one file for each first byte of the key, so
// that a second run over the same bytes asks no parser. The key covers the text and its language.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chooseSample, corpusFolder, listCorpus, readPackages } from "../corpus/list.mjs";
import { readLexer } from "./read-lexer.mjs";
import { readOxc } from "./read-oxc.mjs";
import { readSwc } from "./read-swc.mjs";
import { readTypeScript } from "./read-typescript.mjs";
import {
  exportKey,
  groupOfKind,
  importGroups,
  importKey,
  languageOf,
  mergeExports,
} from "./record.mjs";

/** Raised whenever a reader or the merging below changes its answer. */
const format = 1;

/** swc hands its tree over as text; beyond this size that costs more than its opinion is worth. */
const largestForSwc = 1024 * 1024;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function byGroup(imports) {
  const groups = Object.fromEntries(Object.keys(importGroups).map((g) => [g, []]));
  for (const i of imports) groups[groupOfKind[i.kind]].push(i);
  return groups;
}

/** An import as it is stored and compared: without the places that only its reader knows. */
const plain = ({ kind, specifier, typeOnly, names, optional }) => ({
  kind,
  specifier,
  typeOnly,
  names,
  ...(optional ? { optional } : {}),
});

function mergeGroup(group, left, right, disputes) {
  const certain = (list) => list.filter((i) => !i.optional).map(importKey);
  if (left.some((i) => i.optional) || right.some((i) => i.optional)) {
    const optional = [...left, ...right].filter((i) => i.optional);
    const names = new Set(optional.map(importKey));
    const known = (list) => certain(list).filter((k) => !names.has(k));
    if (!same(known(left), known(right))) {
      disputes.push(`imports/${group}: typescript and oxc differ`);
      return null;
    }
    const longer = left.length >= right.length ? left : right;
    return longer.map((i) => plain(names.has(importKey(i)) ? { ...i, optional: true } : i));
  }
  if (!same(certain(left), certain(right))) {
    disputes.push(`imports/${group}: typescript and oxc differ`);
    return null;
  }
  return left.map(plain);
}

function mergeImports(typescript, oxc, swc, lexer, disputes) {
  const left = byGroup(typescript.imports);
  const right = byGroup(oxc.imports);
  const imports = {};
  for (const group of Object.keys(importGroups)) {
    imports[group] = mergeGroup(group, left[group], right[group], disputes);
  }
  if (imports.static && swc?.accepted) {
    const key = ({ kind, specifier, names }) => `${kind} ${specifier} ${names.join()}`;
    const certain = imports.static.filter((i) => !i.optional);
    if (!same(certain.map(key), swc.statics.map(key))) {
      disputes.push("imports/static: swc differs");
      imports.static = null;
    }
  }
  if (lexer?.accepted) {
    if (
      imports.static &&
      !same(
        imports.static.map((i) => i.specifier),
        lexer.statics,
      )
    ) {
      disputes.push("imports/static: es-module-lexer differs");
      imports.static = null;
    }
    const literal = imports.dynamic?.filter((i) => i.kind === "dynamic").map((i) => i.specifier);
    if (literal && !same(literal, lexer.dynamics)) {
      disputes.push("imports/dynamic: es-module-lexer differs");
      imports.dynamic = null;
    }
  }
  return imports;
}

function mergeBothExports(typescript, oxc, disputes) {
  const left = mergeExports(typescript.exports);
  const right = mergeExports(oxc.exports);
  if (!same(left.map(exportKey), right.map(exportKey))) {
    disputes.push("exports: typescript and oxc differ");
    return null;
  }
  return left.map((e, i) => {
    const typeOnly = e.typeOnly === right[i].typeOnly ? e.typeOnly : null;
    return { name: e.name, typeOnly, from: e.from, ...(right[i].alt ? { alt: right[i].alt } : {}) };
  });
}

function mergeField(field, typescript, oxc, disputes) {
  if (same(typescript[field], oxc[field])) return typescript[field];
  disputes.push(`${field}: typescript and oxc differ`);
  return null;
}

/**
 * TypeScript's parser leaves many errors to its checker (`const;` passes), and reads type syntax in
 * JavaScript too, so its word alone does not make a text well formed.
 */
export function mustAccept({ verdicts }) {
  return verdicts.typescript === true && (verdicts.oxc === true || verdicts.swc === true);
}

/** What to expect of rwgraph for this text. */
export function expectation(file, text) {
  const language = languageOf(file);
  const isJavaScript = language.lang === "jsx";
  const typescript = readTypeScript(file, text, language);
  const oxc = readOxc(file, text, language);
  const swc = text.length <= largestForSwc ? readSwc(text, language) : null;
  const lexer = isJavaScript && typescript.accepted && oxc.accepted ? readLexer(text) : null;
  const verdicts = {
    typescript: typescript.accepted || typescript.error,
    oxc: oxc.accepted || oxc.error,
    swc: swc && (swc.accepted || swc.error),
    lexer: lexer && (lexer.accepted || lexer.error),
  };
  const disputes = [];
  const expected = {
    verdicts,
    imports: null,
    exports: null,
    directives: null,
    tla: null,
    disputes,
  };
  if (!typescript.accepted || !oxc.accepted) {
    const neither = !typescript.accepted && !oxc.accepted;
    disputes.push(
      `file: rejected by ${neither ? "both" : typescript.accepted ? "oxc" : "typescript"}`,
    );
    return expected;
  }
  expected.imports = mergeImports(typescript, oxc, swc, lexer, disputes);
  expected.exports = mergeBothExports(typescript, oxc, disputes);
  expected.directives = mergeField("directives", typescript, oxc, disputes);
  expected.tla = mergeField("tla", typescript, oxc, disputes);
  return expected;
}

/** The exact versions of package.json are what is installed: the lock file sees to it. */
function versions() {
  const { dependencies } = JSON.parse(
    fs.readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const parsers = ["typescript", "oxc-parser", "@swc/core", "es-module-lexer"];
  return [format, ...parsers.map((p) => `${p.replace(/.*\//, "")}-${dependencies[p]}`)].join("_");
}

export class Oracle {
  constructor(folder = path.join(corpusFolder(), ".oracle")) {
    this.folder = path.join(folder, versions());
    fs.mkdirSync(this.folder, { recursive: true });
    this.shards = new Map();
    this.unsaved = new Map();
    this.asked = 0;
  }

  shard(prefix) {
    let shard = this.shards.get(prefix);
    if (shard) return shard;
    shard = new Map();
    const file = path.join(this.folder, `${prefix}.jsonl`);
    if (fs.existsSync(file)) {
      for (const line of fs.readFileSync(file, "utf8").split("\n")) {
        // A run that was killed while it wrote may leave half a line at the end.
        if (line.endsWith("}")) shard.set(line.slice(0, 40), line.slice(41));
      }
    }
    this.shards.set(prefix, shard);
    return shard;
  }

  /** The expectation for a file's bytes, from the cache when they were seen before. */
  expect(file, bytes) {
    const { lang, goal } = languageOf(file);
    const key = createHash("sha1").update(`${lang} ${goal}\n`).update(bytes).digest("hex");
    const prefix = key.slice(0, 2);
    const shard = this.shard(prefix);
    const kept = shard.get(key);
    if (kept !== undefined) return JSON.parse(kept);
    let text = bytes.toString("utf8");
    if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    const fresh = expectation(file, text);
    const line = JSON.stringify(fresh);
    shard.set(key, line);
    if (!this.unsaved.has(prefix)) this.unsaved.set(prefix, []);
    this.unsaved.get(prefix).push(`${key} ${line}\n`);
    this.asked++;
    if (this.asked % 500 === 0) this.save();
    return fresh;
  }

  save() {
    for (const [prefix, lines] of this.unsaved) {
      fs.appendFileSync(path.join(this.folder, `${prefix}.jsonl`), lines.join(""));
    }
    this.unsaved.clear();
  }
}

/**
 * The files named on a command line: --sample N takes N files of the sample packages, --packages a,b
 * some packages, --no-packages none; every other argument is a folder, taken whole.
 */
export function chosenFiles(args) {
  let names;
  let sample = 0;
  const folders = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--sample") sample = Number(args[++i]);
    else if (args[i] === "--packages") names = args[++i].split(",");
    else if (args[i] === "--no-packages") names = [];
    else folders.push(args[i]);
  }
  if (sample && !names) names = readPackages().sample;
  const { files, missing } = listCorpus({ names });
  const own = listCorpus({ names: [], folders }).files;
  return { files: [...(sample ? chooseSample(files, sample) : files), ...own], missing };
}

/** Asks the parsers about everything chosen and prints how far they agree. */
function main(args) {
  const { files, missing } = chosenFiles(args);
  for (const name of missing) console.error(`not fetched: ${name}`);
  const oracle = new Oracle();
  const counts = new Map();
  const groups = new Set();
  let bytes = 0;
  let undisputed = 0;
  for (const { file, group } of files) {
    const content = fs.readFileSync(file);
    bytes += content.length;
    groups.add(group);
    const { disputes } = oracle.expect(file, content);
    if (disputes.length === 0) undisputed++;
    for (const reason of disputes) {
      const seen = counts.get(reason) ?? { count: 0, first: [] };
      seen.count++;
      if (seen.first.length < 3) seen.first.push(file);
      counts.set(reason, seen);
    }
  }
  oracle.save();
  console.log(
    `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${groups.size} packages and folders`,
  );
  console.log(
    `${undisputed} files where the parsers agree on everything; ${oracle.asked} answers were new`,
  );
  for (const [reason, { count, first }] of [...counts].sort((a, b) => b[1].count - a[1].count)) {
    console.log(`${String(count).padStart(7)} ${reason}`);
    for (const file of first) console.log(`          ${file}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));
