/*
 * `rwgraph build` of small applications, by the numbers of BEHAVIOURS.md: what it takes in and what
 * it leaves out, and that it says what dev says. No packages from npm: react-server-dom-webpack is
 * played by a few lines.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { Dev, project } from './harness.mjs';

const run = promisify(execFile);

/** What references are made with: they say their id, and calls from outside go to `callServer`. */
const REACT = {
    'node_modules/react-server-dom-webpack/package.json': `{ "name": "react-server-dom-webpack",
        "exports": { "./server": "./server.js", "./server.edge": "./server.js",
            "./client": "./client.js", "./client.edge": "./client.js",
            "./client.browser": "./client.js" } }`,
    'node_modules/react-server-dom-webpack/server.js': `
        const named = (what, id, name) => Object.assign(what, { $$id: id + '#' + name });
        exports.registerClientReference = (proxy, id, name) => named(() => {}, id, name);
        exports.registerServerReference = named;\n`,
    'node_modules/react-server-dom-webpack/client.js':
        'exports.createServerReference = (id, call) => (...args) => call(id, args);\n',
};

const ENVIRONMENTS = (more = {}) => ({
    'rwgraph.json': JSON.stringify({
        environments: {
            client: { entries: ['src/client.ts'] },
            ssr: { onlyEntries: true },
            worker: { entries: ['src/worker.ts'] },
        },
        ...more,
    }),
});

/** Answers with the names of actions that can be called, of those that it is asked for. */
const CALLS = `import { useServerLookup } from 'virtual:use-server-lookup.js';
export async function call(url: string): Promise<Response> {
    const id: string = new URL(url).searchParams.get('id') ?? '';
    try {
        const [file, name] = id.split('#');
        const module = await useServerLookup[file]();
        return new Response(String(await module[name]()));
    } catch (error) {
        return new Response('no such action', { status: 404 });
    }
}\n`;

const APP = {
    ...ENVIRONMENTS(),
    ...REACT,
    'src/client.ts': "import { Button } from './button';\nconsole.log(Button);\n",
    'src/button.ts': `'use client';
        import { count } from './actions';
        const value: string = 'ssr';
        export const Button = () => [value, count];\n`,
    'src/actions.ts': `'use server';
        let calls: number = 0;
        export async function count() { return ++calls; }
        export async function show() { return calls; }\n`,
    'src/call.ts': CALLS,
    'src/worker.ts': `import { show } from './actions';
        import { call } from './call';
        import { Button } from './button';
        const value: string = 'worker';
        export default {
            async fetch(request: Request): Promise<Response> {
                const { pathname } = new URL(request.url);
                if (pathname === '/call') {
                    return call(request.url);
                }
                const [inner] = (await import('ssr:/src/button.ts')).Button();
                return new Response([value, inner, Button.$$id, await show()].join(' '));
            },
        };\n`,
};

const build = (root, ...args) => run(process.env.RWGRAPH_BIN, ['build', ...args, root]);

/** Every file below a folder, by its path there. */
async function contents(folder) {
    const files = {};
    for (const name of (await fs.readdir(folder, { recursive: true })).sort()) {
        const file = path.join(folder, name);
        if ((await fs.stat(file)).isFile()) {
            files[name] = await fs.readFile(file, 'utf8');
        }
    }
    return files;
}

/** What was built, as a function from a path to the text of the answer. */
async function serve(root) {
    const { default: app } = await import(path.join(root, 'dist/server/index.js'));
    return async (target) => (await app.fetch(new Request(`http://localhost${target}`))).text();
}

const called = (id) => `/call?id=${encodeURIComponent(id)}`;

/* B62 */
test('a build is a folder for browsers and one for servers, and a manifest names its entries', async (t) => {
    const root = await project(t, APP);
    await build(root);
    const files = await contents(path.join(root, 'dist'));
    const own = Object.keys(files).filter((name) => !/\/runtime\/|\.map$/.test(name));
    assert.deepEqual(
        own.map((name) => name.replace(/-\w{12}\./, '-HASH.')),
        ['client/assets/client-HASH.js', 'client/manifest.json', 'server/index.js'],
    );
    const manifest = JSON.parse(files['client/manifest.json']);
    assert.equal(manifest['src/client.ts'].isEntry, true);
    assert.ok(own.includes(`client/${manifest['src/client.ts'].file}`));
});

/* B63 */
test('what nobody imports is in no bundle, and no action of it can be called', async (t) => {
    const orphans = {
        'src/orphan.ts': "'use client';\nimport './behind';\nexport const Orphan = 'ORPHAN';\n",
        'src/behind.ts': "console.log('BEHIND');\n",
        'src/never.ts': "'use server';\nexport async function never() { return 'NEVER'; }\n",
        'src/broken.ts': "'use server';\nexport async function broken( {\n",
    };
    const root = await project(t, { ...APP, ...orphans });
    await build(root);
    for (const [name, text] of Object.entries(await contents(path.join(root, 'dist')))) {
        assert.doesNotMatch(text, /ORPHAN|BEHIND|NEVER/, name);
    }
    const ask = await serve(root);
    assert.equal(await ask(called('/src/never.ts#never')), 'no such action');
    assert.equal(await ask(called('/src/actions.ts#show')), '0');
});

/* B63 */
test('what is forced is built though nobody imports it', async (t) => {
    const root = await project(t, {
        ...APP,
        ...ENVIRONMENTS({ forcedServer: ['src/forced.ts'] }),
        'src/forced.ts': "export async function forced() { return 'FORCED'; }\n",
    });
    await build(root);
    assert.equal(await (await serve(root))(called('/src/forced.ts#forced')), 'FORCED');
});

