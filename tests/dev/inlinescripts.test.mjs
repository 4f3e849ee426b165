/*
 * What the inline module scripts of index.html import is there as if a file had imported it: they
 * start the browser's environment, and an edit of the page that changes it is noticed.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dev, imports, project } from './harness.mjs';

const PACKAGE = {
    'node_modules/pack/package.json': '{ "name": "pack", "main": "index.js" }',
    'node_modules/pack/index.js': 'exports.twice = (n) => n * 2;\n',
};

const html = (script) => `<!doctype html><html><head></head><body>
<script type="module">${script}</script></body></html>`;

const inline = (dev, index = 0) => dev.text(`/index.html?html-proxy&index=${index}.js`);

/* Starts anew, on the same port. */
const beginsAnew = async (dev) => {
    await dev.line(/index\.html names other modules: the server begins anew/);
    await dev.line(/localhost:\d+/);
};

test('a package that only an inline script imports is there', async (t) => {
    const files = { ...PACKAGE, 'index.html': html('import { twice } from "pack"; twice(1);') };
    const dev = await Dev.start(await project(t, files));
    const [facade] = imports(await inline(dev));
    assert.match(facade, /^\/@deps\/client\/node_modules\/pack\/index\.js\?/);
    const chunk = imports(await dev.text(facade)).find((url) => url.includes('chunk'));
    assert.match(await dev.text(chunk), /exports\.twice = /);
});

test('an inline script imports modules without their extensions, beside those with src', async (t) => {
    const page = `${html('import "./src/named"; import("./src/later")')}
<script type="module" src="/src/main.ts"></script>`;
    const dev = await Dev.start(
        await project(t, {
            'index.html': page,
            'src/main.ts': 'export const main: number = 1;\n',
            'src/named.ts': 'export const named: number = 1;\n',
            'src/later.ts': 'export const later: number = 1;\n',
        }),
    );
    assert.deepEqual(imports(await inline(dev)), ['/src/named.ts', '/src/later.ts']);
    for (const name of ['main', 'named', 'later']) {
        assert.match(await dev.text(`/src/${name}.ts`), new RegExp(`export const ${name} = 1`));
    }
});

test('a page with inline scripts alone makes entries of what they import, and of nothing else', async (t) => {
    const dev = await Dev.start(
        await project(t, {
            'index.html': html('import "./src/named.ts";'),
            'src/named.ts': 'export const named: number = 1;\n',
            'vite.config.ts': 'const secret: string = "of the build";\nexport default secret;\n',
        }),
    );
    await dev.text('/src/named.ts');
    const answer = await dev.get('/vite.config.ts');
    assert.doesNotMatch(answer.body, /of the build/);
    assert.doesNotMatch(answer.head, /^content-type: text\/javascript/im);
});

test('an import that an edit adds to an inline script is there, and one that it drops is gone', async (t) => {
    const files = {
        ...PACKAGE,
        'index.html': html('import "./src/one";'),
        'src/one.ts': 'export const one: number = 1;\n',
        'src/two.ts': 'export const two: number = 2;\n',
    };
    const dev = await Dev.start(await project(t, files));
    assert.deepEqual(imports(await inline(dev)), ['/src/one.ts']);
    await dev.write({ 'index.html': html('import "./src/one"; import "./src/two"; import "pack";') });
    await beginsAnew(dev);
    const [one, two, pack] = imports(await inline(dev));
    assert.deepEqual([one, two], ['/src/one.ts', '/src/two.ts']);
    assert.match(pack, /^\/@deps\/client\/node_modules\/pack\//);
    assert.match(await dev.text(two), /export const two = 2/);
    await dev.write({ 'index.html': html('import "./src/two";') });
    await beginsAnew(dev);
    assert.notEqual((await dev.get('/src/one.ts')).status, 200);
});

test('the browser is told of a package that is not installed', async (t) => {
    const dev = await Dev.start(await project(t, { 'index.html': html('import "nowhere";') }));
    assert.match(await inline(dev), /an inline script imports \\"nowhere\\", which is not there: /);
});

test('what an inline script imports may come to be while the server runs', async (t) => {
    const files = { ...PACKAGE, 'index.html': html('import "pack"; import "./src/late";') };
    const dev = await Dev.start(await project(t, files));
    await dev.write({ 'src/late.ts': 'export const late: number = 1;\n' });
    await beginsAnew(dev);
    assert.equal(imports(await inline(dev))[1], '/src/late.ts');
});

test('an edit of the page that leaves what its scripts import only loads the page again', async (t) => {
    const files = { 'index.html': html('import "./src/one";'), 'src/one.ts': 'export {};\n' };
    const dev = await Dev.start(await project(t, files));
    await dev.text('/');
    const page = await dev.page(t);
    const edits = ['import "./src/one"; console.log(1);', 'import "./src/one"; (', 'import "./src/on'];
    for (const script of edits) {
        assert.equal((await page.after({ 'index.html': html(script) })).type, 'full-reload', script);
        await dev.text('/');
    }
    assert.ok(!dev.lines.some((line) => line.includes('begins anew')), dev.lines.join('\n'));
});
