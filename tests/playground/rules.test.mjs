/*
 * Files that are no code, imported by a worker: wrangler's `rules` and Cloudflare's own decide what
 * they are, in dev in both runtimes and in what is built, on Node and on workerd.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Dev, project, write } from '../dev/harness.mjs';
import { startPreview, startWorkerd } from './harness.mjs';

const PACKAGES = fileURLToPath(new URL('requestInfo/node_modules', import.meta.url));

/** A module that exports `answer`, a function that gives 42. */
const WASM = Buffer.from(
    '0061736d0100000001050160' + '00017f03020100070a0106616e73776572' + '00000a06010400412a0b',
    'hex',
);

const FILES = {
    'wrangler.toml': `name = "app"
main = "src/worker.ts"
compatibility_date = "2025-08-21"

[[rules]]
type = "Text" # of the app
globs = [
    "**/*.md",   # and the ones of Cloudflare
    'mail/*.tpl',
]
fallthrough = true
`,
    'src/note.md': '# note "quoted"\n',
    'src/page.html': '<script type="module" src="./nowhere.js"></script>',
    'src/query.sql': 'select 1;',
    'src/plain.txt': 'plain\n',
    'src/bytes.bin': Buffer.from([0, 255, 10, 200]),
    'src/add.wasm': WASM,
    'src/logo.svg': '<svg/>',
    'mail/hello.tpl': 'hello {name}',
    'src/worker.ts': `
        import note from './note.md';
        import page from './page.html';
        import sql from './query.sql';
        import tpl from '../mail/hello.tpl';
        import bytes from './bytes.bin';
        import add from './add.wasm';
        import same from './add.wasm?module';
        import logo from './logo.svg';
        import address from './plain.txt?url';
        const later = async () => (await import('./plain.txt')).default;
        export default { fetch: async () => Response.json({
            note, page, sql, tpl, logo, address,
            plain: await later(),
            isBuffer: bytes instanceof ArrayBuffer,
            bytes: [...new Uint8Array(bytes)],
            answers: [add, same].map((module) => new WebAssembly.Instance(module).exports.answer()),
            isModule: add instanceof WebAssembly.Module,
        }) };`,
};

const EXPECTED = {
    note: '# note "quoted"\n',
    page: FILES['src/page.html'],
    sql: 'select 1;',
    tpl: 'hello {name}',
    plain: 'plain\n',
    isBuffer: true,
    bytes: [0, 255, 10, 200],
    answers: [42, 42],
    isModule: true,
};

async function open(t, more = {}) {
    const root = await project(t, { ...FILES, ...more });
    await fs.symlink(PACKAGES, path.join(root, 'node_modules'));
    return root;
}

/** What the worker answers. */
async function answer(dev) {
    const got = await fetch(`http://127.0.0.1:${dev.port}/`);
    const text = await got.text();
    assert.equal(got.status, 200, text);
    return JSON.parse(text);
}

function check(answer) {
    const { logo, address, ...rest } = answer;
    assert.deepEqual(rest, EXPECTED);
    assert.match(logo, /svg/, 'what no rule is about stays an address');
    assert.match(address, /plain/, 'a query says it by itself');
}

for (const runtime of ['node', 'workerd']) {
    test(`${runtime}: a worker gets text, bytes and modules, and new ones after an edit`, async (t) => {
        const root = await open(t);
        const dev = await Dev.start(root, ['--runtime', runtime]);
        check(await answer(dev));
        await write(root, { 'src/note.md': 'edited' });
        for (;;) {
            const { note } = await answer(dev);
            if (note === 'edited') {
                return;
            }
            assert.equal(note, EXPECTED.note);
        }
    });
}

test('what is built gives the same, on Node and on workerd', async (t) => {
    const root = await open(t);
    await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
    for (const start of [startPreview, startWorkerd]) {
        const server = await start({ root });
        try {
            check(await answer({ port: new URL(server.url).port }));
        } finally {
            await server.stop();
        }
    }
});

test('a rule without fallthrough takes the place of those of its type', async (t) => {
    const root = await open(t, {
        'wrangler.toml': '',
        'wrangler.json': JSON.stringify({
            main: 'src/worker.ts',
            rules: [{ type: 'Text', globs: ['**/*.md'] }],
        }),
        'src/worker.ts': `
            import note from './note.md';
            import sql from './query.sql';
            export default { fetch: () => Response.json([note, sql]) };`,
    });
    const dev = await Dev.start(root, ['--runtime', 'node']);
    const [note, address] = await answer(dev);
    assert.equal(note, EXPECTED.note);
    assert.match(address, /^\/src\/query\.sql\?v=[0-9a-f]{8}$/);
});

test('without a wrangler file, and in the browser, they are addresses as before', async (t) => {
    const entries = '{ "entries": ["src/a.ts"] }';
    const root = await project(t, {
        'rwgraph.json': `{ "environments": { "client": ${entries}, "worker": ${entries} } }`,
        'src/a.ts': `import text from './a.txt';\nexport default { fetch: () => Response.json(text) };`,
        'src/a.txt': 'text',
    });
    const dev = await Dev.start(root, ['--runtime', 'node']);
    assert.match(await answer(dev), /^\/src\/a\.txt\?v=[0-9a-f]{8}$/);
    await dev.stop();
    await write(root, { 'wrangler.json': '{}' });
    const again = await Dev.start(root, ['--runtime', 'node']);
    assert.equal(await answer(again), 'text');
    assert.match(await again.text('/src/a.txt?import'), /"\/src\/a\.txt\?v=[0-9a-f]{8}"/);
});
