/* What must not leave, whatever way it is asked for: each class of hole that dev servers have had. */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { raw, websocket } from '../serve/harness.mjs';
import { Dev, project } from './harness.mjs';

const WORD = 'xyzzy-secret';

/* Every file here that has the word in it is none of a browser's business. */
const FILES = {
    'wrangler.jsonc': `{ "name": "app", "main": "src/worker.ts", "vars": { "KEY": "${WORD}" } }`,
    'rwgraph.json': '{ "environments": { "client": { "entries": ["src/client.ts"] } } }',
    'src/worker.ts': `import { key } from './server/secret.ts';
import { key as script } from './server/script.js';
export default { fetch: () => new Response('app ' + (key.length + script.length)) };
`,
    'src/server/secret.ts': `export const key: string = '${WORD}';\n`,
    'src/server/script.js': `export const key = '${WORD}';\n`,
    'src/server/unused.ts': `export const key = '${WORD}';\n`,
    'src/actions.ts': `"use server";\nexport async function act() { return '${WORD}'; }\n`,
    'src/client.ts': `import { act } from './actions.ts';\nimport './style.css';\nact;\n`,
    'src/style.css': 'body { color: red }\n',
    'src/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    'public/hello.txt': 'hello\n',
    '.env': `SECRET=${WORD}\n`,
    '.env.local': `SECRET=${WORD}\n`,
    '.dev.vars': `SECRET=${WORD}\n`,
    '.npmrc': `//registry/:_authToken=${WORD}\n`,
    '.git/config': `${WORD}\n`,
    '.wrangler/state/db.sqlite': `${WORD}\n`,
    'certs/key.pem': `${WORD}\n`,
    'node_modules/unused/index.js': `module.exports = '${WORD}';\n`,
    'node_modules/unused/data.json': `{ "key": "${WORD}" }\n`,
    'node_modules/unused/package.json': '{ "name": "unused" }',
};

const SECRET_FILES = Object.keys(FILES).filter((name) => FILES[name].includes(WORD));

let root;
let dev;
const cleanups = [];

before(async () => {
    root = await project({ after: (fn) => cleanups.push(fn) }, FILES);
    await fs.writeFile(path.join(root, '../outside.txt'), `${WORD}\n`);
    await fs.mkdir(path.join(root, '../app-other'));
    await fs.writeFile(path.join(root, '../app-other/file.txt'), `${WORD}\n`);
    await fs.symlink(path.join(root, '../outside.txt'), path.join(root, 'public/link.txt'));
    await fs.symlink(path.join(root, '../outside.txt'), path.join(root, 'src/link.txt'));
    await fs.symlink(path.join(root, '.env'), path.join(root, 'src/env.txt'));
    await fs.symlink(path.join(root, 'src/server/secret.ts'), path.join(root, 'src/code.txt'));
    await fs.symlink(path.join(root, '..'), path.join(root, 'src/up'));
    dev = await Dev.start(root);
    await dev.answers('/', 200);
});

after(async () => {
    for (const fn of cleanups) {
        await fn();
    }
});

/** Nothing of the answer may have the word, and no file is handed out. */
async function refuses(target, headers) {
    const { status, text } = await dev.get(target, headers);
    assert.doesNotMatch(text, new RegExp(WORD), target);
    return status;
}

/** Paths by which somebody may ask for a file of the project. */
const spellings = (file) => [
    `/${file}`,
    `/@fs${root}/${file}`,
    `/@fs/${root}/${file}`,
    `//${file}`,
    `/.//${file}`,
    `/${file}/.`,
    `/${file}/`,
    `/${file}.`,
    `/${file}%00`,
    `/${file}%00.svg`,
    `/${file}%20`,
    `/${file}::$DATA`,
    `/${file}\\`,
    `/${file.toUpperCase()}`,
    `/src/../${file}`,
    `/src/%2e%2e/${file}`,
    `/src/..%2f${file}`,
    `/src%5c..%5c${file}`,
    `/public/../${file}`,
    `/src/up/app/${file}`,
    `/%40fs${root}/${file}`,
    `/@deps/client/${file}`,
    `/@deps/client/../../${file}`,
    `/@deps/client/%2e%2e/%2e%2e/${file}`,
    `/@deps/worker/${file}`,
    `/@deps/ssr/${file}`,
    `/@deps/pinned/${file}`,
    `/@deps/virtual/${file}`,
    `/@rwgraph/${file}`,
    `/@rwgraph/../${file}`,
    `/@rwgraph/..%2f..%2f${file}`,
    `/@rwgraph/missing/${file}`,
    `/@rwgraph/open?file=${file}`,
    `/@id/${file}`,
    `http://localhost/${file}`,
];

