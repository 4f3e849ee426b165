/*
 * testDeploy of the playground `requestInfo`: all parts commented in, built, served by `rwgraph
 * preview` and by workerd itself. What dev showed must hold for what ships.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { App, Browser, startPreview, startWorkerd } from './harness.mjs';

const run = promisify(execFile);

let app;

before(async () => {
    app = await App.copy('requestInfo');
    await app.switchOn('src/app/ServerComponent.tsx', 'server');
    await app.switchOn('src/app/ClientComponent.tsx', 'client');
    await app.switchOn('src/app/actions.ts', 'action');
    for (const tag of ['server', 'client', 'action']) {
        await app.switchOn('src/app/pages/Home.tsx', tag);
    }
    await run(process.env.RWGRAPH_BIN, ['build', app.root]);
});

after(() => app?.remove());

test('the server bundle has the state module exactly once', async () => {
    const code = await fs.readFile(path.join(app.root, 'dist/server/index.js'), 'utf8');
    assert.equal(code.split('"key":"pinned:virtual:rwsdk:__state"').length - 1, 1);
});

test('building again writes the same bytes', async () => {
    const read = () => fs.readFile(path.join(app.root, 'dist/server/index.js'), 'utf8');
    const first = await read();
    await run(process.env.RWGRAPH_BIN, ['build', app.root]);
    assert.equal((await read()) === first, true);
});

test('a broken module fails the build with its place, and nothing is left that looks built', async () => {
    const broken = await App.copy('requestInfo');
    await broken.edit('src/app/Counter.tsx', (text) => text.replace('useState(0)', 'useState(0'));
    await assert.rejects(run(process.env.RWGRAPH_BIN, ['build', broken.root]), (error) => {
        assert.equal(error.code, 1);
        assert.match(error.stderr, /src\/app\/Counter\.tsx:\d+:\d+/);
        return true;
    });
    await assert.rejects(fs.access(path.join(broken.root, 'dist/server/index.js')));
    await broken.remove();
});

for (const [name, start] of [
    ['rwgraph preview', startPreview],
    ['workerd', startWorkerd],
]) {
    test(`${name} serves the page, its components and its action`, async () => {
        const server = await start(app);
        const browser = await Browser.open();
        try {
            await browser.page.goto(server.url);
            await browser.hasText('#server', 'Is 2 even? Yes');
            await browser.hasText('#client', 'Is 5 a number? Yes');
            assert.equal(await browser.text('#url'), '/');
            const session = await browser.text('#session');
            await browser.isAlive('#act');
            const [response] = await Promise.all([
                browser.page.waitForResponse((r) => r.request().method() === 'POST'),
                browser.page.click('#act'),
            ]);
            assert.equal(response.status(), 200);
            assert.equal(response.headers()['x-server-action-success'], 'true');
            await browser.hasText('#result', 'Is 3 odd? Yes (1)');
            assert.equal(await browser.text('#session'), session);
            assert.equal(await browser.text('#initialized'), '1');
            assert.deepEqual(browser.errors, []);
            assert.deepEqual(browser.failures, []);
        } finally {
            await browser.close();
            await server.stop();
        }
    });
}
