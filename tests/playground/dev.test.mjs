/*
 * testDev of the playground `requestInfo`: parts that bring new packages are commented in while
 * somebody works with the page, and nothing is lost.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, Browser, startDev } from './harness.mjs';

let app;
let server;
let browser;
let session;

before(async () => {
    app = await App.copy('requestInfo');
    server = await startDev(app);
    browser = await Browser.open();
    await browser.page.goto(server.url);
    await browser.isAlive('#count');
    session = await browser.text('#session');
    await browser.page.click('#count');
    await browser.page.fill('#text', 'kept');
});

after(async () => {
    await browser?.close();
    await server?.stop();
    await app?.remove();
});

/** What no re-optimization may take away. */
async function nothingIsLost() {
    assert.equal(await browser.text('#count'), '1');
    assert.equal(await browser.page.inputValue('#text'), 'kept');
    assert.equal(await browser.text('#session'), session);
    assert.equal(await browser.text('#initialized'), '1');
    assert.equal(browser.loads, 1);
    assert.deepEqual(browser.errors, []);
    assert.deepEqual(browser.failures, []);
}

test('the page shows what requestInfo knows of the request', async () => {
    assert.equal(await browser.text('#url'), '/');
    await nothingIsLost();
});

test('a server component with a package never seen before appears, and nothing is lost', async () => {
    await app.switchOn('src/app/ServerComponent.tsx', 'server');
    await app.switchOn('src/app/pages/Home.tsx', 'server');
    await browser.hasText('#server', 'Is 2 even? Yes');
    await nothingIsLost();
});

test('a client component that was edited while nobody imported it appears with its new package', async () => {
    await app.switchOn('src/app/ClientComponent.tsx', 'client');
    await app.switchOn('src/app/pages/Home.tsx', 'client');
    await browser.hasText('#client', 'Is 5 a number? Yes');
    await nothingIsLost();
});

test('the first call of an action with a new package returns 200 with its header, once', async () => {
    await app.switchOn('src/app/actions.ts', 'action');
    await app.switchOn('src/app/pages/Home.tsx', 'action');
    await browser.page.waitForSelector('#act');
    const [response] = await Promise.all([
        browser.page.waitForResponse((r) => r.request().method() === 'POST'),
        browser.page.click('#act'),
    ]);
    assert.equal(response.status(), 200);
    assert.equal(response.headers()['x-server-action-success'], 'true');
    await browser.hasText('#result', 'Is 3 odd? Yes (1)');
    await nothingIsLost();
});

test('"use client" can be taken away and put back', async () => {
    const file = 'src/app/ClientComponent.tsx';
    await app.edit(file, (text) => text.replace('"use client";', ''));
    const [update] = await Promise.all([
        server.line(/ClientComponent\.tsx.*: generation/),
        app.edit(file, (text) => text.replace('Is 5 a', 'On the server: is 5 a')),
    ]);
    assert.ok(update);
    await browser.hasText('#client', 'On the server: is 5 a number? Yes');
    await app.edit(file, (text) => `"use client";\n${text.replace('On the server: is', 'Is')}`);
    await browser.hasText('#client', 'Is 5 a number? Yes');
    await nothingIsLost();
});

test('a package that shares a module with one that is loaded brings no second copy of it', async () => {
    await app.switchOn('src/app/Counter.tsx', 'pair');
    await browser.hasText('#pair', 'yes');
    await nothingIsLost();
});