/* B64, B66 */
test('an action changes the state that the next page shows, and equal names are two variables', async (t) => {
    const root = await project(t, APP);
    await build(root);
    const ask = await serve(root);
    assert.equal(await ask('/'), 'worker ssr /src/button.ts#Button 0');
    assert.equal(await ask(called('/src/actions.ts#count')), '1');
    assert.equal(await ask(called('/src/actions.ts#count')), '2');
    assert.equal(await ask('/'), 'worker ssr /src/button.ts#Button 2');
});

/* B67 */
test('builds at the same time, with the same packages, do not meet', async (t) => {
    const root = await project(t, APP);
    const roots = [root];
    for (const name of ['two', 'three']) {
        const other = path.join(path.dirname(root), name);
        await fs.cp(root, other, { recursive: true });
        await fs.rm(path.join(other, 'node_modules'), { recursive: true });
        await fs.symlink(path.join(root, 'node_modules'), path.join(other, 'node_modules'));
        roots.push(other);
    }
    await build(root, '--out-dir', 'alone');
    const alone = await contents(path.join(root, 'alone'));
    await Promise.all(
        roots.flatMap((each) => ['a', 'b'].map((out) => build(each, '--out-dir', out))),
    );
    assert.deepEqual(await contents(path.join(root, 'a')), alone);
    assert.deepEqual(await contents(path.join(root, 'b')), alone);
    const linked = await contents(path.join(roots[1], 'a'));
    for (const each of roots.slice(1)) {
        for (const out of ['a', 'b']) {
            assert.deepEqual(await contents(path.join(each, out)), linked);
        }
    }
});

/* B68 */
test('sources that are made before the build or while dev runs count, also those that git ignores', async (t) => {
    const root = await project(t, {
        ...ENVIRONMENTS(),
        '.gitignore': 'src/made/\n',
        'src/client.ts': '',
        'src/worker.ts': `import { made } from './made/routes';
            export default { fetch: () => new Response(made + ';') };\n`,
    });
    const dev = await Dev.start(root);
    assert.notEqual((await dev.get('/')).status, 200);
    await dev.write({ 'src/made/routes.ts': "export const made: string = 'first';\n" });
    assert.match((await dev.answers('/', 200)).body, /first;/);
    await dev.write({ 'src/made/routes.ts': "export const made: string = 'second';\n" });
    await dev.line(/src\/made\/routes\.ts: generation 3/);
    assert.match(await dev.text('/'), /second;/);
    await build(root);
    assert.equal(await (await serve(root))('/'), 'second;');
});

/** Definitions of a built server by their keys' ids, with the ids of what they link to. */
async function builtLinks(root) {
    const code = await fs.readFile(path.join(root, 'dist/server/index.js'), 'utf8');
    const heads = [...code.matchAll(/^define\((\{.*\}),$/gm)].map((match) => JSON.parse(match[1]));
    return links(heads.filter(({ key }) => !key.includes(':virtual:')));
}

function links(definitions) {
    const bare = (key) => key.replace(/@[0-9a-f]+$/, '');
    const lines = definitions.map(({ key, imports = [], requires = {}, dynamic = {} }) =>
        [
            bare(key),
            ...imports.map(bare),
            ...Object.entries(requires).map(([name, to]) => `${name}=${bare(to)}`),
            ...Object.entries(dynamic).map(([name, to]) => `${name}~${bare(to)}`),
        ].join(' '),
    );
    return [...new Set(lines)].sort();
}

/* B69 */
test('dev and build have the same modules, with the same links between them', async (t) => {
    const root = await project(t, APP);
    await build(root);
    const built = await builtLinks(root);
    const entries = built.map((line) => line.split(' ')[0]);
    assert.ok(entries.includes('ssr:/src/button.ts'), entries.join());
    assert.ok(entries.includes('worker:/src/actions.ts'), entries.join());
    const dev = await Dev.start(root);
    const answer = await fetch(`http://127.0.0.1:${dev.port}/@rwgraph/modules`, {
        method: 'POST',
        headers: { 'x-rwgraph-token': await dev.token() },
        body: JSON.stringify({ env: 'worker', generation: null, entries, have: [] }),
    });
    const { modules } = await answer.json();
    assert.deepEqual(links(modules.filter(({ key }) => !key.includes(':virtual:'))), built);
});

test('an error of the built server is told by its source', async (t) => {
    const root = await project(t, {
        ...ENVIRONMENTS(),
        'src/client.ts': '',
        'src/fail.ts': `interface Wanted { a: number }
enum Kind { A, B }

export function fail(wanted: Wanted): never {
    throw new Error(\`\${Kind[Kind.B]} \${wanted.a}\`);
}\n`,
        'src/worker.ts': `import { fail } from './fail';
export default { fetch: () => fail({ a: 1 }) };\n`,
    });
    await build(root);
    const program = `(await import('./dist/server/index.js')).default.fetch()`;
    const args = ['--enable-source-maps', '--input-type=module', '--eval', program];
    const failed = await run(process.execPath, args, { cwd: root }).catch((error) => error);
    assert.match(failed.stderr, /Error: B 1/);
    assert.match(failed.stderr, /src\/fail\.ts:5:11/);
    assert.match(failed.stderr, /src\/worker\.ts:2:\d+/);
});
