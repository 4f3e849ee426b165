// Compares the scopes of real files with TypeScript's: node main.mjs sample, or node main.mjs
// PATH… for any files and folders. SCOPE_DUMP is the program that prints ours (scope_dump.c).
//
// Three things are compared: which identifiers are variables, which declaration each of them leads
// to, and what is done with it there. Differences that stay are listed in REASONS, as a test over
// the difference; everything else fails the run.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { CALLEE, expectedNames } from "./expect.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const conform = path.dirname(here.replace(/\/$/, ""));
const root = path.dirname(path.dirname(conform));
const SCRIPT = /\.[cm]?[jt]sx?$/;
const FILE_MAX = 400_000;

/** The files of a folder, sorted, without the packages in it; a file is itself. */
function filesOf(place) {
    if (!fs.statSync(place).isDirectory()) return [place];
    const found = [];
    for (const entry of fs.readdirSync(place, { withFileTypes: true })) {
        const file = path.join(place, entry.name);
        if (entry.isDirectory() && entry.name !== "node_modules") found.push(...filesOf(file));
        if (entry.isFile() && SCRIPT.test(file)) found.push(file);
    }
    return found.sort();
}

/** Files that are here anyway, up to a size in all. */
function sample() {
    const places = [
        conform,
        path.join(root, "tests/fixtures"),
        path.join(root, "bundler/runtime"),
        path.join(conform, "node_modules/oxc-parser"),
        path.join(conform, "node_modules/@oxc-project/types"),
        path.join(conform, "node_modules/@swc/core"),
        path.join(conform, "node_modules/@swc/types"),
        path.join(conform, "node_modules/es-module-lexer"),
        path.join(conform, "node_modules/typescript/lib"),
    ];
    const small = (file) => fs.statSync(file).size < FILE_MAX;
    return places.filter((place) => fs.existsSync(place)).flatMap(filesOf).filter(small);
}

/** From byte offsets to UTF-16 offsets. */
function unitsOf(text, bytes) {
    if (text.length === bytes) return (at) => at;
    const units = new Uint32Array(bytes + 1);
    let byte = 0;
    for (let unit = 0; unit < text.length; ) {
        const code = text.codePointAt(unit);
        units[byte] = unit;
        byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        unit += code < 0x10000 ? 1 : 2;
    }
    units[bytes] = text.length;
    return (at) => units[at];
}

function ourNames(line, text, bytes) {
    const unit = unitsOf(text, bytes);
    const declared = line.symbols.map(() => []);
    const declarations = new Map();
    const references = new Map();
    for (const [start, symbol] of line.declarations) declared[symbol].push(unit(start));
    for (const [start, symbol] of line.declarations) {
        declarations.set(unit(start), declared[symbol]);
    }
    for (const [start, symbol, flags] of line.references) {
        references.set(unit(start), { declared: symbol < 0 ? [] : declared[symbol], flags });
    }
    const hidden = line.hidden.map(([start, end]) => [unit(start), unit(end)]);
    return { declarations, references, hidden };
}

const same = (a, b) => a.length === b.length && a.every((at, i) => at === b[i]);

function* differences(ours, theirs) {
    for (const [at, declared] of theirs.declarations) {
        const mine = ours.declarations.get(at);
        if (!mine) yield { at, what: "declaration missing" };
        else if (!same(mine, declared)) {
            yield { at, what: "declared together", ours: mine, theirs: declared };
        }
    }
    for (const at of ours.declarations.keys()) {
        if (!theirs.declarations.has(at)) yield { at, what: "declaration too many" };
    }
    for (const [at, expected] of theirs.references) {
        const mine = ours.references.get(at);
        if (!mine) yield { at, what: "reference missing", theirs: expected.declared };
        else if (!same(mine.declared, expected.declared)) {
            yield { at, what: "symbol", ours: mine.declared, theirs: expected.declared };
        } else if (mine.flags !== expected.flags) {
            yield { at, what: "flags", ours: mine.flags, theirs: expected.flags };
        }
    }
    for (const at of ours.references.keys()) {
        if (!theirs.references.has(at)) yield { at, what: "reference too many" };
    }
}

const inside = (ranges, at) => ranges.some(([start, end]) => at >= start && at < end);

