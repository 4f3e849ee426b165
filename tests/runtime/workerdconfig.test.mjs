/* What of wrangler's file counts in dev. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parseJsonc, parseToml, readWrangler } from '../../bundler/runtime/workerdconfig.mjs';

test('comments and trailing commas are no part of JSON, except in strings', () => {
    const text = '{ // one\n "url": "https://a/*b*/,]", /* two\n */ "list": [1, 2,], }';
    assert.deepEqual(parseJsonc(text, 'f'), { url: 'https://a/*b*/,]', list: [1, 2] });
    assert.throws(() => parseJsonc('{ "a": }', '/app/wrangler.jsonc'), /^Error: \/app\/wrangler/);
});

test('TOML gives the date, the flags and vars; other tables by name', () => {
    const text = [
        'name = "app" # a comment',
        "compatibility_date = '2025-08-21'",
        'compatibility_flags = ["nodejs_compat", \'other\']',
        'limits = { cpu_ms = 50 }',
        '[vars]',
        'HASH = "a # b"',
        '"DOTTED.NAME" = 4',
        'ON = true',
        '[[kv_namespaces]]',
        'binding = "KV"',
        '[env.production.vars]',
        'HASH = "other"',
    ].join('\n');
    const { compatibility_date, compatibility_flags, vars, ...rest } = parseToml(text, 'f');
    assert.equal(compatibility_date, '2025-08-21');
    assert.deepEqual(compatibility_flags, ['nodejs_compat', 'other']);
    assert.deepEqual(vars, { HASH: 'a # b', 'DOTTED.NAME': 4, ON: true });
    assert.ok('kv_namespaces' in rest);
});

test('a variable that is not understood is an error that names its line', () => {
    const text = '[vars]\nA = """\ntext\n"""';
    assert.throws(() => parseToml(text, 'wrangler.toml'), /wrangler\.toml:2: .*one line/);
});

test('the file is found, and the bindings that dev does not have are named', () => {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-wrangler-'));
    try {
        assert.equal(readWrangler(root), null);
        const file = join(root, 'wrangler.jsonc');
        writeFileSync(file, '{ "main": "a.ts", "d1_databases": [], "vars": { "A": { "b": 1 } } }');
        assert.deepEqual(readWrangler(root), {
            file,
            date: undefined,
            flags: [],
            vars: { A: { b: 1 } },
            bindings: ['d1_databases'],
        });
    } finally {
        rmSync(root, { recursive: true });
    }
});
