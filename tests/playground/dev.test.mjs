/*
 * testDev of the playground `requestInfo`: parts that bring new packages are commented in while
 * somebody works with the page, and nothing is lost.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, Browser, startDev } from './harness.mjs';
import { STEPS, act, look, open } from './sequence.mjs';

let app;
let server;
let browser;
let session;

before(async () => {
    app = await App.copy('requestInfo');
    server = await startDev(app);
    browser = await Browser.open();
    await open(browser, server.url);
    session = await browser.text('#session');
});

after(async () => {
    await browser?.close();
    await server?.stop();
    await app?.remove();
});

/** What no re-optimization may take away. */
async function nothingIsLost() {
    assert.deepEqual(await look(browser), {
        count: '1',
        text: 'kept',
        session,
        initialized: '1',
        loads: 1,
        errors: [],
        failures: [],
        reacts: 1,
    });
}

test('the page shows what requestInfo knows of the request', async () => {
    assert.equal(await browser.text('#url'), '/');
    await nothingIsLost();
});

for (const step of STEPS) {
    test(`${step.sentence}, and nothing is lost`, async () => {
        await step.change(app);
        await browser.hasText(...step.shows);
        await nothingIsLost();
    });
    if (step.acts) {
        test('the first call of that action returns 200 with its header, once', async () => {
            const response = await act(browser);
            assert.equal(response.status(), 200);
            assert.equal(response.headers()['x-server-action-success'], 'true');
            await browser.hasText('#result', 'Is 3 odd? Yes (1)');
            await nothingIsLost();
        });
    }
}
