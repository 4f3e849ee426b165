/* Folders, names and addresses that a project decides in rwgraph.json, in dev, built and previewed. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { get, websocket } from '../serve/harness.mjs';
import { Dev, project, write } from './harness.mjs';

const run = promisify(execFile);
const config = (settings) => ({ 'rwgraph.json': JSON.stringify(settings, null, 4) });

const PAGE = {
    'index.html': '<!doctype html><head></head><p>page</p><script type="module" src="/src/main.ts"></script>',
};

/** Asks until this is what a file says. */
async function says(dev, target, expected) {
    while ((await dev.get(target)).body !== expected) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

const build = (root) => run(process.env.RWGRAPH_BIN, ['build', root]);

/** `rwgraph preview` of what is built: its port and what it said; it ends with the test. */
async function preview(t, root, args = ['--any-port']) {
    const child = spawn(process.env.RWGRAPH_BIN, ['preview', ...args, root], {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(async () => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
    });
    for await (const line of createInterface({ input: child.stdout })) {
        const port = /preview at \w+:\/\/localhost:(\d+)\//.exec(line)?.[1];
        if (port) {
            return { port: Number(port), line };
        }
    }
    throw new Error('the preview ended');
}

test('the public folder is the one that the project names', async (t) => {
    const root = await project(t, {
        ...PAGE,
        ...config({ publicDir: 'static/site' }),
        'src/main.ts': 'import "./a.css";\n',
        'src/a.css': 'p { background: url("/bg.png") }\n',
        'static/site/bg.png': 'png',
        'static/site/deep/a.txt': 'of the folder\n',
        'public/b.txt': 'of no folder\n',
    });
    const dev = await Dev.start(root);
    assert.equal(await dev.text('/deep/a.txt'), 'of the folder\n');
    assert.equal(await dev.text('/bg.png'), 'png');
    assert.doesNotMatch((await dev.get('/b.txt')).body, /of no folder/);
    await dev.write({ 'static/site/c.txt': 'came later\n' });
    await says(dev, '/c.txt', 'came later\n');
    await build(root);
    assert.equal(await fs.readFile(path.join(root, 'dist/client/deep/a.txt'), 'utf8'), 'of the folder\n');
    await assert.rejects(fs.stat(path.join(root, 'dist/client/b.txt')));
});

test('the public folder may lie beside the project, and there may be none', async (t) => {
    const root = await project(t, { ...PAGE, ...config({ publicDir: '../files' }), 'src/main.ts': 'export {};\n' });
    await write(path.dirname(root), { 'files/a.txt': 'beside\n', 'files/.env': 'SECRET=1\n' });
    const dev = await Dev.start(root);
    assert.equal(await dev.text('/a.txt'), 'beside\n');
    assert.doesNotMatch((await dev.get('/.env')).text, /SECRET/);
    await write(path.dirname(root), { 'files/b.txt': 'later\n' });
    await says(dev, '/b.txt', 'later\n');
    await dev.write({ 'public/c.txt': 'closed\n', ...config({ publicDir: false }) });
    await dev.line(/rwgraph\.json changed/);
    await dev.line(/localhost:/);
    assert.doesNotMatch((await dev.get('/c.txt')).body, /closed/);
});

test('variables come from the folder that the project names, and only names that begin as it says', async (t) => {
    const root = await project(t, {
        ...PAGE,
        ...config({ envDir: 'env', envPrefix: ['PUBLIC_', 'APP_'] }),
        'src/main.ts': 'console.log(import.meta.env.PUBLIC_A, import.meta.env.APP_B, import.meta.env.VITE_C);\n',
        'env/.env': 'PUBLIC_A=first\nAPP_B=second\nVITE_C=third\nSECRET=fourth\n',
        '.env': 'PUBLIC_A=wrong\n',
    });
    const dev = await Dev.start(root);
    const code = await dev.text('/src/main.ts');
    assert.match(code, /"first".*"second"/);
    assert.doesNotMatch(code, /wrong|third|fourth/);
    await dev.write({ 'env/.env.local': 'PUBLIC_A=edited\n' });
    await dev.line(/\.env\.local changed/);
    await dev.line(/localhost:/);
    assert.match(await dev.text('/src/main.ts'), /"edited"/);
    await build(root);
    const [name] = (await fs.readdir(path.join(root, 'dist/client/assets'))).filter((file) => /^client-.*js$/.test(file));
    const built = await fs.readFile(path.join(root, 'dist/client/assets', name), 'utf8');
    assert.match(built, /"edited"/);
    assert.doesNotMatch(built, /third|fourth/);
});

test('files of allowed folders are served, of others not, and more patterns may be denied', async (t) => {
    const root = await project(t, {
        ...PAGE,
        ...config({ server: { fs: { allow: ['../shared'], deny: ['*.secret', 'vault'] } } }),
        'src/main.ts': 'export {};\n',
        'src/a.secret': 'word\n',
        'vault/a.txt': 'word\n',
    });
    const above = path.dirname(root);
    await write(above, {
        'shared/a.txt': 'shared\n',
        'shared/.env': 'word\n',
        'shared/.hidden/a.txt': 'word\n',
        'shared/a.ts': 'word\n',
        'shared/deep/b.secret': 'word\n',
        'shared-not/a.txt': 'word\n',
        'other/a.txt': 'word\n',
    });
    await fs.symlink(path.join(above, 'other/a.txt'), path.join(above, 'shared/link.txt'));
    const dev = await Dev.start(root);
    assert.equal(await dev.text(`/@fs${above}/shared/a.txt`), 'shared\n');
    for (const file of ['shared/.env', 'shared/.hidden/a.txt', 'shared/a.ts', 'shared/deep/b.secret', 'shared-not/a.txt',
        'other/a.txt', 'shared/link.txt', 'app/vault/a.txt', 'app/src/a.secret', 'shared/../other/a.txt']) {
        const { status, text } = await dev.get(`/@fs${above}/${file}`);
        assert.ok(status === 403 || status === 400 || file.endsWith('.env'), `${file}: ${status}`);
        assert.doesNotMatch(text, /word/, file);
    }
    assert.equal((await dev.get('/vault/a.txt')).status, 403);
    assert.equal((await dev.get('/src/a.secret')).status, 403);
});

test('without allowed folders nothing outside of the root is served', async (t) => {
    const root = await project(t, { ...PAGE, 'src/main.ts': 'export {};\n' });
    await write(path.dirname(root), { 'shared/a.txt': 'word\n' });
    const dev = await Dev.start(root);
    const { status, text } = await dev.get(`/@fs${path.dirname(root)}/shared/a.txt`);
    assert.equal(status, 403);
    assert.doesNotMatch(text, /word/);
});

test('what is ignored is not watched', async (t) => {
    const root = await project(t, {
        ...PAGE,
        ...config({ server: { watch: { ignored: ['**/quiet'] } } }),
        'src/main.ts': 'export {};\n',
        'public/quiet/a.txt': 'old\n',
    });
    const dev = await Dev.start(root);
    await dev.write({ 'public/quiet/b.txt': 'b\n' });
    await dev.write({ 'public/loud.txt': 'c\n' });
    await says(dev, '/loud.txt', 'c\n');
    // The set of public files is read anew for loud.txt; what tells of the watch is that nothing else did that.
    await dev.write({ 'public/quiet/c.txt': 'd\n' });
    await dev.write({ 'src/main.ts': 'export const a = 1;\n' });
    await dev.line(/src\/main\.ts/);
    assert.doesNotMatch((await dev.get('/quiet/c.txt')).body, /^d/);
});

test('a preview listens where the server of the project does, adds its headers and hands on what it does', async (t) => {
    const api = http.createServer((request, response) => response.end(`api ${request.url}`));
    await new Promise((resolve) => api.listen(0, '127.0.0.1', resolve));
    t.after(() => api.close());
    const root = await project(t, {
        ...PAGE,
        ...config({
            server: {
                headers: { 'X-Mine': '1' },
                allowedHosts: ['app.test'],
                proxy: { '/api': `http://127.0.0.1:${api.address().port}` },
            },
        }),
        'src/main.ts': 'export {};\n',
    });
    await build(root);
    const { port } = await preview(t, root);
    assert.match((await get(port, '/')).head, /x-mine: 1/i);
    assert.equal((await get(port, '/api/a?b')).body, 'api /api/a?b');
    assert.equal((await get(port, '/', { host: 'app.test' })).status, 200);
    assert.equal((await get(port, '/', { host: 'evil.test' })).status, 403);
});

test('a preview takes the port and the certificate of the configuration', async (t) => {
    const root = await project(t, { ...PAGE, 'src/main.ts': 'export {};\n' });
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
        '-keyout', path.join(root, 'dev.key'), '-out', path.join(root, 'dev.pem')]);
    await build(root);
    const first = await preview(t, root);
    await write(root, config({ server: { port: first.port, https: { cert: 'dev.pem', key: 'dev.key' } } }));
    const second = await preview(t, root, []);
    assert.ok(second.port > first.port, 'the next free one');
    assert.match(second.line, /https:\/\/localhost/);
    await write(root, config({ server: { port: first.port, strictPort: true } }));
    await assert.rejects(run(process.env.RWGRAPH_BIN, ['preview', root]), /cannot listen on port/);
});

