// Compares what `rwgraph transform` makes of TypeScript files with what TypeScript, oxc-transform
// and esbuild make of them: node compare.mjs [--sample N] [--set NAME] [--show GROUP]
// [FILE-OR-FOLDER…]
//
// Our output must be JavaScript. It is right when its tree equals that of one of the three. It is
// wrong when two of them agree with each other and not with us; where all differ (each lowers
// enums, namespaces and decorators in its own way) it is counted by construct and shown, not
// judged. A difference that stays is listed in known-differences.json with its reason.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chooseSample, listCorpus, readPackages, sourceFiles } from "../corpus/list.mjs";
import { difference, needsRuntime, normalise, parse } from "./ast.mjs";
import { wrongMappings } from "./maps.mjs";
import { languageOf, ORACLES, SETS } from "./oracles.mjs";
import { transformAll } from "./rwgraph.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = process.env.RWGRAPH_BIN ?? path.join(here, "../../../build/release/cli/rwgraph");
const TYPED = /(?<!\.d)\.(?:[cm]?ts|[jt]sx)$/;
const FILE_MAX = 300_000;

function readArguments(argv) {
    const options = { sample: 0, set: null, show: null, places: [] };
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === "--sample") options.sample = Number(argv[++i]);
        else if (argv[i] === "--set") options.set = argv[++i];
        else if (argv[i] === "--show") options.show = argv[++i];
        else options.places.push(path.resolve(argv[i]));
    }
    return options;
}

function chooseFiles({ sample, places }) {
    const isFile = (place) => fs.statSync(place).isFile();
    const own = places
        .flatMap((place) => (isFile(place) ? [place] : sourceFiles(place)))
        .map((file) => ({ file, group: "", relative: file }));
    const names = sample ? readPackages().sample : undefined;
    const { files } = places.length ? { files: own } : listCorpus({ names });
    const fit = files.filter((f) => TYPED.test(f.file) && fs.statSync(f.file).size < FILE_MAX);
    return sample ? chooseSample(fit, sample) : fit;
}

const compareTrees = (a, b) => difference(a, b) === null;

/** What the oracles say, as normalised programs by name; those that refuse are left out. */
function askOracles(text, file, set) {
    const said = {};
    for (const [name, oracle] of Object.entries(ORACLES)) {
        const code = oracle(text, file, set);
        const tree = code === null ? null : parse(code);
        if (tree) said[name] = normalise(tree);
    }
    return said;
}

/** The two or more oracles that agree, as one of their trees; null when there are none. */
function consensus(said) {
    const names = Object.keys(said);
    for (let i = 0; i < names.length; i++) {
        for (let k = i + 1; k < names.length; k++) {
            if (compareTrees(said[names[i]], said[names[k]])) return said[names[i]];
        }
    }
    return null;
}

const PLACE = /(?:Statement|Declaration|Body|Program|Specifier|Definition|body|expression)$/;

/** A difference's cause as one line: the nodes around it that say most. */
function groupOf({ path: nodes, left, right }) {
    const telling = nodes.filter((n) => !PLACE.test(n)).slice(-3);
    return `${telling.join(" > ") || nodes.at(-1)}: ${left} instead of ${right}`;
}

/** { verdict, group }: equal, wrong, disputed, refused or skipped. */
function judge(text, file, set, answer) {
    if (answer.failure) return { verdict: "wrong", group: `crash: ${answer.failure}` };
    const said = askOracles(text, file, set);
    if (answer.error) {
        const accepted = Object.keys(said).length >= 2;
        const { message, line } = answer.error;
        return accepted
            ? { verdict: "wrong", group: `error: ${message}`, detail: `line ${line}` }
            : { verdict: "skipped", group: "not accepted by the others" };
    }
    const ours = parse(set.factory ? `(${answer.code}\n)` : answer.code);
    if (!ours) {
        return Object.keys(said).length
            ? { verdict: "wrong", group: "output is not JavaScript" }
            : { verdict: "skipped", group: "not accepted by the others" };
    }
    const wrong = wrongMappings(answer.code, answer.map, text);
    if (wrong.length) return { verdict: "wrong", group: "source map", detail: wrong.join("; ") };
    if (set.factory) return { verdict: "equal" };
    const tree = normalise(ours);
    if (Object.values(said).some((other) => compareTrees(tree, other))) return { verdict: "equal" };
    const agreed = consensus(said);
    const other = agreed ?? said.typescript ?? Object.values(said)[0];
    if (!other) return { verdict: "skipped", group: "not accepted by the others" };
    if (needsRuntime(other)) return { verdict: "disputed", group: "the others keep decorators" };
    const group = groupOf(difference(tree, other));
    return { verdict: agreed ? "wrong" : "disputed", group };
}

/** Is this a difference that a line of known-differences.json is about? */
function covers(line, set, name, group) {
    const isFile = !line.file || line.file === name;
    return isFile && line.set === set.name && new RegExp(line.group).test(group);
}

async function compareSet(set, files, known, show) {
    const texts = files.map((f) => fs.readFileSync(f.file, "utf8"));
    const jobs = files.map((f, i) => ({
        code: texts[i],
        lang: languageOf(f.file),
        module: true,
        path: f.relative,
    }));
    const counts = { equal: 0, wrong: 0, disputed: 0, skipped: 0, known: 0 };
    const groups = new Map();
    await transformAll(program, set.args, jobs, (i, answer) => {
        let { verdict, group, detail } = judge(texts[i], files[i].file, set, answer);
        const name = path.join(files[i].group, files[i].relative);
        const isKnown = known.some((k) => covers(k, set, name, group));
        if (verdict === "wrong" && isKnown) verdict = "known";
        counts[verdict]++;
        if (verdict === "wrong" || verdict === "disputed") {
            const title = `${verdict}: ${group}`;
            if (!groups.has(title)) groups.set(title, []);
            groups.get(title).push(detail ? `${name} (${detail})` : name);
        }
    });
    const sums = Object.entries(counts).map(([name, n]) => `${n} ${name}`);
    console.log(`${set.name}: ${files.length} files, ${sums.join(", ")}`);
    const order = [...groups].sort((a, b) => b[1].length - a[1].length);
    for (const [title, names] of order) {
        console.log(`  ${names.length} ${title}`);
        const shown = show && title.includes(show) ? names : names.slice(0, 2);
        for (const name of shown) console.log(`      ${name}`);
    }
    return counts.wrong;
}

const options = readArguments(process.argv.slice(2));
const files = chooseFiles(options);
const known = JSON.parse(fs.readFileSync(path.join(here, "known-differences.json"), "utf8"));
let wrong = 0;
for (const set of SETS.filter((s) => !options.set || s.name === options.set)) {
    wrong += await compareSet(set, files, known, options.show);
}
process.exitCode = wrong ? 1 : 0;
