/*
 * From an edit to a generation, as requests and pages see it: what comes together is one, what is
 * under way stays whole, and what was given out once means the same for ever. By the numbers of
 * BEHAVIOURS.md.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { Dev, imports, project, write } from './harness.mjs';

const HTML = '<!doctype html><script type="module" src="/src/main.ts"></script>';
const ACCEPTS = 'if (import.meta.hot) import.meta.hot.accept();\n';

/** A package of one file, as CommonJS. */
const pack = (name, code) => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "main": "index.js" }`,
    [`node_modules/${name}/index.js`]: code,
});

/** Entries for a worker and a page, and nothing else. */
const ENVIRONMENTS = {
    'rwgraph.json': `{ "environments": {
        "client": { "entries": ["src/main.ts"], "onlyEntries": true },
        "ssr": { "onlyEntries": true }, "worker": { "entries": ["src/worker.ts"] } } }`,
};

/** A worker whose fetch does this. */
const worker = (body, head = '') =>
    `${head}export default { async fetch(request: Request): Promise<Response> { ${body} } };\n`;

const urlOf = (code, name) => imports(code).find((url) => url.includes(name));

/* B29 */
test('files that come together are one generation, with all the packages that they bring', async (t) => {
    const names = ['one', 'two', 'three', 'four'];
    const dev = await Dev.start(
        await project(t, {
            'index.html': HTML,
            'src/main.ts': `${names.map((n) => `import './late/${n}.ts';\n`).join('')}${ACCEPTS}`,
            ...Object.assign({}, ...names.map((name) => pack(name, `exports.is = '${name}';\n`))),
        }),
    );
    const page = await dev.page(t);
    const beside = path.join(path.dirname(dev.root), 'late');
    await write(beside, Object.fromEntries(names.map((n) => [`${n}.ts`, `import '${n}';\n`])));
    await fs.rename(beside, path.join(dev.root, 'src/late')); // all of them in one event
    const [{ url }] = (await page.next()).updates;
    for (const name of names) {
        const module = await dev.text(urlOf(await dev.text(url), `/${name}.ts`));
        assert.match(await dev.text(urlOf(module, `/${name}/`)), /importSync/);
    }
    const found = [];
    while (found.length < names.length) {
        found.push((await dev.line(/new dependency in client: (\w+)/))[1]);
    }
    assert.deepEqual(found.sort(), [...names].sort());
    assert.equal(dev.lines.filter((line) => /: generation \d+,/.test(line)).length, 1);
});

/* B34 */
test('a version that nobody knows is answered with the newest, and nobody keeps that', async (t) => {
    const dev = await Dev.start(
        await project(t, {
            'index.html': HTML,
            'src/main.ts': "import 'pack';\n",
            ...pack('pack', "exports.is = 'now';\n"),
        }),
    );
    const facade = urlOf(await dev.text('/src/main.ts'), '/pack/');
    for (const known of [facade, urlOf(await dev.text(facade), 'chunk')]) {
        for (const version of [`v=${'0'.repeat(16)}`, '']) {
            const target = known.replace(/v=\w+/, version);
            const { status, head, body } = await dev.get(target);
            assert.equal(status, 200, target);
            assert.equal(body, await dev.text(known), target);
            assert.doesNotMatch(head, /immutable/i, `${target} is not what it names`);
        }
    }
});

/* B35 */
test('a package that cannot be compiled fails who imports it, and nobody else', async (t) => {
    const dev = await Dev.start(
        await project(t, {
            'index.html': HTML,
            'src/main.ts': "import 'good';\nimport 'bad';\n",
            ...pack('good', "exports.is = 'good';\n"),
            ...pack('bad', "exports.is = (;\n"),
        }),
    );
    const main = await dev.text('/src/main.ts');
    const chunkOf = async (name) =>
        dev.text(urlOf(await dev.text(urlOf(main, `/${name}/`)), 'chunk'));
    assert.match(await chunkOf('good'), /is = 'good'/);
    assert.match(await chunkOf('bad'), /bad\/index\.js:1:/);
});

/* B48 */
test('a request under way has its context in what it imports late, behind another commit', async (t) => {
    const context = `import { AsyncLocalStorage } from 'node:async_hooks';
        export const context = new AsyncLocalStorage<string>();\n`;
    const page = (version, more = '') => `${more}export const version = ${version};\n`;
    const dev = await Dev.start(
        await project(t, {
            ...ENVIRONMENTS,
            'src/main.ts': '',
            'src/context.ts': context,
            'src/page.ts': page(1),
            'src/late.ts': `import { context } from './context';
                import { version } from './page';
                export const late = () => context.getStore() + ' ' + version;\n`,
            'src/worker.ts': worker(
                `const { pathname } = new URL(request.url);
                return context.run(pathname, async () => {
                    if (pathname === '/slow') {
                        arrived();
                        await released;
                    } else if (pathname === '/arrived') {
                        await began;
                    } else if (pathname === '/release') {
                        release();
                    }
                    const { late } = await import('./late');
                    return new Response(\`\${late()} of \${version};\`);
                });`,
                `import { context } from './context';
                import { version } from './page';
                import { arrived, began, release, released } from './gate';\n`,
            ),
            // Not part of what is edited: both generations have this instance.
            'src/gate.ts': `export let arrived = () => {};
                export let release = () => {};
                export const began = new Promise<void>((resolve) => { arrived = resolve; });
                export const released = new Promise<void>((resolve) => { release = resolve; });\n`,
            ...pack('pack', 'exports.is = 1;\n'),
        }),
    );
    const slow = dev.get('/slow');
    await dev.text('/arrived');
    await dev.write({ 'src/page.ts': page(2, "import 'pack';\n") });
    await dev.line(/new dependency in worker: pack/);
    assert.match(await dev.text('/'), /^\/ 2 of 2;/m);
    await dev.text('/release');
    assert.match((await slow).body, /^\/slow 1 of 1;/m);
});