const QUERIES = [
    '', '?', '?raw', '?raw??', '?raw&', '?import', '?import&raw', '?raw&import', '?import&raw??',
    '?url', '?import&url', '?inline', '?inline&import', '?raw?import', '?.svg', '?.svg?.wasm?init',
    '?import&.svg', '?r%61w&import', '?direct', '?worker', '?worker_file', '?html-proxy&index=0.js',
    '?chunk', '?v=1', '?chunk&v=1', '?t=1', '?h=1', '?import&raw&h=1', '#', '#/../x', '?x#raw',
];

for (const file of SECRET_FILES) {
    test(`no spelling of a request gives ${file}`, async () => {
        for (const spelling of spellings(file)) {
            await refuses(spelling);
            await refuses(`${spelling}?import&raw`);
        }
        for (const query of QUERIES) {
            await refuses(`/${file}${query}`);
            await refuses(`/@fs${root}/${file}${query}`);
        }
    });
}

test('files that are not for browsers are refused with 403, and not handed to the app', async () => {
    const isFile = (name) => path.extname(name) && name !== 'src/actions.ts';
    for (const file of SECRET_FILES.filter(isFile)) {
        assert.equal(await refuses(`/${file}`), 403, file);
    }
});

test('nothing outside of the root is given, also not through links and by similar names', async () => {
    const above = path.dirname(root);
    for (const target of [
        `/@fs${above}/outside.txt`,
        `/@fs${above}/app-other/file.txt`,
        '/../outside.txt',
        '/..%2foutside.txt',
        '/%2e%2e/outside.txt',
        '/../app-other/file.txt',
        '/link.txt',
        '/src/link.txt',
        '/src/link.txt?import&raw',
        '/src/env.txt',
        '/src/code.txt',
        '/src/up/outside.txt',
        '/src/up/app/.env',
        '/public/../../outside.txt',
        `file://${above}/outside.txt`,
    ]) {
        await refuses(target);
        await refuses(`${target}?raw`);
    }
    for (const target of ['/@fs/etc/passwd', '/../../../../../etc/passwd', '/@fs//etc/passwd?raw']) {
        assert.doesNotMatch((await dev.get(target)).text, /root:/, target);
    }
});

test('what the page needs is given', async () => {
    assert.match(await dev.text('/src/client.ts'), /src\/actions\.ts/);
    assert.match(await dev.text('/src/style.css'), /color: red/);
    assert.match(await dev.text('/src/style.css?import'), /updateStyle/);
    assert.match(await dev.text('/src/logo.svg'), /<svg/);
    assert.equal(await dev.text('/hello.txt'), 'hello\n');
    assert.match(await dev.text('/'), new RegExp(`app ${2 * WORD.length}`));
});

test('a module of server functions reaches browsers as references without their code', async () => {
    const code = await dev.text('/src/actions.ts');
    assert.match(code, /act/);
    assert.doesNotMatch(code, new RegExp(WORD));
    const map = /base64,([\w+/=]+)/.exec(code);
    if (map) {
        assert.doesNotMatch(`${Buffer.from(map[1], 'base64')}`, new RegExp(WORD));
    }
});