/** Differences that stay, each with its reason. */
const REASONS = [
    {
        why: "the grammar does not know this type syntax, and the library hides it from it",
        test: (found, { ours }) =>
            inside(ours.hidden, found.at) ||
            (found.theirs?.some?.((at) => inside(ours.hidden, at)) ?? false),
    },
    {
        why: "whether a whole file is ambient is for its name to say, which scopes do not know",
        test: (found, { file }) => found.what === "flags" && /\.d\.([^/]+\.)?[cm]?ts$/.test(file),
    },
    {
        why: "a type parameter is a symbol of its own here; in TypeScript those of all " +
            "declarations of an interface are one, also with a parameter that is called so",
        test: (found, { theirs }) =>
            found.ours?.length > 0 && found.theirs?.length > 0 &&
            found.ours.every((at) => found.theirs.includes(at)) &&
            found.theirs.some((at) => theirs.parameters.has(at)),
    },
    {
        why: "what is declared in `declare global` is a global, not a name of the module",
        test: (found, { theirs }) =>
            found.what === "symbol" && found.ours.length === 0 &&
            found.theirs.every((at) => theirs.globals.has(at)),
    },
    {
        why: "a value and an exported type of one name are one symbol here, two in TypeScript",
        test: (found, { text }) =>
            found.theirs?.length > 0 && found.theirs.every((at) => found.ours?.includes(at)) &&
            found.ours.some((at) =>
                /\bexport\s+(default\s+|declare\s+)?\w+\s+$/.test(text.slice(at - 40, at))
            ),
    },
    {
        why: "intrinsic is a keyword in TypeScript's own library alone",
        test: (found, { file, text }) =>
            /\/lib\.[\w.]*d\.ts$/.test(file) && text.startsWith("intrinsic", found.at),
    },
    {
        why: "the grammar reads a call with such type arguments as two comparisons",
        test: (found, { text }) =>
            found.what === "flags" && (found.ours ^ found.theirs) === CALLEE &&
            /^[\w$.]+<\s*typeof import\(/.test(text.slice(found.at, found.at + 200)),
    },
    {
        why: "the grammar reads type arguments of a tagged template as comparisons, or ends an " +
            "arrow function before the template",
        test: (found, { theirs }) => inside(theirs.tagged, found.at),
    },
    {
        why: "the grammar reads `a as B.C.D<E> | F` as an expression behind `a as B.C`",
        test: (found, { text }) =>
            /\b(as|satisfies)\s+\w+(\.\w+){2,}(<[^;]*>)?\s*[|&]\s*$/.test(
                text.slice(Math.max(0, found.at - 600), found.at)
            ),
    },
    {
        why: "the grammar ends `new <A>(a: A) => B & C<A>` in a type before the `&`",
        test: (found, { text, theirs }) =>
            found.what === "symbol" && found.ours.length === 0 &&
            found.theirs.every((at) => theirs.parameters.has(at)) &&
            /\bnew\s*<$/.test(text.slice(0, found.theirs[0])),
    },
    {
        why: "a function in a block is no variable of its function when that has one of its " +
            "name; TypeScript's checker forgets the one in the block",
        test: (found, { file, text }) =>
            found.what === "symbol" && found.ours.length === 1 && /js$/.test(file) &&
            /\bfunction\s+$/.test(text.slice(found.ours[0] - 20, found.ours[0])),
    },
    {
        why: "behind `extends`, TypeScript's checker answers for the type",
        test: (found, { text }) =>
            found.what === "symbol" && found.ours.length > 0 &&
            /\bextends\s+$/.test(text.slice(found.at - 20, found.at)),
    },
    {
        why: "the file is a trap: `await` as a name, a regular expression behind a function",
        test: (_, { file }) =>
            /traps\/(await-as-a-name|regex-after-arrow-function)\.js$/.test(file),
    },
    {
        why: "the file imports one name twice, which is an error to TypeScript's checker alone",
        test: (found, { file }) =>
            found.what === "declared together" && file.endsWith("traps/typescript-exports.ts"),
    },
];

function lineOf(text, at) {
    const start = text.lastIndexOf("\n", at - 1) + 1;
    const line = text.slice(0, at).split("\n").length;
    const end = text.indexOf("\n", at);
    const code = text.slice(start, end < 0 ? undefined : end).trim();
    return { line, column: at - start + 1, code };
}

function report(file, text, found) {
    const { line, column, code } = lineOf(text, found.at);
    const name = /^[\w$"'\\]*/.exec(text.slice(found.at, found.at + 60))[0];
    const more = found.ours || found.theirs
        ? ` ours ${JSON.stringify(found.ours)} theirs ${JSON.stringify(found.theirs)}` : "";
    console.log(`${file}:${line}:${column} ${found.what}: ${name}${more}`);
    console.log(`    ${code.slice(0, 120)}`);
}

function compare(lines, limit) {
    const counts = { files: 0, skipped: 0, names: 0, listed: 0, different: 0 };
    for (const line of lines) {
        const bytes = fs.readFileSync(line.file);
        const text = bytes.toString("utf8");
        const theirs = expectedNames(path.resolve(line.file), text);
        if (!theirs.ok || line.errors) {
            counts.skipped++;
            continue;
        }
        const ours = ourNames(line, text, bytes.length);
        counts.files++;
        counts.names += theirs.declarations.size + theirs.references.size;
        let inFile = 0;
        for (const found of differences(ours, theirs)) {
            const context = { file: line.file, text, ours, theirs };
            const reason = REASONS.find((entry) => entry.test(found, context));
            if (reason) {
                counts.listed++;
                continue;
            }
            counts.different++;
            if (++inFile <= 8 && counts.different <= limit) report(line.file, text, found);
        }
    }
    return counts;
}

function main() {
    const dump = process.env.SCOPE_DUMP;
    const wanted = process.argv.slice(2);
    if (!dump || wanted.length === 0) {
        console.error("usage: SCOPE_DUMP=… node main.mjs sample | PATH…");
        return 2;
    }
    const files = wanted[0] === "sample" ? sample() : wanted.flatMap(filesOf);
    const done = spawnSync(dump, [], { input: files.join("\n") + "\n", maxBuffer: 1 << 30 });
    if (done.status !== 0) {
        console.error(`${dump} ended with ${done.status ?? done.signal}: ${done.stderr}`);
        return 1;
    }
    const printed = done.stdout.toString("utf8").split("\n").filter(Boolean);
    const lines = printed.map((line) => JSON.parse(line));
    const counts = compare(lines, Number(process.env.SCOPE_REPORT ?? 100));
    console.log(
        `${counts.files} files, ${counts.names} names, ${counts.different} different, ` +
        `${counts.listed} listed, ${counts.skipped} files with syntax errors left out`
    );
    return counts.different || counts.files === 0 ? 1 : 0;
}

process.exitCode = main();