/* ── base ────────────────────────────────────────────────────────────────────────────────────── */

const APP = {
    'index.html': `<!doctype html><html><head><title>%BASE_URL%</title><link rel="icon" href="/icon.png">
<link rel="stylesheet" href="/src/linked.css"></head><style>u { background: url("./src/logo.png") }</style><body><img src="/src/logo.png" srcset="/src/logo.png 2x">
<script type="module">import { a } from '/src/a.ts'; a(import.meta.env.BASE_URL);</script>
<script type="module" src="/src/main.ts"></script></body></html>`,
    'src/main.ts': `import dep from 'dep';
import { more } from 'dep-esm';
import logo from './logo.png';
import logoText from './a.txt?raw';
import './a.css';
import names from './b.module.css';
import { a } from './a.ts';
import { b } from './b.ts';
console.log(b, dep, more, logo, logoText, names, a(import.meta.env.BASE_URL), import.meta.glob('./pages/*.ts'));
new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
console.log(new URL('./logo.png', import.meta.url).href);
import('./late.ts').then(console.log);
import.meta.hot?.accept('./b.ts', () => {});
`,
    'src/a.ts': 'export const a = (text: string) => text;\n',
    'src/b.ts': 'export const b = 1;\n',
    'src/late.ts': `import dep from 'dep';\nexport default () => import('dep-esm').then((m) => [m, dep]);\n`,
    'src/pages/one.ts': 'export default 1;\n',
    'src/worker.ts': `import { a } from './a.ts';\npostMessage(a('x'));\n`,
    'src/a.css': '@import "./c.css" screen;\nbody { background: url("./logo.png") } p { background: url("/icon.png") }\n',
    'src/b.module.css': '.b { color: red; background: url("/icon.png") }\n',
    'src/c.css': 'i { background: url("./logo.png") }\n',
    'src/linked.css': 'b { color: red; background: url("./logo.png") }\n', // sent as it is
    'src/a.txt': 'text\n',
    'src/logo.png': Buffer.alloc(5000, 1).toString('latin1'),
    'public/icon.png': 'icon',
    'node_modules/dep/package.json': '{ "name": "dep", "version": "1.0.0", "main": "index.js" }',
    'node_modules/dep/index.js': 'module.exports = { file: "dep" };\n',
    'node_modules/dep-esm/package.json': '{ "name": "dep-esm", "version": "1.0.0", "type": "module", "main": "index.js" }',
    'node_modules/dep-esm/index.js': 'export const more = () => import("./more.js");\n',
    'node_modules/dep-esm/more.js': 'export default 1;\n',
};