/* B50 */
test('the state that the worker defines is the one that the SSR subgraph sees', async (t) => {
    const dev = await Dev.start(
        await project(t, {
            'rwgraph.json': `{ "environments": {
                "client": { "onlyEntries": true }, "ssr": { "entries": ["src/view.ts"] },
                "worker": { "entries": ["src/worker.ts"] } } }`,
            'src/view.ts': `import { defineRwState } from 'rwsdk/__state';
                export const seen = () => defineRwState('one', () => ({ by: 'ssr' }));\n`,
            'src/worker.ts': worker(
                `const { seen } = await import('ssr:/src/view.ts');
                return new Response(\`\${seen().by} \${seen() === mine} \${getRwState('no')};\`);`,
                `import { defineRwState, getRwState } from 'rwsdk/__state';
                const mine = defineRwState('one', () => ({ by: 'worker' }));\n`,
            ),
        }),
    );
    assert.match(await dev.text('/'), /^worker true undefined;/m);
    await dev.write({
        'src/view.ts': `import { getRwState } from 'rwsdk/__state';
            export const seen = () => getRwState('one');\n`,
    });
    await dev.line(/src\/view\.ts: generation 2/);
    assert.match(await dev.text('/'), /^worker true undefined;/m);
});

/* B55 */
test('an edit that every environment has is told a page once for each', async (t) => {
    const shared = (n) => `import 'pack${n}';\nexport const n: number = ${n};\n`;
    const dev = await Dev.start(
        await project(t, {
            ...ENVIRONMENTS,
            'src/main.ts': `import './shared';\n${ACCEPTS}`,
            'src/shared.ts': shared(1),
            'src/worker.ts': worker(
                'return new Response(`n is ${n};`);',
                "import { n } from './shared';\n",
            ),
            ...Object.assign({}, ...[1, 2, 3].map((n) => pack(`pack${n}`, `exports.n = ${n};\n`))),
        }),
    );
    assert.match(await dev.text('/'), /n is 1;/);
    const page = await dev.page(t);
    for (const n of [2, 3]) {
        assert.equal((await page.after({ 'src/shared.ts': shared(n) })).type, 'update');
        assert.equal((await page.next()).type, 'custom');
        assert.match(await dev.text('/'), new RegExp(`n is ${n};`));
    }
});

