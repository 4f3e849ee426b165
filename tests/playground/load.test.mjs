/*
 * The playground under load: 50 requests at a time, half of them actions, across each
 * re-optimization. No error, no redirect, each action's effect once.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, startDev } from './harness.mjs';
import { Load, STEPS, p99 } from './sequence.mjs';

let app;
let server;
let load;

before(async () => {
    app = await App.copy('requestInfo');
    server = await startDev(app);
    load = new Load(server.url, 50);
    asItShould(await load.get()); // the runtime is up
});

after(async () => {
    await server?.stop();
    await app?.remove();
});

function asItShould(answer) {
    assert.equal(answer.status, 200, answer.text.slice(0, 2000));
    if (answer.kind === 'page') {
        assert.equal(answer.initialized, '1');
    } else {
        assert.equal(answer.headers.get('x-server-action-success'), 'true');
        assert.ok(answer.once, 'the action ran exactly once');
    }
}

for (const step of STEPS.slice(0, 3)) {
    test(`re-optimization (${step.name}) under load: no error, no redirect, every action once`, async (t) => {
        const answers = await load.across(async () => {
            const seen = server.line(/new dependency in/);
            await step.change(app);
            await seen;
            assert.ok(await load.until(step.html), 'the page shows it');
        });
        answers.forEach(asItShould);
        const sessions = new Set(answers.flatMap(({ session }) => session ?? []));
        assert.equal(sessions.size, 1, 'the state is one object for all requests');
        t.diagnostic(`${answers.length} requests, p99 ${p99(answers).toFixed(0)} ms`);
    });
}
