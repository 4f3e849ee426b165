// The first table: what a scan costs, beside esbuild and fallow, in one run.
//
//   node bench/run.mjs [--only tree10k,three] [--runs 5]
//
// Tools take turns within a round and the median of all rounds counts, so that whatever else the machine does hits all
// of them alike. Prints Markdown; every sample is in build/bench/results.json. README.md says what each row means.
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const program = resolve(process.env.RWGRAPH_BIN ?? join(root, "build/release/cli/rwgraph"));
const tools = resolve(dirname(program), "../bench");
const out = join(root, "build/bench");
const work = resolve(process.env.RWGRAPH_BENCH_DIR ?? out);
const packages = join(here, "node_modules");

// The programs themselves, without the JavaScript that starts them.
const esbuild = join(packages, `@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
const fallow = join(packages, `@fallow-cli/${process.platform}-${process.arch}-gnu/fallow`);

// A tool that takes long takes part in fewer rounds: after the first, in as many more as fit into this.
const secondsPerTool = 60;

// A package's own sources are copied, and what its package.json leads to when they import it by name (effect: dist).
const projects = [
  { name: "tree10k", shape: "tree", count: 10000, entry: "src/index.ts", edit: "src/d0/e1/m25.ts" },
  { name: "chain10k", shape: "chain", count: 10000, entry: "src/index.ts", edit: "src/d0/e1/m25.ts" },
  { name: "tree50k", shape: "tree", count: 50000, entry: "src/index.ts", edit: "src/d0/e1/m25.ts" },
  { name: "three", sources: ["src"], entry: "src/Three.js", edit: "src/math/Vector3.js" },
  { name: "effect", sources: ["src", "dist"], entry: "src/index.ts", edit: "src/Option.ts", flags: ["--platform=node"] },
  { name: "antd", sources: ["es"], entry: "es/index.js", edit: "es/button/Button.js" },
  { name: "monaco-editor", sources: ["esm"], entry: "esm/vs/editor/editor.main.js", edit: "esm/vs/base/common/arrays.js",
    flags: ["--loader:.ttf=file"] },
];

function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(2);
}

function say(message) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}`);
}

