/*
 * The "type" of a package.json says which scripts are ES modules to Node, and so what they get as
 * the default export of a CommonJS module. An edit of it reaches what it governs, and nothing else.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { Dev, imports, project } from './harness.mjs';

const use = "import legacy from 'legacy';\nexport const got = legacy;\nimport.meta.hot?.accept();\n";

const FILES = {
    'index.html': '<script type="module" src="/src/main.ts"></script>',
    'src/main.ts': "import './a/use';\nimport './b/use';\n",
    'src/a/package.json': '{ "type": "module" }',
    'src/a/use.ts': use,
    'src/b/package.json': '{}',
    'src/b/use.ts': use,
    'node_modules/legacy/package.json': '{ "name": "legacy" }',
    'node_modules/legacy/index.js': 'exports.__esModule = true;\nexports.default = 1;\n',
};

/** How the module has the package: as ES modules in Node have it, or as tools do. */
async function legacyIn(dev, url) {
    const [legacy, ...others] = imports(await dev.text(url)).filter((each) => /legacy/.test(each));
    assert.deepEqual(others, []);
    return { url: legacy, asNode: /[?&]n&/.test(legacy) };
}

test('an edited "type" changes what it governs, both ways, and nothing else', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const page = await dev.page(t);
    const before = await legacyIn(dev, '/src/a/use.ts');
    const beside = await dev.text('/src/b/use.ts');
    assert.equal(before.asNode, true);
    assert.equal((await legacyIn(dev, '/src/b/use.ts')).asNode, false);

    const [update, ...others] = await page.update({ 'src/a/package.json': '{}' });
    assert.deepEqual(others, []);
    assert.equal(update.acceptedPath, '/src/a/use.ts');
    assert.equal((await legacyIn(dev, update.url)).asNode, false);

    // It says nothing of modules, so nobody is told: the next message is of the edit behind it.
    await dev.write({ 'src/a/package.json': '{ "version": "2.0.0" }' });
    const [again] = await page.update({ 'src/a/package.json': '{ "type": "module" }' });
    assert.equal(again.acceptedPath, '/src/a/use.ts');
    assert.notEqual(again.url, update.url);
    assert.equal((await legacyIn(dev, again.url)).url, before.url);
    assert.equal(await dev.text('/src/b/use.ts'), beside);
});

test('a package.json that comes or goes governs, too', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const page = await dev.page(t);
    const message = page.next();
    await fs.rm(path.join(dev.root, 'src/b/package.json')); // the project's own says "module"
    const [gone] = (await message).updates;
    assert.equal(gone.acceptedPath, '/src/b/use.ts');
    assert.equal((await legacyIn(dev, gone.url)).asNode, true);
    const [came] = await page.update({ 'src/b/package.json': '{}' });
    assert.equal((await legacyIn(dev, came.url)).asNode, false);
});
