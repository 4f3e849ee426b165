/*
 * import.meta.glob on real files: which match, in every form, in dev while they come and go, and
 * built.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { Dev, project } from './harness.mjs';

const page = (name) =>
    `export const name: string = '${name}';\nexport default '${name} by default';\n`;

const FILES = {
    'rwgraph.json': `{ "environments": { "client": { "onlyEntries": true },
        "ssr": { "onlyEntries": true }, "worker": { "entries": ["src/worker.ts"] } } }`,
    'src/pages/a.ts': page('a'),
    'src/pages/b.ts': page('b'),
    'src/pages/b.test.ts': page('a test'),
    'src/pages/deep/er/c.ts': page('c'),
    'src/pages/note.txt': 'a note',
    'src/other/d.ts': page('d'),
    'src/worker.ts': `
const listed = import.meta.glob(['./pages/**/*.ts', '!**/*.test.ts', './other/*.ts']);
const eager = import.meta.glob('./pages/*.ts', { eager: true, import: 'default' });
const rooted = import.meta.glob('/src/pages/{a,b}.ts', { import: 'name' });
const text = import.meta.glob('./pages/*.txt', { eager: true, query: '?raw', import: 'default' });
const nothing = import.meta.glob('./nowhere/*');
export default {
    async fetch(): Promise<Response> {
        const names: string[] = [];
        for (const load of Object.values(listed)) {
            names.push(((await load()) as any).name);
        }
        const wait = (of: object) =>
            Promise.all(Object.entries(of).map(async ([key, load]) => [key, await load()]));
        return Response.json({
            listed: Object.keys(listed), names, eager, text, nothing,
            rooted: Object.fromEntries(await wait(rooted)),
        });
    },
};
`,
};

const EXPECTED = {
    listed: ['./other/d.ts', './pages/a.ts', './pages/b.ts', './pages/deep/er/c.ts'],
    names: ['d', 'a', 'b', 'c'],
    eager: {
        './pages/a.ts': 'a by default',
        './pages/b.test.ts': 'a test by default',
        './pages/b.ts': 'b by default',
    },
    text: { './pages/note.txt': 'a note' },
    nothing: {},
    rooted: { '/src/pages/a.ts': 'a', '/src/pages/b.ts': 'b' },
};

test('patterns take, and with ! leave out; dev and build agree', async (t) => {
    const root = await project(t, FILES);
    const dev = await Dev.start(root);
    const inDev = await (await fetch(`http://127.0.0.1:${dev.port}/`)).json();
    assert.deepEqual(inDev, EXPECTED);
    await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
    const { default: built } = await import(path.join(root, 'dist/server/index.js'));
    assert.deepEqual(await (await built.fetch(new Request('http://localhost/'))).json(), EXPECTED);
});

test('a file that comes, changes or goes is in the next answer', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const ask = async () => (await fetch(`http://127.0.0.1:${dev.port}/`)).json();
    await ask();
    await dev.write({ 'src/pages/new.ts': page('new') });
    await dev.line(/generation 2/);
    assert.deepEqual((await ask()).names, ['d', 'a', 'b', 'c', 'new']);
    await dev.write({ 'src/pages/new.ts': page('newer') });
    await dev.line(/generation 3/);
    assert.deepEqual((await ask()).names, ['d', 'a', 'b', 'c', 'newer']);
    await fs.rm(path.join(dev.root, 'src/pages/new.ts'));
    await dev.line(/generation 4/);
    assert.deepEqual(await ask(), EXPECTED);
    await dev.write({ 'src/pages/x.test.ts': page('left out') });
    await dev.line(/generation 5/);
    assert.deepEqual((await ask()).names, EXPECTED.names);
});
