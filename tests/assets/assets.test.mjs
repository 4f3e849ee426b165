/*
 * What a page gets of stylesheets and other files, in dev, through updates, and from a build.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import { SourceMap } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { App, Browser, startDev, startPreview } from '../playground/harness.mjs';

const SOURCE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'app');

async function copy() {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-assets-'));
    await fs.cp(SOURCE, root, { recursive: true });
    const packed = path.join(root, 'node_modules/packed');
    await fs.mkdir(packed, { recursive: true });
    await fs.writeFile(path.join(packed, 'package.json'), '{ "name": "packed", "main": "index.js" }');
    await fs.writeFile(path.join(packed, 'index.js'), "exports.name = 'a package';\n");
    return new App(root);
}

const write = (app, file, text) => fs.writeFile(path.join(app.root, file), text);

/** Waits until an element is shown like this. */
const looks = (browser, selector, property, value) =>
    browser.page.waitForFunction(
        ([where, what, wanted]) => getComputedStyle(document.querySelector(where))[what] === wanted,
        [selector, property, value],
        { timeout: 20_000 },
    );

const seen = (browser) => browser.page.evaluate(() => globalThis.seen);

/** What holds in dev and in the build alike. */
async function isShown(browser) {
    await looks(browser, '#title', 'color', 'rgb(2, 0, 0)');
    await looks(browser, '#title', 'paddingLeft', '7px');
    await looks(browser, '#title', 'marginTop', '5px');
    await looks(browser, '#title', 'paddingRight', '11px');
    await looks(browser, '#title', 'borderTopColor', 'rgb(7, 0, 7)');
    await looks(browser, '#plain', 'color', 'rgb(1, 0, 0)');
    await looks(browser, '#plain', 'marginLeft', '3px');
    await looks(browser, '#pale', 'opacity', '0.5');
    await looks(browser, '#layered', 'color', 'rgb(0, 0, 4)'); // whichever sheet is shown first
    const { styles, title, note } = await seen(browser);
    assert.match(styles.title, /^title_\w{8} base_\w{8}$/);
    assert.equal(title, styles.title);
    assert.match(styles['two-words'], /^two-words_\w{8}$/);
    assert.equal(styles.gap, '7px');
    assert.deepEqual([styles.main, styles.far], ['rgb(7, 0, 7)', '11px']);
    assert.equal(note, 'a note\n');
    return styles;
}

/** The line of a text that has `what` comes from the line of the source that has `wanted`. */
function isMapped(text, map, what, file, wanted) {
    const line = text.split('\n').findIndex((each) => each.includes(what));
    const { originalSource, originalLine } = new SourceMap(map).findEntry(line, 0);
    assert.equal(originalSource, `/${file}`);
    const source = map.sourcesContent[map.sources.indexOf(originalSource)];
    assert.ok(source.split('\n')[originalLine].includes(wanted));
}

/** Every file of a folder, by its path in it. */
async function contents(folder) {
    const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
        .sort();
    return Object.fromEntries(
        await Promise.all(
            files.map(async (file) => [path.relative(folder, file), await fs.readFile(file, 'hex')]),
        ),
    );
}

