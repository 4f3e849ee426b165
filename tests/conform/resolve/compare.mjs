// Compares `rwgraph resolve` with the oracles: node compare.mjs [--sample] [--only corpus|fixtures]
// [--set NAME] [--oracles] [--examples N]
//
// rwgraph must give the agreed answer wherever the oracles agree, and the wanted answer in every
// fixture. Differences are grouped by what was expected and what came, and those that no entry of
// known-differences.json covers end the run with status 1 (2: the harness itself could not run).
// The whole list goes to <corpus folder>/report.json. --oracles needs no rwgraph: it shows how far
// the oracles agree with each other and with the fixtures.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { corpusCases } from './cases.mjs';
import { corpusFolder, ensureCorpus, here, repoRoot } from './corpus.mjs';
import { fixtures, pnpApiOf, writeTree } from './fixtures.mjs';
import { askAll, builtinAnswer, pathAnswer, verdict } from './oracles.mjs';
import { rwgraphFlags, sets } from './sets.mjs';

const maxRestarts = 20;
const runLimitMs = Number(process.env.RWGRAPH_RUN_LIMIT_MS ?? 60_000);

/// Runs everything asked for; resolves to the exit status.
export async function main(argv) {
  const options = readOptions(argv);
  const binary = path.resolve(process.env.RWGRAPH_BIN ?? path.join(repoRoot, 'build/release/cli/rwgraph'));
  if (!options.oracles && !fs.existsSync(binary)) {
    console.error(`no rwgraph at ${binary}: build it, or name it in RWGRAPH_BIN`);
    return 2;
  }
  const run = { options, binary: options.oracles ? null : binary, rows: [], self: [], asked: 0, seconds: 0 };
  if (options.only !== 'corpus') compareFixtures(run);
  if (options.only !== 'fixtures') await compareCorpus(run);
  return report(run);
}

function readOptions(argv) {
  const options = { size: 'full', only: null, set: null, oracles: false, examples: 4 };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--sample') options.size = 'sample';
    else if (argv[i] === '--oracles') options.oracles = true;
    else if (argv[i] === '--only') options.only = argv[++i];
    else if (argv[i] === '--set') options.set = argv[++i];
    else if (argv[i] === '--examples') options.examples = Number(argv[++i]);
    else throw new Error(`unknown option ${argv[i]}`);
  }
  return options;
}

// ---- the two parts --------------------------------------------------------------------------------

async function compareCorpus(run) {
  const folder = corpusFolder();
  ensureCorpus(folder);
  const cases = await corpusCases(fs.realpathSync(folder), run.options.size);
  for (const [name, set] of Object.entries(sets)) {
    if (run.options.set && run.options.set !== name) continue;
    // A module is its real file: whatever way led to the importer, it sees what is around that file.
    const answers = askAll(cases.map((one) => ({ ...one, from: realFile(one.from) })), set);
    const start = performance.now();
    const ours = run.binary ? askRwgraph(run.binary, cases, set, folder) : null;
    run.asked += cases.length;
    run.seconds += (performance.now() - start) / 1000;
    cases.forEach((one, i) => {
      const { expected, dispute } = verdict(answers[i]);
      run.rows.push(row(name, one, one.origin, expected, dispute, ours?.[i]));
    });
  }
}

function realFile(file) {
  return path.join(fs.realpathSync(path.dirname(file)), path.basename(file));
}

function compareFixtures(run) {
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'rwgraph-resolve-'));
  try {
    fixtures.forEach((fixture, i) => compareFixture(run, fixture, path.join(temporary, `tree ${i}`)));
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function compareFixture(run, fixture, folder) {
  const root = writeTree(fixture.files, folder);
  const set = { ...sets[fixture.base ?? 'client'], ...fixture.set };
  if (set.tsconfig && set.tsconfig !== 'auto') set.tsconfig = path.join(root, set.tsconfig);
  if (set.alias) {
    set.alias = Object.fromEntries(
      Object.entries(set.alias).map(([key, value]) => [key, value.replace('<root>', root)]),
    );
  }
  if (fixture.pnp) set.pnpApi = pnpApiOf(root);
  const cases = fixture.cases.map(([from, specifier, want, kind = 'import'], id) => ({
    id,
    from: path.join(root, from),
    specifier,
    kind,
    want: /^(error|ignored|builtin .*)$/.test(want) ? want : `path ${path.join(root, want)}`,
  }));
  const answers = askAll(cases, set);
  const ours = run.binary ? askRwgraph(run.binary, cases, set, root) : null;
  const local = (text) => text?.replaceAll(`${root}/`, '');
  cases.forEach((one, i) => {
    const said = verdict(answers[i]);
    const shown = { ...one, from: local(one.from) };
    const theirs = said.expected ?? said.lone;
    if (theirs !== undefined && theirs !== one.want) {
      run.self.push(`${fixture.name}: ${one.specifier} from ${shown.from}: wanted ${local(one.want)}, all oracles say ${local(theirs)}`);
    } else if (said.dispute && !said.lone && run.options.oracles) {
      run.self.push(`(${fixture.name}: ${one.specifier} from ${shown.from}: wanted ${local(one.want)}; ${said.dispute})`);
    }
    run.rows.push(row('fixture', shown, fixture.name, local(one.want), undefined, ours && { ...ours[i], answer: local(ours[i].answer) }));
  });
}

function row(set, { from, specifier, kind }, origin, expected, dispute, ours) {
  return { set, from, specifier, kind, origin, expected, dispute, actual: ours?.answer, text: ours?.text };
}

// ---- rwgraph --------------------------------------------------------------------------------------

/// { answer, text } for every case, in order. A crash is the answer of the line that caused it.
function askRwgraph(binary, cases, set, cwd) {
  const answers = new Array(cases.length);
  for (const kind of ['import', 'require']) {
    const mine = cases.map((one, i) => [one, i]).filter(([one]) => one.kind === kind);
    let done = 0;
    for (let attempt = 0; done < mine.length && attempt < maxRestarts; attempt++) {
      const lines = runOnce(binary, rwgraphFlags(set, kind), mine.slice(done), cwd);
      for (const line of lines) answers[mine[done++][1]] = readLine(line);
      if (done < mine.length) answers[mine[done++][1]] = { answer: 'crash', text: lines.failure };
    }
    for (; done < mine.length; done++) answers[mine[done][1]] = { answer: 'crash', text: 'not asked after many crashes' };
  }
  return answers;
}

function runOnce(binary, flags, cases, cwd) {
  const input = cases.map(([{ from, specifier }]) => `${JSON.stringify({ from, specifier })}\n`).join('');
  const child = spawnSync(binary, ['resolve', '--json-lines', ...flags], {
    cwd, input, encoding: 'utf8', maxBuffer: 1 << 30,
    timeout: runLimitMs, killSignal: 'SIGKILL', // a hang is reported as that line's crash
  });
  const lines = child.stdout.split('\n').slice(0, -1);
  lines.failure = `status ${child.status} ${child.signal ?? ''} ${child.stderr.slice(-300)}`.trim();
  return lines.slice(0, cases.length).length === lines.length ? lines : Object.assign(lines.slice(0, cases.length), { failure: lines.failure });
}

function readLine(line) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    return { answer: 'not JSON', text: line };
  }
  if (typeof value.path === 'string') return { answer: pathAnswer(value.path), text: line };
  if (typeof value.builtin === 'string') return { answer: builtinAnswer(value.builtin), text: line };
  if (value.ignored === true) return { answer: 'ignored', text: line };
  if (value.error !== undefined) return { answer: 'error', text: line };
  return { answer: 'unknown form', text: line };
}

