/* ADVISORIES.md names tests that exist. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const read = (file) => readFileSync(new URL(file, ROOT), 'utf8');

test('every advisory has a test of the name that the table gives', () => {
    const rows = read('tests/dev/ADVISORIES.md').split('\n').filter((line) => line.startsWith('| '));
    const cells = rows.slice(2).map((line) => line.split(' | ').at(-1).replace(/ \|$/, ''));
    assert.ok(cells.length > 15);
    for (const cell of cells) {
        const [, file, sentence] = /^`(.*)`: (.*)$/.exec(cell) ?? assert.fail(cell);
        const text = read(file);
        const named = [`'${sentence}'`, `\`${sentence}\``].some((name) => text.includes(`test(${name}`));
        assert.ok(named, `${file} has no test "${sentence}"`);
    }
});
