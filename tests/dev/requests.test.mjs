/* What requests get: pages, modules, packages, files, and what is told about keeping them. */

import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { Dev, imports, project } from './harness.mjs';

const HTML = `<!doctype html>
<html><head><title>%VITE_TITLE% %SECRET%</title></head>
<body><script type="module" src="/src/main.ts"></script></body></html>`;

const FILES = {
    'index.html': HTML,
    'src/main.ts': `import { twice } from 'pack';
import './style.css';
export const answer: number = twice(21);
export const title = import.meta.env.VITE_TITLE;
export const secret = import.meta.env.SECRET;
`,
    'src/style.css': 'body { color: red }\n',
    'public/robots.txt': 'all of you\n',
    '.env': 'VITE_TITLE=Title\nSECRET=hidden\n',
    'node_modules/pack/package.json': '{ "name": "pack", "main": "index.js" }',
    'node_modules/pack/index.js': 'exports.twice = (n) => n * 2;\n',
};

const etagOf = (head) => /^etag: (.*)$/im.exec(head)?.[1];

test('a module is answered with 304 as long as it stays what it is', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const first = await dev.get('/src/main.ts');
    assert.equal(first.status, 200);
    assert.match(first.head, /^content-type: text\/javascript/im);
    assert.match(first.head, /^cache-control: no-cache$/im);
    const etag = etagOf(first.head);
    const second = await dev.get('/src/main.ts', { 'if-none-match': etag });
    assert.equal(second.status, 304);
    assert.equal(second.body, '');
    const page = await dev.page(t);
    await page.after({ 'src/main.ts': 'export const answer = 1;\n' });
    const third = await dev.get('/src/main.ts', { 'if-none-match': etag });
    assert.equal(third.status, 200);
});

test('the code of a package is kept for ever, under a URL that names its content', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const facade = imports(await dev.text('/src/main.ts')).find((url) => url.includes('pack'));
    assert.match(facade, /^\/@deps\/client\/node_modules\/pack\/index\.js\?(?:n&)?v=[0-9a-f]{16}$/);
    const answer = await dev.get(facade);
    assert.match(answer.head, /^cache-control: max-age=31536000, immutable$/im);
    const chunk = imports(answer.body).find((url) => url.includes('chunk'));
    const code = await dev.get(chunk);
    assert.match(code.head, /^cache-control: max-age=31536000, immutable$/im);
    assert.match(code.body, /exports\.twice = /);
});

test('text is compressed for who takes that and is not on this machine', async (t) => {
    const files = { ...FILES, 'src/main.ts': `export const text = "${'long '.repeat(1000)}";\n` };
    const dev = await Dev.start(await project(t, files));
    const elsewhere = { 'x-forwarded-for': '203.0.113.1' };
    const here = await fetch(`http://127.0.0.1:${dev.port}/src/main.ts`);
    assert.equal(here.headers.get('content-encoding'), null);
    const answer = await fetch(`http://127.0.0.1:${dev.port}/src/main.ts`, { headers: elsewhere });
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
    const plain = await dev.get('/src/main.ts');
    assert.doesNotMatch(plain.head, /content-encoding/i);
    assert.equal(await answer.text(), plain.body);
    const raw = await dev.get('/src/main.ts', { 'accept-encoding': 'gzip', ...elsewhere });
    const length = Number(/^content-length: (\d+)$/im.exec(raw.head)[1]);
    const bytes = Buffer.from(raw.body, 'latin1').subarray(0, length);
    assert.equal(`${gunzipSync(bytes)}`, plain.body);
});

test('every page is index.html unless it is a file, and what belongs to the server is not', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const root = await dev.text('/');
    assert.match(root, /src="\/@rwgraph\/client"/);
    assert.match(root, /src="\/src\/main\.ts"/);
    assert.equal(await dev.text('/some/route?with=query'), root);
    assert.equal(await dev.text('/robots.txt'), 'all of you\n');
    for (const target of ['/@rwgraph/nothing', '/@deps/client/nothing', '/@rwgraph/missing/src/main.ts']) {
        assert.equal((await dev.get(target)).status, 404, target);
    }
});

test('values of .env with a public prefix reach modules and pages, and no others', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const code = await dev.text('/src/main.ts');
    assert.match(code, /title = "Title"/);
    const page = await dev.text('/');
    assert.match(page, /<title>Title %SECRET%<\/title>/);
    for (const text of [code, page, await dev.text('/@rwgraph/client')]) {
        assert.doesNotMatch(text, /hidden/);
    }
});

test('inline module scripts are modules: paths, packages and import.meta.env work in them', async (t) => {
    const html = `<!doctype html><html><head></head><body>
<script>classic()</script>
<script type="module">import { answer } from "/src/main.ts"; import { twice } from "pack";
console.log(answer, twice(1), import.meta.env.VITE_TITLE);</script>
<script type="module">import "nowhere";</script>
<script type="module" src="/src/main.ts"></script></body></html>`;
    const dev = await Dev.start(await project(t, { ...FILES, 'index.html': html }));
    const page = await dev.text('/');
    const urls = [...page.matchAll(/src="([^"]*html-proxy[^"]*)"/g)].map((match) =>
        match[1].replaceAll('&amp;', '&'),
    );
    assert.equal(urls.length, 2, page);
    const code = await dev.text(urls[0]);
    const used = imports(code);
    assert.ok(used.includes('/src/main.ts'), code);
    assert.ok(used.some((url) => url.startsWith('/@deps/client/node_modules/pack/')), code);
    assert.match(code, /"Title"/);
    assert.match(await dev.text(urls[1]), /an inline script imports \\"nowhere\\"/);
    assert.equal((await dev.get('/index.html?html-proxy&index=9.js')).status, 404);
});

