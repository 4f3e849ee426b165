/*
 * What a page gets of stylesheets and other files, in dev, through updates, and from a build.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
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
    await looks(browser, '#plain', 'color', 'rgb(1, 0, 0)');
    await looks(browser, '#plain', 'marginLeft', '3px');
    await looks(browser, '#pale', 'opacity', '0.5');
    const { styles, title, note } = await seen(browser);
    assert.match(styles.title, /^title_\w{8} base_\w{8}$/);
    assert.equal(title, styles.title);
    assert.match(styles['two-words'], /^two-words_\w{8}$/);
    assert.equal(styles.gap, '7px');
    assert.equal(note, 'a note\n');
    return styles;
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

    test('files are served at their own paths', async () => {
        const { large, small, address } = await seen(browser);
        assert.deepEqual(
            [large, small, address],
            ['/src/large.svg', '/src/small.svg', '/src/note.txt'],
        );
        const image = await browser.page.evaluate(
            () => getComputedStyle(document.querySelector('#plain')).backgroundImage,
        );
        assert.equal(image, `url("${server.url}/src/large.svg")`);
    });

    test('new URL names a file, and a worker and what it imports are served', async () => {
        await write(
            app,
            'src/worker.js',
            "import { answer } from './answer.js';\npostMessage(answer);\n",
        );
        await write(app, 'src/answer.js', 'export const answer = 42;\n');
        await write(
            app,
            'src/late.js',
            `globalThis.file = new URL('./large.svg', import.meta.url).href;
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => (globalThis.answer = data);
`,
        );
        await app.edit('src/main.js', (text) => `${text}import('./late.js');\n`);
        await browser.page.waitForFunction(() => globalThis.answer === 42, null, {
            timeout: 20_000,
        });
        const file = await browser.page.evaluate(() => globalThis.file);
        assert.match((await fetch(file)).headers.get('content-type'), /^image\/svg\+xml/);
        await assert.rejects(
            promisify(execFile)(process.env.RWGRAPH_BIN, ['build', app.root]),
            /late\.js:1: new URL[^]*late\.js:2: workers are not built yet/,
        );
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