/** What kinds.ts has of each kind of import, wherever it runs. */
async function hasKinds(browser) {
    await browser.page.waitForFunction(() => globalThis.kinds, null, { timeout: 20_000 });
    const kinds = await browser.page.evaluate(() => globalThis.kinds);
    assert.equal(kinds.error, undefined);
    const large = await fs.readFile(path.join(SOURCE, 'src/large.svg'), 'utf8');
    assert.equal(await (await fetch(kinds.inlined)).text(), large);
    assert.equal(await (await fetch(kinds.file)).text(), large);
    assert.match(kinds.sheet, /\.inlined \{\s*color: rgb\(9, 9, 9\);[^]*\.inline \{/);
    assert.doesNotMatch(kinds.sheet, /@import/);
    await looks(browser, '#linked', 'color', 'rgb(3, 0, 0)');
    assert.equal(kinds.sum, 42);
    assert.deepEqual(kinds.notes, { './notes/a.txt': 'first\n', './notes/b.txt': 'second\n' });
    assert.deepEqual(kinds.none, {});
    assert.match(kinds.sheets['./sheets/loud.css'], /^@charset "UTF-8";\n#plain \{/);
    await looks(browser, '#plain', 'color', 'rgb(1, 0, 0)'); // that sheet is not shown
    const mark = 'first\n';
    const packed = 'a package';
    const style = (await seen(browser)).styles.title.split(' ')[1];
    assert.deepEqual(kinds.constructed, {
        name: 'constructed',
        sum: 3,
        product: 2,
        mark,
        inner: 30,
        packed,
        style,
    });
    assert.equal(kinds.classic, 'ping pong');
    const inner = undefined;
    assert.deepEqual(kinds.imported, { name: 'imported', sum: 7, product: 12, mark, inner, packed, style });
    assert.deepEqual(kinds.part, { name: '', sum: 11, product: 30, mark, inner, packed, style });
    // Both name the same script, so they share the worker too.
    assert.deepEqual([kinds.shared, kinds.sharedImport], ['shared 1', 'imported 2']);
    return kinds;
}

let names;

describe('in dev', () => {
    let app;
    let server;
    let browser;

    before(async () => {
        app = await copy();
        server = await startDev(app);
        browser = await Browser.open();
        await browser.page.goto(server.url);
    });

    after(async () => {
        await browser?.close();
        await server?.stop();
        await app?.remove();
    });

    test('styles are shown, and names are local', async () => {
        names = await isShown(browser);
    });

    test('styles know where they come from', async () => {
        const text = await browser.page.evaluate(
            () => document.querySelector('[data-rwgraph-id="/src/title.module.css"]').textContent,
        );
        const [, base64] = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/.exec(text);
        const map = JSON.parse(Buffer.from(base64, 'base64').toString());
        isMapped(text, map, '.title_', 'src/title.module.css', '.title {');
    });

    test('files are served at their own paths', async () => {
        const { large, small, address } = await seen(browser);
        assert.match(large, /^\/src\/large\.svg\?v=[0-9a-f]{8}$/);
        assert.match(small, /^\/src\/small\.svg\?v=[0-9a-f]{8}$/);
        assert.equal(address, '/src/note.txt'); // of new URL()
        const image = await browser.page.evaluate(
            () => getComputedStyle(document.querySelector('#plain')).backgroundImage,
        );
        assert.equal(image, `url("${server.url}/src/large.svg")`);
    });

    test('what a query asks for is there, and workers run', async () => {
        const kinds = await hasKinds(browser);
        const plain = (address) => address.replace(/\?v=[0-9a-f]{8}$/, '');
        assert.deepEqual(
            [plain(kinds.kept), kinds.linked, plain(kinds.addAddress), kinds.workerAddress],
            ['/src/small.svg', '/src/linked.css?direct', '/src/add.wasm', '/src/workers/adder.ts'],
        );
        assert.deepEqual(kinds.later.map(plain), ['/src/notes/a.txt', '/src/notes/b.txt']);
        assert.equal(kinds.file, `${server.url}/src/large.svg`);
        assert.match(kinds.sheet, /background-image: url\("\/src\/large\.svg"\)/);
    });

    test('edits of styles of every sort reach the page in place', async () => {
        const born = await browser.page.evaluate(() => globalThis.born);
        await app.edit('src/plain.css', (text) => text.replace('rgb(1, 0, 0)', 'rgb(1, 1, 1)'));
        await looks(browser, '#plain', 'color', 'rgb(1, 1, 1)');
        await app.edit('src/base.css', (text) => text.replace('3px', '4px'));
        await looks(browser, '#plain', 'marginLeft', '4px');
        await app.edit('src/title.module.css', (text) => text.replace('(2, 0, 0)', '(2, 2, 2)'));
        await looks(browser, '#title', 'color', 'rgb(2, 2, 2)');
        await app.edit('src/shared.module.css', (text) => text.replace('5px', '6px'));
        await looks(browser, '#title', 'marginTop', '6px');
        assert.equal(await browser.page.evaluate(() => globalThis.born), born);
        assert.deepEqual(browser.errors, []);
        assert.deepEqual(browser.failures, []);
    });

    test('a name that comes reaches the modules that import it', async () => {
        await app.edit('src/title.module.css', (text) => `${text}.late { top: 0; }\n`);
        await browser.page.waitForFunction(() => globalThis.seen?.styles.late, null, {
            timeout: 20_000,
        });
    });

    test('edits of files that are values reach the modules that have them', async () => {
        const later = (what) =>
            browser.page.waitForFunction(
                async (wanted) => (await globalThis.kinds)?.sheet?.includes(wanted),
                what,
                { timeout: 20_000 },
            );
        await app.edit('src/inline.css', (text) => `${text}.added {\n    top: 0;\n}\n`);
        await later('.added');
    });

    test('an edit of what a worker runs loads the page again', async () => {
        await browser.page.waitForFunction(() => globalThis.kinds && (globalThis.isOld = true));
        await app.edit('src/workers/add.ts', (text) => text.replace('left + right', 'left - right'));
        await browser.page.waitForFunction(
            async () => !globalThis.isOld && (await globalThis.kinds)?.imported?.sum === -1,
            null,
            { timeout: 20_000 },
        );
    });
});

describe('built', () => {
    let app;
    let server;
    let browser;

    before(async () => {
        app = await copy();
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', app.root]);
        server = await startPreview(app);
        browser = await Browser.open();
        await browser.page.goto(server.url);
    });

    after(async () => {
        await browser?.close();
        await server?.stop();
        await app?.remove();
    });

    test('the page looks the same, with the same names', async () => {
        const styles = await isShown(browser);
        assert.deepEqual(styles, names);
        assert.deepEqual(browser.errors, []);
        assert.deepEqual(browser.failures, []);
    });

    test('what a query asks for is there, and workers run', async () => {
        const kinds = await hasKinds(browser);
        assert.match(kinds.kept, /^\/assets\/small-[0-9a-f]{12}\.svg$/);
        assert.match(kinds.linked, /^\/assets\/linked-[0-9a-f]{12}\.css$/);
        assert.match(kinds.addAddress, /^data:application\/wasm;base64,/);
        assert.match(kinds.workerAddress, /^\/assets\/adder-[0-9a-f]{12}\.js$/);
        for (const address of kinds.later) {
            assert.match(address, /^data:text\/plain;base64,/);
        }
        assert.match(kinds.file, new RegExp(`^${server.url}/assets/large-[0-9a-f]{12}\\.svg$`));
    });

    test('the stylesheet knows where its rules come from', async () => {
        const page = await (await fetch(server.url)).text();
        const [, href] = /href="(\/assets\/style-[^"]+\.css)"/.exec(page);
        const text = await (await fetch(server.url + href)).text();
        const map = await (await fetch(`${server.url}${href}.map`)).json();
        isMapped(text, map, '.title_', 'src/title.module.css', '.title {');
        isMapped(text, map, 'opacity: 0.5', 'src/wide.css', 'opacity: 0.5');
    });

    test('building again gives the same bytes', async () => {
        const before = await contents(path.join(app.root, 'dist'));
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', app.root]);
        assert.deepEqual(await contents(path.join(app.root, 'dist')), before);
    });

    test('large files are copied under hashed names, small ones are part of the code', async () => {
        const { large, small, address } = await seen(browser);
        assert.match(large, /^\/assets\/large-[0-9a-f]{12}\.svg$/);
        assert.match(small, /^data:image\/svg\+xml,/);
        assert.match(address, /^data:text\/plain;base64,/);
        const source = await fs.readFile(path.join(SOURCE, 'src/large.svg'), 'utf8');
        assert.equal(await (await fetch(server.url + large)).text(), source);
        const inlined = await (await fetch(small)).text();
        assert.equal(inlined, await fs.readFile(path.join(SOURCE, 'src/small.svg'), 'utf8'));
        const image = await browser.page.evaluate(
            () => getComputedStyle(document.querySelector('#plain')).backgroundImage,
        );
        assert.equal(image, `url("${server.url}${large}")`);
    });
});
