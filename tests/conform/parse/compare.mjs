// Compares `rwgraph parse` with what the other parsers agree on, over the corpus.
//
//   node compare.mjs [--sample N] [--packages a,b | --no-packages] [--mode fast|full|both]
//                    [--report FILE] [FOLDER…]
//
// RWGRAPH_BIN (or RWGRAPH) names the program, RWGRAPH_CORPUS the fetched packages. Mode `fast` compares the normal
// answer with the parsers; `full` the answer from the whole file's tree; `both` does both and demands
// in addition that the two answers are the same bytes. Exit 0: every difference is listed in
// known-differences.json, with its reason; 1: others exist; 2: the comparison could not be made.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { differencesFrom, fastFullDifference, isRejected } from "./differences.mjs";
import { Oracle, chosenFiles, mustAccept } from "./oracle.mjs";
import { parseFiles } from "./rwgraph.mjs";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
/** Examples of a class in the report, and how many of them are printed. */
const examplesKept = 1000;
const examplesPrinted = 8;

function readKnown() {
  const { entries } = JSON.parse(
    fs.readFileSync(new URL("./known-differences.json", import.meta.url), "utf8"),
  );
  for (const e of entries) {
    if (!e.reason || !e.what || !e.file)
      throw new Error(`known-differences.json: incomplete: ${JSON.stringify(e)}`);
  }
  // A file is "package/path/in/it", the package without its version.
  return new Map(entries.map((e) => [`${e.what}\0${e.file}`, e]));
}

const nameInList = ({ group, relative }) => `${group.replace(/(.)@[^/]*$/, "$1")}/${relative}`;

class Report {
  constructor() {
    this.known = readKnown();
    this.classes = new Map();
    this.used = new Set();
    this.filesThatDiffer = new Set();
    this.unlisted = 0;
  }

  add(mode, file, { what, detail }) {
    const key = `${what}\0${nameInList(file)}`;
    const listed = this.known.has(key);
    if (listed) this.used.add(key);
    else this.unlisted++;
    const name = `${mode}: ${what}${listed ? " (known)" : ""}`;
    const entry = this.classes.get(name) ?? { count: 0, files: 0, last: null, examples: [] };
    entry.count++;
    if (entry.last !== file) entry.files++;
    entry.last = file;
    if (entry.examples.length < examplesKept)
      entry.examples.push({ file: file.file, detail: detail.slice(0, 300) });
    this.classes.set(name, entry);
    this.filesThatDiffer.add(file);
  }

  print() {
    for (const [name, entry] of [...this.classes].sort((a, b) => b[1].files - a[1].files)) {
      console.log(`\n${name}: ${entry.count} in ${entry.files} files`);
      for (const { file, detail } of entry.examples.slice(0, examplesPrinted)) {
        console.log(`    ${file}\n        ${detail}`);
      }
    }
  }

  toJSON() {
    return Object.fromEntries(
      [...this.classes].map(([name, { count, files, examples }]) => [
        name,
        { count, files, examples },
      ]),
    );
  }
}

async function answers(program, args, files, onRecord) {
  const lines = [];
  await parseFiles(
    program,
    args,
    files.map((f) => f.file),
    (index, answer) => {
      let record = null;
      let { failure } = answer;
      if (!failure) {
        try {
          record = JSON.parse(answer.line);
          if (!Array.isArray(record.imports)) throw new Error(answer.line.slice(0, 200));
        } catch (error) {
          record = null;
          failure = `no record: ${error.message}`;
        }
      }
      lines.push(failure ? null : answer.line);
      onRecord(files[index], record, failure);
    },
  );
  return lines;
}

async function compareMode(mode, program, files, oracle, report, totals) {
  const args = mode === "full" ? ["--full"] : [];
  return answers(program, args, files, (file, record, failure) => {
    const expected = oracle.expect(file.file, fs.readFileSync(file.file));
    if (failure) {
      report.add(mode, file, { what: "no answer", detail: failure });
      return;
    }
    if (expected.disputes.length) totals.disputed.add(file);
    if (!mustAccept(expected) && !isRejected(record)) totals.lenient.add(file);
    for (const difference of differencesFrom(expected, record)) report.add(mode, file, difference);
  });
}

function options(args) {
  const rest = [];
  const found = { mode: "both", report: null };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--mode") found.mode = args[++i];
    else if (args[i] === "--report") found.report = args[++i];
    else rest.push(args[i]);
  }
  if (!["fast", "full", "both"].includes(found.mode)) throw new Error(`unknown mode ${found.mode}`);
  return { ...found, rest };
}

/** Chunks keep the two answers to compare, not those of the whole corpus, in memory. */
const chunk = 2000;

async function main(args) {
  const { mode, report: reportFile, rest } = options(args);
  const program =
    process.env.RWGRAPH_BIN ||
    process.env.RWGRAPH ||
    path.join(repository, "build/release/cli/rwgraph");
  if (!fs.existsSync(program)) throw new Error(`no program at ${program} (RWGRAPH_BIN)`);
  const { files, missing } = chosenFiles(rest);
  if (missing.length) console.error(`not fetched: ${missing.join(", ")}`);
  if (files.length === 0)
    throw new Error("no files to compare; run tests/conform/corpus/fetch.mjs first");
  const oracle = new Oracle();
  const report = new Report();
  const totals = { disputed: new Set(), lenient: new Set() };
  for (let from = 0; from < files.length; from += chunk) {
    const part = files.slice(from, from + chunk);
    const lines = {};
    for (const one of mode === "both" ? ["fast", "full"] : [mode]) {
      lines[one] = await compareMode(one, program, part, oracle, report, totals);
    }
    if (mode !== "both") continue;
    for (let i = 0; i < part.length; i++) {
      if (lines.fast[i] === null || lines.full[i] === null) continue;
      const difference = fastFullDifference(lines.fast[i], lines.full[i]);
      if (difference) report.add("both", part[i], difference);
    }
  }
  oracle.save();
  report.print();
  const groups = new Set(files.map((f) => f.group));
  console.log(
    `\n${files.length} files of ${groups.size} packages and folders, mode ${mode}: ` +
      `${report.filesThatDiffer.size} files differ, ${report.unlisted} differences not listed as known; ` +
      `${totals.disputed.size} files have a field the parsers dispute; ` +
      `${totals.lenient.size} files that they need not accept are read without an error`,
  );
  for (const key of report.known.keys()) {
    if (!report.used.has(key) && !rest.some((a) => a.startsWith("--")))
      console.log(`known but not seen: ${key.replace("\0", " ")}`);
  }
  if (reportFile) fs.writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.unlisted ? 1 : 0;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