// ---- report -----------------------------------------------------------------------------------------

function report(run) {
  const { rows, options } = run;
  const known = readKnown();
  const judged = rows.filter((one) => one.expected !== undefined);
  const disputed = rows.filter((one) => one.dispute !== undefined);
  const different = run.binary ? judged.filter((one) => one.actual !== one.expected) : [];
  const open = different.filter((one) => !covered(known, one));

  for (const [name, group] of groupBy(rows, (one) => one.set)) {
    const agreed = group.filter((one) => one.expected !== undefined);
    const wrong = different.filter((one) => one.set === name);
    console.log(`${name}: ${group.length} cases, ${agreed.length} agreed, ${group.length - agreed.length} disputed` +
      (run.binary ? `, ${wrong.length} different, ${open.filter((one) => one.set === name).length} of them not known` : ''));
  }
  printGroups('disputed', disputed, (one) => `${one.set}: ${one.dispute.replace(/builtin \S+/g, 'builtin')} ours=${short(one.actual)}`, options.examples);
  printGroups('different', open, (one) => `${one.set}: ${one.origin}: expected ${short(one.expected)}, got ${short(one.actual)}`, options.examples);
  for (const text of run.self) console.log(`fixture check: ${text}`);
  for (const entry of known) {
    if (run.binary && !entry.used && options.size === 'full' && !options.only) console.log(`no longer needed in known-differences.json: ${entry.reason}`);
  }
  writeReport({ different: open, known: different.filter((one) => !open.includes(one)), disputed });
  if (run.binary && run.asked > 0) console.log(`rwgraph answered ${Math.round(run.asked / run.seconds)} lines a second, reading its output included`);
  if (run.binary) console.log(`${judged.length - different.length} passed, ${open.length} failed`);
  const selfFailed = run.self.some((text) => !text.startsWith('('));
  return open.length > 0 || selfFailed ? 1 : 0;
}

function short(answer) {
  return /^(path|builtin) /.test(answer ?? '') ? answer.split(' ')[0] : answer;
}

function printGroups(title, rows, keyOf, examples) {
  const groups = [...groupBy(rows, keyOf)].sort((a, b) => b[1].length - a[1].length);
  for (const [key, group] of groups) {
    console.log(`${title} ${group.length}  ${key}`);
    for (const one of group.slice(0, examples)) {
      console.log(`    ${one.kind} ${JSON.stringify(one.specifier)} from ${one.from}`);
      if (one.expected?.startsWith('path ')) console.log(`      expected ${one.expected}`);
      if (one.text) console.log(`      got ${one.text.slice(0, 300)}`);
    }
  }
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}

function readKnown() {
  const entries = JSON.parse(fs.readFileSync(path.join(here, 'known-differences.json'), 'utf8'));
  for (const entry of entries) {
    if (!entry.reason) throw new Error('an entry of known-differences.json has no reason');
  }
  return entries;
}

/// An entry covers a row when each of its fields (regular expressions) matches the row's.
function covered(known, one) {
  const entry = known.find((candidate) =>
    ['set', 'kind', 'origin', 'from', 'specifier', 'expected', 'actual'].every(
      (field) => candidate[field] === undefined || new RegExp(candidate[field]).test(one[field] ?? ''),
    ),
  );
  if (entry) entry.used = true;
  return entry !== undefined;
}

function writeReport(content) {
  const folder = corpusFolder();
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'report.json'), JSON.stringify(content, null, 1));
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === path.join(here, 'compare.mjs')) {
  process.exitCode = await main(process.argv.slice(2));
}
