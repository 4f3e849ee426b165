/*
 * What is edited outside of the project's own folder while the server runs: packages that are
 * installed, upgraded and removed, and packages of a workspace that are linked.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { Dev, imports, project, write } from './harness.mjs';

const PAGE = '<script type="module" src="/src/main.ts"></script>';
const packed = (name, code) => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "type": "module" }`,
    [`node_modules/${name}/index.js`]: code,
});

test('a package that is installed while the server runs is there without a touch', async (t) => {
    const root = await project(t, {
        'index.html': PAGE,
        'src/main.ts': "import { a } from 'late';\nimport { b } from '@scope/late';\na(b);\n",
    });
    const dev = await Dev.start(root);
    assert.equal(imports(await dev.text('/src/main.ts')).length, 2);
    const page = await dev.page(t);

    // There was no node_modules. It comes with one package, and with the note that says that all is
    // there, as package managers write it in the end.
    const first = page.next();
    await dev.write(packed('late', 'export const a = (b) => b;\n'));
    await dev.write({ 'node_modules/.package-lock.json': '{}' });
    assert.equal((await first).type, 'full-reload');
    await dev.line(/new dependency in client: late/);

    // A scope comes, and a package in it.
    const second = page.next();
    await dev.write(packed('@scope/late', 'export const b = 1;\n'));
    await dev.write({ 'node_modules/.package-lock.json': '{ "packages": {} }' });
    assert.equal((await second).type, 'full-reload');
    await dev.line(/new dependency in client: @scope\/late/);
});

test('a package that is upgraded is another one, and one that is removed is missing', async (t) => {
    const root = await project(t, {
        'index.html': PAGE,
        'src/main.ts': "import { a } from 'pack';\na();\n",
        ...packed('pack', 'export const a = () => 1;\n'),
    });
    const dev = await Dev.start(root);
    // A module that pages have had goes by another address after an update.
    const url = async (where = '/src/main.ts') => {
        const [first] = imports(await dev.text(where));
        return first.startsWith('/src/main.ts?') ? url(first) : first;
    };
    const before = await url();
    const page = await dev.page(t);

    const upgraded = page.next();
    await dev.write(packed('pack', 'export const a = () => 2;\n'));
    await dev.write({ 'node_modules/.package-lock.json': '{}' });
    assert.equal((await upgraded).type, 'full-reload');
    const after = await url();
    assert.notEqual(after, before);
    assert.match(await dev.text(imports(await dev.text(after)).at(-1)), /=> 2/);

    const removed = page.next();
    await fs.rm(path.join(root, 'node_modules/pack'), { recursive: true });
    assert.equal((await removed).type, 'full-reload');
    await dev.line(/package pack is not in any node_modules/);
});

test('a package of the workspace is as good as the project itself', async (t) => {
    const root = await project(t, {
        'index.html': PAGE,
        'src/main.ts': "import { shown } from 'shared';\nimport.meta.hot?.accept();\nshown();\n",
    });
    const beside = path.dirname(root);
    await write(beside, {
        'shared/package.json': '{ "name": "shared", "main": "src/index.ts", "type": "module" }',
        'shared/src/index.ts': "export { shown } from './deep/shown';\n",
        'shared/src/deep/shown.ts': 'export const shown = () => 1;\n',
    });
    await fs.mkdir(path.join(root, 'node_modules'));
    await fs.symlink('../../shared', path.join(root, 'node_modules/shared'));
    const dev = await Dev.start(root);
    await dev.text('/src/main.ts');
    const page = await dev.page(t);

    const edited = page.next();
    await write(beside, { 'shared/src/deep/shown.ts': 'export const shown = () => 2;\n' });
    assert.deepEqual(
        (await edited).updates.map((each) => each.path),
        ['/src/main.ts'],
    );

    // A file that comes later is watched from then on.
    const grown = page.next();
    await write(beside, {
        'shared/src/more/added.ts': 'export const added = 1;\n',
        'shared/src/index.ts': "export { shown } from './deep/shown';\nimport './more/added';\n",
    });
    assert.equal((await grown).type, 'update');
    const added = page.next();
    await write(beside, { 'shared/src/more/added.ts': 'export const added = 2;\n' });
    assert.equal((await added).type, 'update');
});
