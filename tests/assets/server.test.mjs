/*
 * What server code gets of stylesheets and other files, and what pages get of them: in dev, from a
 * build, and in workerd.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { App, Browser, startDev, startPreview, startWorkerd } from '../playground/harness.mjs';

const SOURCE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'server');

async function copy() {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-server-'));
    await fs.cp(SOURCE, root, { recursive: true });
    return new App(root);
}

/** Waits until an element is shown like this. */
const looks = (browser, selector, property, value) =>
    browser.page.waitForFunction(
        ([where, what, wanted]) => getComputedStyle(document.querySelector(where))[what] === wanted,
        [selector, property, value],
        { timeout: 20_000 },
    );

/** What the app says of the files that its code imports, wherever it runs. */
async function hasFacts(url, hasDisk = true) {
    const { mark, sheet, worker, file, ...facts } = await (await fetch(`${url}/facts`)).json();
    assert.deepEqual(facts, {
        sum: 42,
        note: 'text of the server\n',
        texts: ['one\n', 'two\n'],
    });
    assert.equal(file === 'text of the server\n', hasDisk, file);
    assert.match(mark, /^data:image\/svg\+xml,%3csvg/);
    assert.match(sheet, /\.card_\w{8} \{\s*margin-left: 9px;/);
    assert.match(worker, /browser\.ts: a worker of the browser cannot be started in worker/);
}

async function isShown(browser) {
    await looks(browser, '#server', 'color', 'rgb(4, 5, 6)');
    await looks(browser, '#server', 'paddingLeft', '7px');
    await looks(browser, '#server', 'marginLeft', '9px');
    await looks(browser, '#client', 'color', 'rgb(1, 2, 3)');
}

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

    test('server code has what its imports ask for', () => hasFacts(server.url));

    test('a thread of the server runs its module', async () => {
        assert.equal(await (await fetch(`${server.url}/job`)).text(), '42 text of the server\n');
    });

    test('pages have the styles of both sides', async () => {
        await isShown(browser);
        assert.deepEqual(browser.failures, []);
    });

    test('edits of styles that only the server imports reach the page in place', async () => {
        const { loads } = browser;
        await app.edit('src/page.css', (text) => text.replace('rgb(4, 5, 6)', 'rgb(6, 5, 4)'));
        await looks(browser, '#server', 'color', 'rgb(6, 5, 4)');
        await app.edit('src/base.css', (text) => text.replace('7px', '8px'));
        await looks(browser, '#server', 'paddingLeft', '8px');
        assert.equal(browser.loads, loads);
    });
});

describe('built', () => {
    let app;

    before(async () => {
        app = await copy();
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', app.root]);
    });

    after(() => app?.remove());

    const serves = async (start, hasDisk = true) => {
        const server = await start();
        const browser = await Browser.open();
        try {
            await browser.page.goto(server.url);
            await isShown(browser);
            await hasFacts(server.url, hasDisk);
            const job = await (await fetch(`${server.url}/job`)).text();
            assert.equal(job === '42 text of the server\n', hasDisk, job);
            assert.deepEqual(browser.errors, []);
            assert.deepEqual(browser.failures, []);
        } finally {
            await browser.close();
            await server.stop();
        }
    };

    test('pages have the styles of both sides, and server code its files', () =>
        serves(() => startPreview(app)));

    test('so they have in workerd, but for files on a disk and threads', () =>
        serves(() => startWorkerd(app), false));

    test('the named exports of the entry are exports of what is built', async () => {
        const built = await import(path.join(app.root, 'dist/server/index.js'));
        assert.equal(typeof built.Named, 'function');
    });
});

test('modules of a built server know where they are', async () => {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-meta-'));
    try {
        const files = {
            'package.json': '{ "type": "module" }',
            'rwgraph.json': '{ "environments": { "worker": { "entries": ["src/worker.js"] } } }',
            'src/worker.js':
                'const { url, filename, dirname } = import.meta;\n' +
                'export default { fetch: () => Response.json({ url, filename, dirname }) };\n',
        };
        await fs.mkdir(path.join(root, 'src'));
        for (const [name, text] of Object.entries(files)) {
            await fs.writeFile(path.join(root, name), text);
        }
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
        const built = await import(pathToFileURL(path.join(root, 'dist/server/index.js')));
        const filename = path.join(root, 'dist/server/src/worker.js');
        assert.deepEqual(await (await built.default.fetch()).json(), {
            url: pathToFileURL(filename).href,
            filename,
            dirname: path.dirname(filename),
        });
    } finally {
        await fs.rm(root, { recursive: true });
    }
});
