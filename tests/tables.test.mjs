/*
 * Tables in this folder that say which test holds what: every test that they name exists, and every
 * file of tests is run.
 *
 * A test is named `in_c`, as TEST(in_c) has it, or `dev/hmr: a sentence`, as a test of
 * dev/hmr.test.mjs is called in its source.
 */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Cells of a table's last column, below its head and the line under that. */
function lastCells(file) {
    const rows = read(file).split('\n').filter((line) => /^\| .* \|$/.test(line));
    return rows.slice(2).map((row) => row.slice(2, -2).split(' | ').at(-1));
}

/** Does tests/<file> have a test of this name? In quotes of either kind. */
function hasTest(file, sentence) {
    const text = read(file);
    return ["'", '`', '"'].some((quote) => text.includes(`test(${quote}${sentence}${quote}`));
}

/** The names of all tests in C. */
function testsInC() {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true });
    const names = new Set();
    for (const { name: folder } of folders.filter((entry) => entry.isDirectory())) {
        for (const file of readdirSync(new URL(folder, import.meta.url))) {
            const text = file.endsWith('.c') ? read(`${folder}/${file}`) : '';
            for (const [, name] of text.matchAll(/^TEST\((\w+)\)/gm)) {
                names.add(name);
            }
        }
    }
    return names;
}

test('every advisory has a test of the name that the table gives', () => {
    const cells = lastCells('dev/ADVISORIES.md');
    assert.ok(cells.length > 15);
    for (const cell of cells) {
        const [, file, sentence] = /^`tests\/(.*)`: (.*)$/.exec(cell) ?? assert.fail(cell);
        assert.ok(hasTest(file, sentence), `${file} has no test "${sentence}"`);
    }
});

test('every behaviour has a test of the name that the table gives', () => {
    const known = testsInC();
    const cells = lastCells('BEHAVIOURS.md');
    assert.equal(cells.length, 69);
    for (const cell of cells) {
        const named = [...cell.matchAll(/`((?:[^`$]|\$\{\w+(?:\.\w+)?\})+)`/g)].map((m) => m[1]);
        assert.ok(named.length > 0, cell);
        for (const name of named) {
            const [, file, sentence] = /^([\w/-]+): (.*)$/.exec(name) ?? [];
            const exists = file ? hasTest(`${file}.test.mjs`, sentence) : known.has(name);
            assert.ok(exists, `BEHAVIOURS.md names "${name}", which is no test`);
        }
    }
});

test('every file of tests is one that ctest runs', () => {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true });
    for (const { name: folder } of folders.filter((entry) => entry.isDirectory())) {
        const files = readdirSync(new URL(folder, import.meta.url));
        const tests = files.filter((file) => /^test_\w+\.c$|\.test\.mjs$/.test(file));
        const list = tests.length > 0 ? read(`${folder}/CMakeLists.txt`) : '';
        for (const test of tests) {
            const name = test.replace(/\.(c|test\.mjs)$/, '');
            const isListed = new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(list);
            assert.ok(isListed, `${folder}/${test} is in no list`);
        }
    }
});