test('modules of all environments are given to who has the token, and to nobody else', async () => {
    const body = JSON.stringify({ env: 'worker', generation: null, entries: ['worker:/src/worker.ts'] });
    const ask = (headers) =>
        raw(
            dev.port,
            `POST /@rwgraph/modules HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
                `${headers}content-length: ${body.length}\r\n\r\n${body}`,
        );
    for (const headers of ['', 'x-rwgraph-token: \r\n', `x-rwgraph-token: ${'0'.repeat(32)}\r\n`]) {
        const answer = await ask(headers);
        assert.match(answer, /^HTTP\/1\.1 403/);
        assert.doesNotMatch(answer, new RegExp(WORD));
    }
    assert.match(await ask(`x-rwgraph-token: ${await dev.token()}\r\n`), new RegExp(WORD));
    assert.equal((await dev.get('/@rwgraph/stats')).status, 403);
});

test('no code of ours asks the document who it is', async () => {
    const runtime = new URL('../../bundler/runtime/', import.meta.url);
    const names = (await fs.readdir(runtime)).filter((name) => name.endsWith('.mjs'));
    for (const name of names) {
        assert.doesNotMatch(await dev.text(`/@rwgraph/${name}`), /currentScript|document\.scripts|document\.\w+Script/, name);
    }
});

test('a WebSocket needs the token when another site opens it, and gives no files', async (t) => {
    const evil = { origin: 'https://evil.example' };
    for (const target of ['/@rwgraph/ws', '/@rwgraph/ws?token=', `/@rwgraph/ws?token=${'0'.repeat(32)}`]) {
        const { head, socket } = await websocket(dev.port, target, evil);
        assert.match(head, /^HTTP\/1\.1 40[03]/, target);
        socket.destroy();
    }
    const page = await dev.page(t);
    for (const message of [
        { type: 'custom', event: 'vite:invoke', data: { name: 'fetchModule', data: ['/.env?raw'] } },
        { type: 'invalidate', path: '/.env' },
        { type: 'invalidate', path: '/../outside.txt' },
        { type: 'fetchModule', path: '/src/server/secret.ts' },
        { type: 'hello' },
        'no object',
    ]) {
        page.send(message);
    }
    const message = await page.after({ 'src/style.css': 'body { color: green }\n' });
    assert.doesNotMatch(JSON.stringify(message), new RegExp(WORD));
});

test('a request for another host is refused, whatever it asks for', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) {
        for (const target of ['/', '/src/client.ts', '/@rwgraph/client', '/hello.txt']) {
            assert.equal((await dev.get(target, { host })).status, 403, `${host}${target}`);
        }
    }
});

test('another site can neither include modules as scripts nor read them', async () => {
    const included = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
    for (const target of ['/src/client.ts', '/@rwgraph/client', '/src/style.css?import']) {
        assert.equal((await dev.get(target, included)).status, 403, target);
        const read = await dev.get(target, { origin: 'https://evil.example' });
        assert.doesNotMatch(read.head, /access-control-allow-origin/i);
    }
});

test('what is no path is refused before anything looks at it', async () => {
    assert.equal((await dev.get(`/${'a'.repeat(9000)}`)).status, 414);
    for (const target of ['*', '/%zz', '/a%0db', '/src/client.ts#x', 'ftp://localhost/x', '/a\\..\\b']) {
        assert.equal((await dev.get(target)).status, 400, target);
    }
});

test('nothing of a request is put into a page as markup', async (t) => {
    const page = await Dev.start(
        await project(t, {
            'index.html': '<!doctype html><script type="module">1</script>',
            'main.js': 'export {};\n',
        }),
    );
    const markup = '"></script><script>alert(1)</script>';
    for (const target of [`/?${markup}`, `/${markup}`, `/index.html?${markup}`, `/${markup}.html`]) {
        const { body } = await page.get(target.replaceAll(' ', '%20'));
        assert.doesNotMatch(body, /alert\(1\)/, target);
    }
    for (const target of [`/src/x?${encodeURIComponent(markup)}`, `/${encodeURIComponent(markup)}`]) {
        assert.doesNotMatch((await page.get(target)).body, /<script>alert/, target);
    }
});