/* B57 */
test('an entry that is part of a cycle hides no edit', async (t) => {
    const view = (n) => `import { name } from './worker';\nexport const view = () => name + ${n};\n`;
    const ring = (n) => `import './main';\nexport const n = ${n};\n`;
    const dev = await Dev.start(
        await project(t, {
            ...ENVIRONMENTS,
            'src/main.ts': "import './ring';\n",
            'src/ring.ts': ring(1),
            'src/view.ts': view(1),
            'src/worker.ts': worker(
                'return new Response(`${view()};`);',
                "import { view } from './view';\nexport const name: string = 'view ';\n",
            ),
        }),
    );
    assert.match(await dev.text('/'), /view 1;/);
    await dev.write({ 'src/view.ts': view(2) });
    await dev.line(/src\/view\.ts: generation 2/);
    assert.match(await dev.text('/'), /view 2;/);
    const page = await dev.page(t);
    assert.equal((await page.after({ 'src/ring.ts': ring(2) })).type, 'full-reload');
});

/* B60 */
test('of a file that is saved again and again the last text stays', async (t) => {
    const text = (n) => `export const n: number = ${n};\n${ACCEPTS}`;
    const dev = await Dev.start(
        await project(t, {
            ...ENVIRONMENTS,
            'src/main.ts': "import './n';\n",
            'src/n.ts': text(0),
            'src/worker.ts': worker('return new Response(`n is ${n};`);', "import { n } from './n';\n"),
        }),
    );
    assert.match(await dev.text('/'), /n is 0;/);
    const page = await dev.page(t);
    for (let n = 1; n <= 60; n++) {
        await dev.write({ 'src/n.ts': text(n) });
        await dev.get('/'); // in the midst of whatever the save before began
    }
    for (;;) {
        const message = await page.next();
        const [update] = message.updates ?? [];
        if (update && / = 60;/.test(await dev.text(update.url))) {
            break;
        }
    }
    assert.match(await dev.text('/'), /n is 60;/);
});

/* B61 */
test('the first request that gets through gets the app, however early it comes', async (t) => {
    const count = 300;
    const files = {};
    for (let i = 0; i < count; i++) {
        files[`src/m${i}.ts`] = `import 'pack';\nexport { n } from './m${i + 1}';\n`;
    }
    const root = await project(t, {
        ...ENVIRONMENTS,
        ...files,
        [`src/m${count}.ts`]: "export const n: string = 'the end';\n",
        'src/main.ts': '',
        'src/worker.ts': worker('return new Response(n + ";");', "import { n } from './m0';\n"),
        ...pack('pack', 'exports.is = 1;\n'),
    });
    const port = await freePort();
    const starting = Dev.start(root, ['--port', `${port}`, '--strict-port'], { bare: true });
    const first = await firstAnswer(port);
    await starting;
    assert.match(first, /^HTTP\/1\.1 200 [^]*the end;/);
});

/** A port of this machine that nobody listens on. */
async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/** Knocks until somebody opens, and returns what that one says to GET /. */
async function firstAnswer(port) {
    for (;;) {
        const text = await new Promise((resolve) => {
            const head = `host: 127.0.0.1:${port}\r\nconnection: close`;
            const socket = net.connect({ host: '127.0.0.1', port }, () =>
                socket.write(`GET / HTTP/1.1\r\n${head}\r\n\r\n`),
            );
            const parts = [];
            socket.on('data', (part) => parts.push(part));
            socket.on('error', () => resolve(''));
            socket.on('close', () => resolve(Buffer.concat(parts).toString()));
        });
        if (text) {
            return text;
        }
    }
}
