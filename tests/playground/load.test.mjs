/*
 * The playground under load: 50 requests at a time, half of them actions, across each
 * re-optimization. No error, no redirect, each action's effect once.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, startDev } from './harness.mjs';

const AT_ONCE = 50;

let app;
let server;
let calls = 0;

before(async () => {
    app = await App.copy('requestInfo');
    server = await startDev(app);
    await get(); // the runtime is up
});

after(async () => {
    await server?.stop();
    await app?.remove();
});

async function get() {
    const response = await fetch(server.url, { redirect: 'manual' });
    const text = await response.text();
    assert.equal(response.status, 200, text.slice(0, 2000));
    assert.match(text, /<p id="initialized">1<\/p>/);
    return /<p id="session">(\w+)<\/p>/.exec(text)[1];
}

/** Calls the action with a key of its own; its answer tells how often that key was seen. */
async function act() {
    const key = `call-${calls++}`;
    const id = encodeURIComponent('/src/app/actions.ts#act');
    const response = await fetch(`${server.url}/?__rsc=&__rsc_action_id=${id}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: server.url, 'content-type': 'text/plain' },
        body: JSON.stringify([key]),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text.slice(0, 2000));
    assert.equal(response.headers.get('x-server-action-success'), 'true');
    assert.match(text, /Is 3 odd\? (Yes|No) \(1\)/, 'the action ran exactly once');
}

/** Keeps AT_ONCE requests under way until the edits are done, and returns their durations. */
async function underLoad(edits) {
    const durations = [];
    const sessions = new Set();
    let done = false;
    const worker = async (index) => {
        do {
            const start = performance.now();
            if (index % 2) {
                await act();
            } else {
                sessions.add(await get());
            }
            durations.push(performance.now() - start);
        } while (!done);
    };
    const workers = Array.from({ length: AT_ONCE }, (_, index) => worker(index));
    await edits();
    done = true;
    await Promise.all(workers);
    assert.equal(sessions.size, 1, 'the state is one object for all requests');
    return durations.sort((a, b) => a - b);
}

for (const [tag, file] of [
    ['server', 'src/app/ServerComponent.tsx'],
    ['client', 'src/app/ClientComponent.tsx'],
    ['action', 'src/app/actions.ts'],
]) {
    test(`re-optimization (${tag}) under load: no error, no redirect, every action once`, async (t) => {
        const durations = await underLoad(async () => {
            const seen = server.line(/new dependency in/);
            await app.switchOn(file, tag);
            await app.switchOn('src/app/pages/Home.tsx', tag);
            await seen;
            await Promise.all(Array.from({ length: 5 }, get));
        });
        const p99 = durations[Math.floor(durations.length * 0.99)];
        t.diagnostic(`${durations.length} requests, p99 ${p99.toFixed(0)} ms`);
    });
}