function must(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 30, ...options });
  if (done.status !== 0) fail(`${command} ${args.join(" ")}: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}

// --- the projects ---

// The package and everything it depends on, by name: npm has put all of them side by side.
function closureOf(name, seen = new Set()) {
  const queue = [name];
  for (const next of queue) {
    const manifest = join(packages, next, "package.json");
    if (seen.has(next) || !existsSync(manifest)) continue;
    seen.add(next);
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(manifest, "utf8"));
    queue.push(...Object.keys(dependencies), ...Object.keys(peerDependencies));
  }
  return seen;
}

// The sources of a package as if they were an application: its own folder, its dependencies in node_modules.
function copyPackage(project, dir) {
  const from = join(packages, project.name);
  for (const folder of project.sources) cpSync(join(from, folder), join(dir, folder), { recursive: true });
  cpSync(join(from, "package.json"), join(dir, "package.json"));
  for (const dependency of closureOf(project.name)) {
    if (dependency !== project.name) {
      cpSync(join(packages, dependency), join(dir, "node_modules", dependency), { recursive: true });
    }
  }
  writeFileSync(join(dir, ".fallowrc.json"), JSON.stringify({ entry: [project.entry] }) + "\n");
}

function prepare(project) {
  const dir = join(work, project.name);
  const done = join(work, `.${project.name}-made`);
  if (!existsSync(done) && !(project.shape && existsSync(join(dir, project.entry)))) {
    say(`making ${project.name}`);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    if (project.shape) must(process.execPath, [join(here, "generate.mjs"), project.shape, String(project.count), dir]);
    else copyPackage(project, dir);
    writeFileSync(done, "");
  }
  return dir;
}

// --- measuring ---

function sample(command, args, dir, goodExits) {
  const quiet = { ...process.env, DO_NOT_TRACK: "1", FALLOW_UPDATE_CHECK: "0", NO_COLOR: "1" };
  const done = spawnSync(join(tools, "bench_run"), [command, ...args], { cwd: dir, env: quiet, encoding: "utf8" });
  if (done.status !== 0) fail(`bench_run: ${done.error?.message ?? done.stderr}`);
  const result = JSON.parse(done.stdout);
  if (result.signal || !goodExits.includes(result.exit)) {
    fail(`${command} ${args.join(" ")} ended with ${result.signal ? `signal ${result.signal}` : result.exit} in ${dir}: ${done.stderr}`);
  }
  return result;
}

function databaseBytes(cache) {
  return [cache, `${cache}-wal`].filter(existsSync).reduce((sum, path) => sum + statSync(path).size, 0);
}

// The rows of a project's table, in the order of a round: what happens to files in one is what the next one sees.
function rowsOf(project, dir, cache, list) {
  const edited = join(dir, project.edit);
  const original = readFileSync(edited);
  let edits = 0;
  const edit = () => {
    writeFileSync(edited, original);
    appendFileSync(edited, `\nfunction rwgraphBench${edits % 2}() {\n  return ${edits};\n}\n`);
    edits++;
  };
  const scan = (name, before) => ({
    name, command: program, args: ["scan", dir, "--entry", project.entry, "--cache", cache], exits: [0, 1], before,
  });
  const check = (name, before) => ({ name, command: fallow, args: ["dead-code", "--circular-deps", "--quiet"], exits: [0, 1], before });
  const bundle = ["--bundle", "--format=esm", `--metafile=${join(out, "meta.json")}`, `--outdir=${join(out, "bundle")}`,
    "--log-level=error", "--log-override:import-is-undefined=silent", ...(project.flags ?? [])];
  return {
    rows: [
      { name: "read", command: join(tools, "bench_sweep"), args: ["read", list], exits: [0] },
      { name: "stat", command: join(tools, "bench_sweep"), args: ["stat", list], exits: [0] },
      scan("rwgraph cold", () => rmSync(dirname(cache), { recursive: true, force: true })),
      scan("rwgraph warm", () => {}),
      scan("rwgraph edit", edit),
      { name: "esbuild", command: esbuild, args: [project.entry, ...bundle], exits: [0] },
      check("fallow cold", () => rmSync(join(dir, ".fallow"), { recursive: true, force: true })),
      check("fallow warm", () => {}),
      check("fallow edit", edit),
    ],
    restore: () => writeFileSync(edited, original),
  };
}

// The rows of a tool follow each other: cold makes the cache that warm and edit find.
const toolOf = (row) => row.name.split(" ")[0];

// What the graph holds, from the program under test: the files that the yardsticks go through.
function describe(project, dir, cache) {
  rmSync(dirname(cache), { recursive: true, force: true });
  const figures = ["--entry", project.entry, "--cache", cache];
  const report = spawnSync(program, ["scan", dir, ...figures, "--format", "json"], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (report.status !== 0 && report.status !== 1) fail(`rwgraph scan ${dir}: ${report.stderr}`);
  const { stats, environments } = JSON.parse(report.stdout);
  const rows = must(program, ["query", "SELECT DISTINCT path FROM modules", "--json", "--dir", dir, ...figures]);
  const files = rows.trim().split("\n").map((row) => join(dir, JSON.parse(row).path)).filter(existsSync);
  const list = join(out, `${project.name}.list`);
  writeFileSync(list, files.join("\n") + "\n");
  const bytes = JSON.parse(must(join(tools, "bench_sweep"), ["stat", list])).bytes;
  return { list, files: files.length, bytes, known: stats.filesRead, database: databaseBytes(cache), wholeParses: stats.filesParsedWhole, environments };
}

function measure(project, runs) {
  const dir = prepare(project);
  const cache = join(out, "cache", project.name, "graph.db");
  const facts = describe(project, dir, cache);
  const { rows, restore } = rowsOf(project, dir, cache, facts.list);
  const samples = Object.fromEntries(rows.map((row) => [row.name, []]));
  try {
    for (let round = 0; round < runs; round++) {
      const spent = (tool) => rows.filter((row) => toolOf(row) === tool).flatMap((row) => samples[row.name])
        .reduce((sum, taken) => sum + taken.wallNs, 0) / 1e9;
      const tired = new Set(rows.map(toolOf).filter((tool) => spent(tool) * (1 + 1 / (round || 1)) > secondsPerTool));
      for (const row of rows) {
        if (tired.has(toolOf(row))) continue;
        say(`${project.name}: ${row.name} ${round + 1}/${runs}`);
        row.before?.();
        samples[row.name].push(sample(row.command, row.args, dir, row.exits));
      }
    }
  } finally {
    restore();
  }
  const inProcess = (line) => JSON.parse(must(join(tools, "bench_edit"), [dir, join(dir, project.edit), line]));
  const edits = project.shape && {
    body: inProcess("// edited"),
    imports: inProcess('import "./m31";'),
  };
  return { name: project.name, ...facts, samples, edits };
}

// --- the report ---

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function of(result, row, figure = "wallNs") {
  return median(result.samples[row].map((s) => s[figure]));
}

const ms = (ns) => (ns >= 1e9 ? `${(ns / 1e9).toFixed(2)} s` : ns >= 1e8 ? `${(ns / 1e6).toFixed(0)} ms` : `${(ns / 1e6).toFixed(1)} ms`);
const mb = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 0)} ×`;

// What each row is divided by: the row of rwgraph that answers the same question.
const rivals = {
  "esbuild": "rwgraph cold", "fallow cold": "rwgraph cold", "fallow warm": "rwgraph warm", "fallow edit": "rwgraph edit",
};

function table(result) {
  const lines = [
    `### ${result.name}: ${result.files} files, ${mb(result.bytes)}`, "",
    "| | wall | processor | peak memory | runs | compared |", "| --- | ---: | ---: | ---: | ---: | --- |",
  ];
  for (const [row, samples] of Object.entries(result.samples)) {
    const rival = rivals[row];
    const compared = rival ? `${times(of(result, row) / of(result, rival))} ${rival}` :
      row === "rwgraph cold" ? `${times(of(result, row) / of(result, "read"))} read` :
      row === "rwgraph warm" ? `${times(of(result, row) / of(result, "stat"))} stat` : "";
    const cells = [row, ms(of(result, row)), ms(of(result, row, "cpuNs")), mb(of(result, row, "rssBytes")), samples.length, compared];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  lines.push("", `Database ${mb(result.database)}, ${Math.round(result.database / result.known)} bytes for each of ${result.known} modules.` +
    ` Files parsed whole: ${result.wholeParses}.`);
  if (result.edits) {
    lines.push(`In one process, median of 50: edit of a body ${ms(result.edits.body.medianNs)}, of an import ${ms(result.edits.imports.medianNs)}.`);
  }
  return lines.join("\n") + "\n";
}

// DESIGN's budgets for a scan: [what, limit, measured, how to print it].
function budgets(by) {
  const { tree10k: tree, chain10k: chain, tree50k: big } = by;
  const list = [];
  const add = (what, limit, value, print) => list.push({ what, limit: print(limit), value: print(value), met: value <= limit });
  if (tree) {
    add("cold, 10k", 0.4e9, of(tree, "rwgraph cold"), ms);
    add("cold, 10k, against reading", 2.5, of(tree, "rwgraph cold") / of(tree, "read"), times);
    add("warm, 10k", 50e6, of(tree, "rwgraph warm"), ms);
    add("warm, 10k, against one stat sweep", 3, of(tree, "rwgraph warm") / of(tree, "stat"), times);
    add("one edit in process, 10k", 5e6, tree.edits.body.medianNs, ms);
    add("peak memory, cold, 10k", 80e6, of(tree, "rwgraph cold", "rssBytes"), mb);
    add("database, bytes a module", 1024, tree.database / tree.known, (n) => String(Math.round(n)));
  }
  if (big) {
    add("cold, 50k", 2.5e9, of(big, "rwgraph cold"), ms);
    add("warm, 50k", 250e6, of(big, "rwgraph warm"), ms);
  }
  if (tree && chain) add("chain of 10k against tree of 10k, cold", 1.3, of(chain, "rwgraph cold") / of(tree, "rwgraph cold"), times);
  const lines = ["### Budgets", "", "| | budget | measured | |", "| --- | ---: | ---: | --- |"];
  for (const { what, limit, value, met } of list) lines.push(`| ${what} | ${limit} | ${value} | ${met ? "met" : "missed"} |`);
  return list.length ? lines.join("\n") + "\n" : "";
}

function options() {
  const given = { runs: 5, only: projects.map((p) => p.name) };
  const args = process.argv.slice(2);
  for (let i = 0; i < args.length; i += 2) {
    if (args[i] === "--only" && args[i + 1]) given.only = args[i + 1].split(",");
    else if (args[i] === "--runs" && Number(args[i + 1]) > 0) given.runs = Number(args[i + 1]);
    else fail("usage: run.mjs [--only NAME,...] [--runs N]");
  }
  for (const name of given.only) {
    if (!projects.some((p) => p.name === name)) fail(`no project ${name}; there are ${projects.map((p) => p.name).join(", ")}`);
  }
  return given;
}

const { runs, only } = options();
if (!existsSync(program) || !existsSync(join(tools, "bench_run"))) fail(`build first: ${program} or ${tools}/bench_run is missing`);
if (!existsSync(esbuild) || !existsSync(fallow)) {
  say("installing peers and packages");
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: here });
}
mkdirSync(out, { recursive: true });
mkdirSync(work, { recursive: true });
const versions = Object.fromEntries(["esbuild", "fallow", "three", "effect", "antd", "monaco-editor"].map((name) =>
  [name, JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")).version]));
const results = projects.filter((p) => only.includes(p.name)).map((project) => {
  const result = measure(project, runs);
  say("");
  console.log(table(result));
  return result;
});
console.log(budgets(Object.fromEntries(results.map((r) => [r.name, r]))));
console.log(`${cpus().length} × ${cpus()[0].model}; ${Object.entries(versions).map((v) => v.join(" ")).join(", ")}.`);
writeFileSync(join(out, "results.json"), JSON.stringify({ cpus: cpus().length, model: cpus()[0].model, versions, results }, null, 1) + "\n");
