/* What of wrangler's file counts in dev, and how it is read. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parseToml } from '../../bundler/runtime/toml.mjs';
import { parseJsonc, partBindings, readWrangler } from '../../bundler/runtime/wrangler.mjs';
import { lines } from './program.mjs';

/** The file's value, without the prototypes. */
const toml = (...all) => JSON.parse(JSON.stringify(parseToml(lines(...all), 'wrangler.toml')));

function read(t, name, text) {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-wrangler-'));
    t.after(() => rmSync(root, { recursive: true }));
    writeFileSync(join(root, name), text);
    return readWrangler(root);
}

test('comments and trailing commas are no part of JSON, except in strings', () => {
    const text = '{ // one\n "url": "https://a/*b*/,]", /* two\n */ "list": [1, 2,], }';
    assert.deepEqual(parseJsonc(text, 'f'), { url: 'https://a/*b*/,]', list: [1, 2] });
    assert.throws(() => parseJsonc('{ "a": }', '/app/wrangler.jsonc'), /^Error: \/app\/wrangler/);
});

test('TOML gives tables, lists of tables, dotted keys and nested values', () => {
    const value = toml(
        'name = "app" # a comment',
        "compatibility_flags = [\"nodejs_compat\", 'other', # more",
        ']',
        'limits = { cpu_ms = 50, deep.er = [[1], []] }',
        'queues.producers = []',
        '[vars]',
        'HASH = "a # b"',
        '"DOTTED.NAME" = 4_000',
        'ON = true',
        'SMALL = -0.5e1',
        '[[kv_namespaces]]',
        'binding = "KV"',
        '[[kv_namespaces]]',
        'binding = "KV2"',
        'id = "x"',
        '[durable_objects]',
        'bindings = [{ name = "A", class_name = "B" }]',
        '[env.production.vars]',
        'HASH = "other"',
    );
    assert.deepEqual(value, {
        name: 'app',
        compatibility_flags: ['nodejs_compat', 'other'],
        limits: { cpu_ms: 50, deep: { er: [[1], []] } },
        queues: { producers: [] },
        vars: { HASH: 'a # b', 'DOTTED.NAME': 4000, ON: true, SMALL: -5 },
        kv_namespaces: [{ binding: 'KV' }, { binding: 'KV2', id: 'x' }],
        durable_objects: { bindings: [{ name: 'A', class_name: 'B' }] },
        env: { production: { vars: { HASH: 'other' } } },
    });
});

test('TOML has four kinds of strings', () => {
    const value = toml(
        'basic = "tab\\tquote\\" \\u00e9 \\U0001F600"',
        "literal = 'C:\\no'",
        'long = """',
        'one',
        'two \\',
        '   end"""',
        "raw = '''",
        "a 'b' \\n'''",
        'day = 2025-08-21',
    );
    assert.deepEqual(value, {
        basic: 'tab\tquote" é 😀',
        literal: 'C:\\no',
        long: 'one\ntwo end',
        raw: "a 'b' \\n",
        day: '2025-08-21',
    });
});

test('what is not TOML is an error that names its line', () => {
    const bad = ['a = 1\nb', 'a = 1\nb = ', 'a = 1\na = 2', '\na = [1', '\n[a', 'x=1\na = nope'];
    for (const text of [...bad, `\na = ${'['.repeat(1000)}`]) {
        assert.throws(() => parseToml(text, 'wrangler.toml'), /^Error: wrangler\.toml:2: /, text);
    }
    assert.throws(() => parseToml('a = 1 b = 2', 'f'), /^Error: f:1: /);
    assert.equal(parseToml('__proto__.polluted = 1', 'f').__proto__.polluted, 1);
    assert.equal({}.polluted, undefined);
});

test('bindings are found in every place, in both languages', (t) => {
    const json = JSON.stringify({
        name: 'app',
        main: 'a.ts',
        vars: { A: { b: 1 } },
        ai: { binding: 'AI' },
        d1_databases: [{ binding: 'DB' }],
        durable_objects: { bindings: [{ name: 'OBJECT', class_name: 'C' }] },
        queues: { producers: [{ binding: 'Q', queue: 'q' }] },
        text_blobs: { TEXT: 'a.txt' },
    });
    const { bindings, vars, date, flags } = read(t, 'wrangler.json', json);
    const names = bindings.map(({ name, place }) => `${place} ${name}`).sort();
    assert.deepEqual(names, [
        'ai AI',
        'd1_databases DB',
        'durable_objects.bindings OBJECT',
        'queues.producers Q',
        'text_blobs TEXT',
    ]);
    assert.deepEqual([vars, date, flags], [{ A: { b: 1 } }, undefined, []]);
    const text = '[[r2_buckets]]\nbinding = "B"\n[ai]\nbinding = "AI"';
    const found = read(t, 'wrangler.toml', text);
    assert.deepEqual(found.bindings.map(({ name }) => name).sort(), ['AI', 'B']);
    assert.equal(readWrangler('/nowhere'), null);
});

test('a binding to another worker is not served, one to the same is', (t) => {
    const wrangler = read(
        t,
        'wrangler.jsonc',
        JSON.stringify({
            name: 'app',
            services: [
                { binding: 'SELF', service: 'app' },
                { binding: 'OTHER', service: 'other' },
            ],
            durable_objects: {
                bindings: [{ name: 'FAR', class_name: 'C', script_name: 'other' }],
            },
            kv_namespaces: [{ binding: 'KV', id: '1' }],
            rules: [{ type: 'Text', globs: ['**/*.sql'] }],
        }),
    );
    const places = ['services', 'durable_objects.bindings'];
    const { served, absent, notice } = partBindings(wrangler, { places, hint: () => 'is far' });
    assert.deepEqual(served.map(({ name }) => name), ['SELF']);
    assert.deepEqual(absent.map(({ name }) => name).sort(), ['FAR', 'KV', 'OTHER']);
    const [head, ...told] = notice.split('\n').map((line) => line.trim());
    assert.match(head, /wrangler\.jsonc:$/);
    const far = 'FAR (durable_objects.bindings) is a worker that is no environment here';
    assert.deepEqual(told.slice(0, 2), [far, 'KV (kv_namespaces) is far']);
    assert.match(notice, /"rules" are not followed/);
    assert.deepEqual(partBindings(null, { places, hint: () => '' }).notice, '');
});
