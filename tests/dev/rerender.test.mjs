/*
 * Components of an app that its server renders, in Chromium: what a refresh keeps, the next answer of
 * the server keeps as well.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, Browser, startDev } from '../playground/harness.mjs';
import { open } from '../playground/sequence.mjs';

let app;
let server;
let browser;

before(async () => {
    app = await App.copy('requestInfo');
    server = await startDev(app);
    browser = await Browser.open();
    await open(browser, server.url); // a counter at 1, and a text in an input
});

after(async () => {
    await browser?.close();
    await server?.stop();
    await app?.remove();
});

const COUNTER = 'src/app/Counter.tsx';
const HOME = 'src/app/pages/Home.tsx';

/** What the counter's state and its input hold. */
async function isKept(count = '1') {
    assert.equal(await browser.text('#count'), count);
    assert.equal(await browser.page.inputValue('#text'), 'kept');
    assert.deepEqual([browser.loads, browser.errors], [1, []]);
}

test('a client component that was edited has its state, and keeps it when the server renders again', async () => {
    for (const [label, title] of [['one', 'first'], ['two', 'second']]) {
        await app.edit(COUNTER, (text) => text.replace(/id="pair">.*?\{labels/, `id="pair">${label} {labels`));
        await browser.hasText('#pair', label);
        await isKept();
        await app.edit(HOME, (text) => text.replace(/<h1>.*?<\/h1>/, `<h1>${title}</h1>`));
        await browser.hasText('h1', title);
        await isKept();
        assert.match(await browser.text('#pair'), new RegExp(label));
    }
});

test('a component whose hooks changed begins anew, once', async () => {
    await app.edit(COUNTER, (text) => text.replace('useState(0);', 'useState(0);\n    useState(1);'));
    await browser.hasText('#count', '0');
    await browser.page.click('#count');
    await browser.page.fill('#text', 'kept');
    await browser.hasText('#count', '1');
    await app.edit(HOME, (text) => text.replace(/<h1>.*?<\/h1>/, '<h1>third</h1>'));
    await browser.hasText('h1', 'third');
    await isKept();
});