test('a change of the configuration begins anew on the same port', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    assert.match(await dev.text('/src/main.ts'), /"Title"/);
    await dev.write({ '.env': 'VITE_TITLE=Other\n' });
    await dev.line(/\.env changed: the server begins anew/);
    const [, port] = await dev.line(/localhost:(\d+)/);
    assert.equal(Number(port), dev.port);
    assert.match(await dev.text('/src/main.ts'), /"Other"/);
});

test('a server that starts again transforms nothing again', async (t) => {
    const root = await project(t, FILES);
    const visit = async (dev) => {
        const facade = imports(await dev.text('/src/main.ts')).find((url) => url.includes('pack'));
        const chunk = imports(await dev.text(facade)).find((url) => url.includes('chunk'));
        const texts = [await dev.text(chunk), await dev.text('/src/style.css?import')];
        return { texts, stats: await dev.stats() };
    };
    const first = await Dev.start(root);
    const cold = await visit(first);
    assert.equal(cold.stats.transformed, 3);
    assert.equal(cold.stats.fromCache, 0);
    await first.stop();
    const warm = await visit(await Dev.start(root));
    assert.deepEqual(warm.stats, { ...cold.stats, transformed: 0, fromCache: 3 });
    assert.deepEqual(warm.texts, cold.texts);
    await fs.writeFile(path.join(root, 'src/style.css'), 'body { color: blue }\n');
});

test('a link of the overlay opens a file of the project in the editor, and nothing else', async (t) => {
    const root = await project(t, { 'index.html': '<p>page</p>', 'src/a.ts': 'export {};\n' });
    const seen = path.join(root, 'opened');
    const script = `#!/bin/sh\nprintf '%s' "$*" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`;
    await fs.writeFile(path.join(root, 'editor.sh'), script, { mode: 0o755 });
    process.env.RWGRAPH_EDITOR = path.join(root, 'editor.sh');
    t.after(() => delete process.env.RWGRAPH_EDITOR);
    const dev = await Dev.start(root);
    const own = { 'sec-fetch-site': 'same-origin' };
    const open = (file, headers) =>
        dev.get(`/@rwgraph/open?file=${encodeURIComponent(file)}`, headers);
    assert.equal((await open('/src/a.ts:1:2', {})).status, 403);
    assert.equal((await open('/src/a.ts:1:2', { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await open('/../outside.ts:1:1', own)).status, 403);
    const opened = new Promise((resolve) => {
        const watcher = watch(root, (event, name) => {
            if (name === 'opened') {
                watcher.close();
                resolve();
            }
        });
    });
    assert.equal((await open('/src/a.ts:1:2', own)).status, 204);
    await opened;
    assert.equal(await fs.readFile(seen, 'utf8'), path.join(await fs.realpath(root), 'src/a.ts'));
});

test('a page names what it is going to import, under the very URLs that its modules use', async (t) => {
    const root = await project(t, {
        'index.html': '<!doctype html><head></head><script type="module" src="/src/main.ts"></script>',
        'src/main.ts': `import { a } from './a';
import type { T } from './types';
import './style.css';
import { twice } from 'pack';
export const t: T = twice(a);
void import('./later');\n`,
        'src/a.ts': "export * from './deep/b';\n",
        'src/deep/b.ts': "import '../main';\nexport const a = 1;\n",
        'src/later.ts': 'export {};\n',
        'src/types.ts': 'export type T = number;\n',
        'src/style.css': 'body { color: red }\n',
        'node_modules/pack/package.json': '{ "name": "pack", "main": "index.js" }',
        'node_modules/pack/index.js': "exports.twice = require('./inner');\n",
        'node_modules/pack/inner.js': 'module.exports = (n) => n * 2;\n',
    });
    const dev = await Dev.start(root);
    const named = async () =>
        [...(await dev.text('/')).matchAll(/<link rel="modulepreload" href="(.*?)">/g)]
            .map(([, url]) => url.replaceAll('&amp;', '&'));
    const crawled = async () => {
        const seen = new Set();
        for (const queue = ['/src/main.ts']; queue.length > 0; ) {
            const code = await dev.text(queue.shift());
            const found = [...code.matchAll(/(?:from|import)\s*"([^"]+)"/g)].map(([, url]) => url);
            const news = found.filter((url) => !url.startsWith('/@rwgraph/') && !seen.has(url));
            news.forEach((url) => seen.add(url));
            queue.push(...news.filter((url) => !url.startsWith('/@deps/')));
        }
        return seen;
    };
    assert.deepEqual(new Set(await named()), await crawled());
    assert.ok((await named()).length >= 4);
    for (const url of await named()) {
        assert.match((await dev.get(url)).head, /^content-type: text\/javascript/im, url);
    }
    await dev.write({ 'src/deep/b.ts': "import '../main';\nexport const a = 2;\n" });
    await dev.line(/generation \d/);
    assert.deepEqual(new Set(await named()), await crawled());
});
