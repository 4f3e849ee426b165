/* What of wrangler's file counts in dev, and how it is read. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import {
    parseJsonc,
    parseToml,
    partBindings,
    readWrangler,
} from '../../bundler/runtime/wrangler.mjs';

function folder(t, name, text) {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-wrangler-'));
    t.after(() => rmSync(root, { recursive: true }));
    writeFileSync(join(root, name), text);
    return root;
}

const read = (...args) => readWrangler(folder(...args));

test('comments and trailing commas are no part of JSON, except in strings', () => {
    const text = '{ // one\n "url": "https://a/*b*/,]", /* two\n */ "list": [1, 2,], }';
    assert.deepEqual(parseJsonc(text, 'f'), { url: 'https://a/*b*/,]', list: [1, 2] });
    assert.throws(() => parseJsonc('{ "a": }', '/app/wrangler.jsonc'), /^Error: \/app\/wrangler/);
});

test('what is not TOML is an error with its place, and a date is a text', () => {
    const what = /^Error: wrangler\.toml:2:5: Invalid TOML document: invalid value$/;
    assert.throws(() => parseToml('x = 1\na = nope', 'wrangler.toml'), what);
    assert.deepEqual(parseToml('day = 2025-08-21', 'wrangler.toml'), { day: '2025-08-21' });
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
            rules: [
                { type: 'Text', globs: ['**/*.sql'] },
                { type: 'PythonModule', globs: ['**/*.py'] },
            ],
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
    assert.equal(told[3], 'rules of the type PythonModule are not followed');
    assert.deepEqual(partBindings(null, { places, hint: () => '' }).notice, '');
});

test('an environment has its own variables and bindings, and the rest of the file', (t) => {
    const text = `
        name = "app"
        compatibility_date = "2025-08-21"
        vars = { COLOR = "blue", SIZE = 1 }
        kv_namespaces = [{ binding = "KV", id = "1" }]
        [assets]
        binding = "ASSETS"
        [env.staging]
        vars = { COLOR = "red" }
        r2_buckets = [{ binding = "BUCKET", bucket_name = "b" }]
        [env.named]
        name = "other"
        compatibility_date = "2025-09-01"`;
    const root = folder(t, 'wrangler.toml', text);
    const staging = readWrangler(root, 'staging');
    assert.deepEqual(staging.vars, { COLOR: 'red' });
    assert.deepEqual(staging.bindings.map(({ name }) => name), ['ASSETS', 'BUCKET']);
    assert.deepEqual([staging.name, staging.date], ['app-staging', '2025-08-21']);
    const named = readWrangler(root, 'named');
    assert.deepEqual([named.name, named.date, named.vars], ['other', '2025-09-01', {}]);
    assert.throws(() => readWrangler(root, 'nope'), /CLOUDFLARE_ENV is nope, "env" has staging, named/);
    assert.deepEqual(readWrangler(root, '').vars, { COLOR: 'blue', SIZE: 1 });
});