/** Addresses from the root that a script, stylesheet or page names. */
const addresses = (text) =>
    [...text.matchAll(/(?:from\s*|import\s*\(?\s*|(?:src|href)=|url\(\s*|Worker\(\s*|URL\(\s*)["']?(\/(?![*\/])[^"'\s)>]+)/g)]
        .map(([, address]) => address.replaceAll('&amp;', '&'));

/** Asks for all that can be come to from a page, and gives the texts by their addresses. */
async function crawl(ask, start, named = addresses) {
    const texts = new Map();
    const todo = [start];
    while (todo.length > 0) {
        const address = todo.pop();
        if (texts.has(address)) {
            continue;
        }
        const { status, body, head } = await ask(address);
        assert.equal(status, 200, `${address}: ${head}`);
        texts.set(address, body);
        if (/^content-type: text\/(javascript|css|html)/im.test(head)) {
            todo.push(...named(body));
        }
    }
    return texts;
}

test('everything that a page comes to lies below the base', async (t) => {
    const root = await project(t, { ...APP, ...config({ base: '/my/app', server: { proxy: {} } }) });
    const dev = await Dev.start(root);
    const texts = await crawl((address) => dev.get(address), '/my/app/');
    const names = [...texts.keys()];
    assert.deepEqual(names.filter((name) => !name.startsWith('/my/app/')), []);
    for (const part of ['/src/main.ts', '/src/a.ts', '/src/late.ts', '/@rwgraph/client', '/icon.png', '/src/logo.png',
        '/src/a.css', '/src/linked.css', '/@deps/client/node_modules/dep/index.js', 'html-proxy', '/src/worker.ts']) {
        assert.ok(names.some((name) => name.includes(part)), `${part} of ${names.join('\n')}`);
    }
    assert.match(texts.get('/my/app/'), /<title>\/my\/app\/<\/title>/);
    assert.match(texts.get('/my/app/src/main.ts'), /"\/my\/app\/"/);
});

test('paths beside the base are told where it is, and the base without its slash leads to it', async (t) => {
    const root = await project(t, { ...APP, ...config({ base: '/my/app/' }) });
    const dev = await Dev.start(root);
    const redirect = await dev.get('/my/app?x=1');
    assert.equal(redirect.status, 302);
    assert.match(redirect.head, /^location: \/my\/app\/\?x=1$/im);
    for (const target of ['/', '/src/main.ts', '/my/application', '/my/ap', '/@rwgraph/client', '//my/app']) {
        const { status, body } = await dev.get(target);
        assert.ok(status === 404 || target === '//my/app', `${target}: ${status}`);
        assert.doesNotMatch(body, /import/);
    }
    assert.match((await dev.get('/src/main.ts')).body, /begin with \/my\/app\//);
    for (const target of ['/my/app/.env', '/my/app/../app/.env', '/my/app/%2e%2e/.env', '/my/app//etc/passwd']) {
        assert.doesNotMatch((await dev.get(target)).body, /root:|SECRET/);
    }
});

test('updates name what browsers can ask for below the base', async (t) => {
    const root = await project(t, { ...APP, ...config({ base: '/my/app/' }) });
    const dev = await Dev.start(root);
    await crawl((address) => dev.get(address), '/my/app/');
    const client = (await dev.get('/my/app/@rwgraph/client')).body;
    const token = /let token = "([0-9a-f]{32})"/.exec(client)[1];
    assert.match(client, /const BASE = "\/my\/app\/"/);
    const socket = await websocket(dev.port, `/my/app/@rwgraph/ws?token=${token}`);
    assert.equal(JSON.parse((await socket.next()).data).type, 'connected');
    await dev.write({ 'src/b.ts': 'export const b = 2;\n' });
    const { updates } = JSON.parse((await socket.next()).data);
    assert.deepEqual(updates.map(({ acceptedPath }) => acceptedPath), ['/src/b.ts']);
    assert.match(updates[0].url, /^\/my\/app\/src\/b\.ts\?h=\d+$/);
    assert.match((await dev.get(updates[0].url)).body, /b = 2/);
    await dev.write({ 'src/linked.css': 'b { color: blue }\n' });
    const sheet = JSON.parse((await socket.next()).data).updates.find(({ kind }) => kind === 'css');
    assert.equal(sheet.acceptedPath, '/my/app/src/linked.css');
    socket.socket.destroy();
});

test('an app that renders on the server gets whole paths, and its pages what they need below the base', async (t) => {
    const root = await project(t, {
        ...config({ base: '/my/app/', environments: { client: { entries: ['src/client.ts'] }, worker: { entries: ['src/worker.ts'] } } }),
        'src/client.ts': 'export {};\n',
        'src/worker.ts': `import logo from './logo.png';
import './page.css';
export default {
    fetch(request) {
        if (request.url.endsWith('/fails')) { throw new Error('told'); }
        return new Response('<head></head><p>' + new URL(request.url).pathname + ' ' + logo + ' ' + import.meta.env.BASE_URL,
            { headers: { 'content-type': 'text/html' } });
    },
};
`,
        'src/page.css': 'p { color: red }\n',
        'src/logo.png': 'logo',
    });
    const dev = await Dev.start(root);
    const { body } = await dev.get('/my/app/deep/page');
    assert.match(body, /<p>\/my\/app\/deep\/page \/my\/app\/src\/logo\.png\?v=[0-9a-f]{8} \/my\/app\//);
    assert.match(body, /src="\/my\/app\/@rwgraph\/client"/);
    const [style] = addresses(body).filter((address) => address.includes('styles.css'));
    assert.match((await dev.get(style)).body, /color: red/);
    assert.match((await dev.get('/my/app/fails', { accept: 'text/html' })).body, /src="\/my\/app\/@rwgraph\/client"/);
    assert.equal((await dev.get('/deep/page')).status, 404);
});

test('everything of what is built lies below the base, and is previewed there', async (t) => {
    const root = await project(t, { ...APP, ...config({ base: '/my/app/' }) });
    await build(root);
    const { port, line } = await preview(t, root);
    assert.match(line, /\/my\/app\/$/);
    // In code the ids of modules look like addresses: there only files are meant.
    const named = (text) =>
        [...text.matchAll(/(?:(?:src|href)=|url\()["']?(\/[^"'\s)>]+)|["'](\/[^"'\s]*assets\/[^"'\s]+)/g)].map((m) => m[1] ?? m[2]);
    const texts = await crawl((address) => get(port, address), '/my/app/', named);
    const names = [...texts.keys()];
    assert.deepEqual(names.filter((name) => !name.startsWith('/my/app/')), []);
    for (const part of [/assets\/client-\w+\.js$/, /assets\/style-\w+\.css$/, /icon\.png$/, /assets\/logo-\w+\.png$/,
        /assets\/linked-\w+\.css$/]) {
        assert.ok(names.some((name) => part.test(name)), `${part} of ${names.join('\n')}`);
    }
    const client = texts.get(names.find((name) => /client-\w+\.js$/.test(name)));
    assert.match(client, /"\/my\/app\/assets\/logo-\w+\.png"/);
    assert.match(client, /"\/my\/app\/assets\/worker-\w+\.js"/);
    assert.match(texts.get('/my/app/'), /<title>\/my\/app\/<\/title>/);
    assert.equal((await get(port, '/')).status, 404);
    assert.equal((await get(port, '/my/app')).status, 302);
});
