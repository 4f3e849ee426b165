import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parseDevVars, readDevVars } from '../../bundler/runtime/devvars.mjs';

test('names and values, with and without quotes, export and comments', () => {
    const text = [
        '# a comment with NAME=value',
        'PLAIN=value',
        'SPACED = padded   ',
        'export EXPORTED=1',
        'COMMENTED=a#b # c',
        'EMPTY=',
        'SINGLE=\'a "b" \\n # c\' # d',
        'DOUBLE="a \\"b\\" \\n # c"',
        'BACKTICK=`it\'s "x"`',
        'OPEN="not closed',
        'URL=postgres://u:p@h/db?x=1',
        'dotted.name-x=1',
    ].join('\r\n');
    assert.deepEqual(parseDevVars(text), {
        PLAIN: 'value',
        SPACED: 'padded',
        EXPORTED: '1',
        COMMENTED: 'a#b',
        EMPTY: '',
        SINGLE: 'a "b" \\n # c',
        DOUBLE: 'a "b" \n # c',
        BACKTICK: 'it\'s "x"',
        OPEN: '"not closed',
        URL: 'postgres://u:p@h/db?x=1',
        'dotted.name-x': '1',
    });
});

test('quotes may span lines, and the last word on a name wins', () => {
    const key = '-----BEGIN-----\nabc\n-----END-----';
    assert.deepEqual(parseDevVars(`KEY="${key}"\nA=1\nA=2\n`), { KEY: key, A: '2' });
});

test('the file of an environment stands in the place of the common one', (t) => {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-vars-'));
    t.after(() => rmSync(root, { recursive: true }));
    const path = join(root, '.dev.vars');
    writeFileSync(path, 'A=common\nB=common\n');
    writeFileSync(`${path}.staging`, 'A=staging\n');
    assert.deepEqual(readDevVars(path, 'staging'), { A: 'staging' });
    assert.deepEqual(readDevVars(path, 'other'), { A: 'common', B: 'common' });
    assert.deepEqual(readDevVars(path, ''), { A: 'common', B: 'common' });
    assert.deepEqual(readDevVars(join(root, 'none'), 'staging'), {});
});
