/*
 * Requests across generations, in every order that matters: the test answers the runner's questions
 * when it wants to. In messages: entry is worker:/entry.mjs, and `serve` is a request from its
 * arrival to its response.
 */

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { NodeHost } from '../../bundler/runtime/nodehost.mjs';
import { DevServer } from './devserver.mjs';
import { lines } from './program.mjs';

const ENTRY = 'worker:/entry.mjs';
const STATE = lines(
    'const state = {};',
    'export const count = { inits: 0, evaluations: 1 };',
    'export function define(key, init) { return (state[key] ??= (count.inits++, init())); }',
);

/** An app: state, a page, and something that is imported while a request runs. */
const APP = {
    'pinned:state': STATE,
    [ENTRY]: lines(
        'import { page } from "./page.mjs";',
        'export default { fetch: (request) => page(request) };',
    ),
    'worker:/context.mjs': lines(
        'import { define } from "pinned:state";',
        'export const context = define("context", () => ({ id: 1 }));',
    ),
    'worker:/page.mjs': lines(
        'import { context } from "./context.mjs";',
        'import { version } from "./version.mjs";',
        'export async function page(request) {',
        '    await request.before;',
        '    const late = await import("./late.mjs");',
        '    const same = late.context === context;',
        '    return { version: version, late: late.version, same, context: context };',
        '}',
    ),
    'worker:/late.mjs': lines(
        'import { context } from "./context.mjs";',
        'import { version } from "./version.mjs";',
        'export { context, version };',
    ),
    'worker:/version.mjs': 'export const version = 1;',
};
const edit = (version) => ({ 'worker:/version.mjs': `export const version = ${version};` });

/** Node looks at every AsyncLocalStorage that was ever used whenever a promise is made. */
const requests = new AsyncLocalStorage();

function start(files) {
    const server = new DevServer();
    const generation = server.commit(files);
    const { fetchModules } = server;
    const host = new NodeHost({ entry: ENTRY, generation, env: {}, fetchModules });
    host.requests = requests;
    const live = () => [...server.generations.keys()].slice(-2);
    return {
        host,
        server,
        evaluations: () => host.registry.evaluations,
        switchTo: (number) => host.loader.switchTo(number, live()),
        commit: (changes) => server.commit(changes),
        serve: (generation, request = {}) => serve(host, generation, request),
    };
}

async function serve(host, generation, request) {
    const context = { generation, closed: false, waitUntil() {} };
    host.loader.pin(generation);
    try {
        return await host.requests.run(context, async () => {
            const entry = await host.importEntry(generation);
            return entry.default.fetch(request);
        });
    } finally {
        context.closed = true;
        host.loader.unpin(generation);
    }
}

function gate() {
    let open;
    const promise = new Promise((resolve) => (open = resolve));
    return { promise, open };
}

test('a request under way keeps its generation and its state for late imports', async () => {
    const app = start(APP);
    const { promise, open } = gate();
    const slow = app.serve(1, { before: promise });
    await app.switchTo(app.commit(edit(2)));
    const fast = await app.serve(2);
    assert.deepEqual([fast.version, fast.late, fast.same], [2, 2, true]);
    open();
    const { version, late, same, context } = await slow;
    assert.deepEqual([version, late, same], [1, 1, true]);
    assert.equal(context, fast.context, 'one state object for both generations');
});

test('over ten switches an initializer runs once, and the pinned module too', async () => {
    const app = start(APP);
    const { context } = await app.serve(1);
    for (let version = 2; version <= 11; version++) {
        await app.switchTo(app.commit(edit(version)));
        const answer = await app.serve(version);
        assert.equal(answer.version, version);
        assert.equal(answer.context, context);
    }
    const { count } = app.host.registry.importSync('pinned:state');
    assert.deepEqual(count, { inits: 1, evaluations: 1 });
});

test('a switch evaluates what changed and what imports it, nothing else', async () => {
    const app = start({ ...APP, 'worker:/other.mjs': 'export const other = 1;' });
    await app.serve(1);
    assert.equal(app.evaluations(), 6); // state, context, version, page, entry, late
    await app.switchTo(app.commit(edit(2)));
    await app.serve(2);
    assert.equal(app.evaluations(), 6 + 4); // version, page, entry, late
    await app.switchTo(app.commit({ 'worker:/other.mjs': 'export const other = 2;' }));
    await app.serve(3);
    assert.equal(app.evaluations(), 10);
    await app.switchTo(app.commit(edit(1)));
    await app.serve(4);
    assert.equal(app.evaluations(), 10 + 4, 'the first version was dropped meanwhile');
});

test('fifty requests across a switch: each is answered once, in its generation', async () => {
    const app = start({
        ...APP,
        'pinned:effects': 'export const effects = [];',
        [ENTRY]: lines(
            'import { page } from "./page.mjs";',
            'import { effects } from "pinned:effects";',
            'async function fetch(request) { effects.push(request.n); return page(request); }',
            'export default { fetch };',
        ),
    });
    const gates = [];
    const answers = [];
    const arrive = (generation) => {
        const { promise, open } = gate();
        gates.push(open);
        const n = answers.length;
        answers.push(app.serve(generation, { n, before: promise }).then((a) => [generation, a]));
    };
    for (let n = 0; n < 20; n++) {
        arrive(1);
    }
    const next = app.commit(edit(2));
    app.server.held = true;
    const switched = app.switchTo(next);
    for (let n = 0; n < 30; n++) {
        arrive(n % 3 === 0 ? 1 : 2); // stamped before and after the commit, arriving out of order
    }
    while (app.server.pending.length > 0 || gates.length > 0) {
        app.server.pending.at(-1)?.give();
        gates.shift()?.();
        await new Promise(setImmediate);
    }
    await switched;
    app.server.held = false;
    const all = await Promise.all(answers);
    assert.equal(all.length, 50);
    for (const [generation, { version, late, same }] of all) {
        assert.deepEqual([version, late, same], [generation, generation, true]);
    }
    const { effects } = app.host.registry.importSync('pinned:effects');
    assert.deepEqual(
        [...effects].sort((a, b) => a - b),
        all.map((_, n) => n),
    );
    assert.equal(new Set(all.map(([, { context }]) => context)).size, 1);
});

test('a closure comes in one round trip, and only what is not there yet', async () => {
    const app = start(APP);
    await app.serve(1);
    await app.serve(1);
    assert.equal(app.server.requests.length, 2); // the entry, and late.mjs
    await app.switchTo(app.commit(edit(2)));
    const { have } = app.server.requests.at(-1);
    assert.ok(have.includes('pinned:state'));
    assert.ok(have.some((key) => key.startsWith('worker:/context.mjs@')));
    await app.serve(2);
    assert.equal(app.server.requests.length, 4);
});

test('a hundred requests for one new generation ask for it once', async () => {
    const app = start(APP);
    await Promise.all(Array.from({ length: 100 }, () => app.serve(1)));
    assert.equal(app.server.requests.length, 2);
    assert.equal(app.evaluations(), 6);
});

test('a request may be ahead of the switch to its generation', async () => {
    const app = start(APP);
    await app.serve(1);
    const next = app.commit(edit(2));
    assert.equal((await app.serve(next)).version, 2);
    assert.equal((await app.serve(1)).version, 1);
    assert.deepEqual(await app.switchTo(next), { generation: 2 });
    assert.equal((await app.serve(next)).version, 2);
    assert.equal(app.evaluations(), 10);
});

test('switches that arrive during a switch are coalesced and end on the newest', async () => {
    const app = start(APP);
    await app.serve(1);
    app.server.held = true;
    const results = [app.switchTo(app.commit(edit(2)))];
    results.push(app.switchTo(app.commit(edit(3))), app.switchTo(app.commit(edit(4))));
    results.push(app.switchTo(3));
    while (app.server.pending.length > 0) {
        app.server.pending[0].give();
        await new Promise(setImmediate);
    }
    assert.deepEqual(await Promise.all(results), Array(4).fill({ generation: 4 }));
    const asked = app.server.requests.slice(2).map(({ generation }) => generation);
    assert.deepEqual(asked, [2, 4]);
    app.server.held = false;
    assert.equal((await app.serve(4)).version, 4);
});

test('a generation that fails answers with its error; older and later ones work', async () => {
    const app = start(APP);
    await app.serve(1);
    const broken = app.commit({ 'worker:/page.mjs': 'import { nope } from "./version.mjs";' });
    const { generation, error } = await app.switchTo(broken);
    assert.equal(generation, broken);
    assert.match(error.message, /does not provide an export named 'nope'/);
    await assert.rejects(app.serve(broken), error);
    assert.equal((await app.serve(1)).version, 1);
    const throwing = app.commit({
        'worker:/page.mjs': 'export let page;\nthrow new Error("at evaluation");',
    });
    assert.deepEqual(await app.switchTo(throwing), { generation: throwing });
    await assert.rejects(app.serve(throwing), /at evaluation/);
    const missing = app.commit({ 'worker:/page.mjs': 'import "./gone.mjs";\nexport let page;' });
    assert.match((await app.switchTo(missing)).error.message, /Cannot find worker:\/gone\.mjs/);
    const fixed = app.commit({ 'worker:/page.mjs': APP['worker:/page.mjs'] });
    assert.deepEqual(await app.switchTo(fixed), { generation: fixed });
    assert.equal((await app.serve(fixed)).version, 1);
});

test('an app that fails for a reason that passes is there for the next request', async () => {
    const { host, serve } = start({
        ...APP,
        'pinned:state': `if (!globalThis.isUp) { throw new Error('the database is down'); }\n${STATE}`,
    });
    await assert.rejects(serve(1), /the database is down/);
    await assert.rejects(serve(1), /the database is down/);
    globalThis.isUp = true;
    const [one, two] = await Promise.all([serve(1), serve(1)]);
    delete globalThis.isUp;
    assert.ok(one.same && one.context === two.context);
    const { evaluations } = host.registry;
    await serve(1);
    assert.equal(host.registry.evaluations, evaluations);
});

test('when the server cannot be reached, the next request asks again', async () => {
    const app = start(APP);
    const { answer } = app.server;
    app.server.answer = () => {
        throw new Error('connection refused');
    };
    await assert.rejects(app.serve(1), /connection refused/);
    app.server.answer = answer;
    assert.equal((await app.serve(1)).version, 1);
});

test('answers are whole in every order of arrival, commit, switch and answer', async () => {
    const steps = ['arrive', 'commit', 'switch', 'answer', 'open', 'arrive', 'answer'];
    let runs = 0;
    for (const order of permutations(steps)) {
        await runOrder(order);
        runs++;
    }
    assert.equal(runs, 1260);
});

/** Plays one order of steps, then lets everything end. */
async function runOrder(order) {
    const app = start(APP);
    app.server.held = true;
    const gates = [];
    const answers = [];
    const switches = [];
    const arrive = () => {
        const generation = app.server.newest;
        const { promise, open } = gate();
        gates.push(open);
        answers.push(app.serve(generation, { before: promise }).then((a) => [generation, a]));
    };
    const play = {
        arrive,
        commit: () => app.commit(edit(app.server.newest + 1)),
        switch: () => switches.push(app.switchTo(app.server.newest)),
        answer: () => app.server.pending[0]?.give(),
        open: () => gates.shift()?.(),
    };
    for (const step of order) {
        play[step]();
        await new Promise(setImmediate);
    }
    while (app.server.pending.length > 0 || gates.length > 0) {
        play.answer();
        play.open();
        await new Promise(setImmediate);
    }
    for (const [generation, { version, late, same, context }] of await Promise.all(answers)) {
        assert.deepEqual(
            [version, late, same, context],
            [generation, generation, true, { id: 1 }],
            order.join(),
        );
    }
    for (const result of await Promise.all(switches)) {
        assert.equal(result.error, undefined);
    }
    if (app.host.registry.has('pinned:state')) {
        const { count } = await app.host.registry.import('pinned:state');
        assert.ok(count.inits <= 1 && count.evaluations === 1);
    }
}

/** All different orders of a list with repetitions. */
function* permutations(list, chosen = []) {
    if (list.length === 0) {
        yield chosen;
    }
    for (const each of new Set(list)) {
        const rest = list.toSpliced(list.indexOf(each), 1);
        yield* permutations(rest, [...chosen, each]);
    }
}

test('what no generation holds is dropped; memory does not grow with edits', async () => {
    const app = start(APP);
    const sizes = [];
    for (let version = 2; version < 60; version++) {
        await app.serve(version - 1);
        await app.switchTo(app.commit(edit(version)));
        sizes.push(app.host.registry.table.size);
    }
    assert.equal(Math.max(...sizes.slice(10)), Math.min(...sizes.slice(10)));
    assert.ok(app.host.loader.generations.size <= 3);
    assert.ok(app.host.stacks.scripts.size <= sizes.at(-1));
});

test('after 2,000 edits the heap is what it was after the first few', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    const text = 'x'.repeat(20_000);
    const define = (n) => ({
        key: `${ENTRY}@${n}`,
        id: '/entry.mjs',
        form: 'esm',
        code: lines(
            'function* (__rwg_i, __rwg_x, __rwg_m) { "use strict";',
            '__rwg_x({ default: () => __rwg_default }); yield;',
            '__rwg_m.hot.dispose((data) => { data.text = text; });',
            `const text = "${text}${n}";`,
            'const __rwg_default = { fetch: () => text };',
            '}',
        ),
    });
    const fetchModules = async ({ generation }) => {
        const definition = define(generation);
        return { roots: [definition.key], modules: [definition] };
    };
    const host = new NodeHost({ entry: ENTRY, generation: 1, env: {}, fetchModules });
    let before = 0;
    for (let n = 2; n <= 2000; n++) {
        await host.loader.switchTo(n, [n]);
        await serve(host, n, {});
        if (n === 100) {
            gc();
            before = process.memoryUsage().heapUsed;
        }
    }
    gc();
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 2_000_000, `${grown} bytes more`); // the sources alone were 40 MB
});

test('an answer under way is complete although a collection comes between', async () => {
    const app = start(APP);
    await app.serve(1);
    app.commit(edit(2));
    app.commit({ ...edit(1) });
    app.server.held = true;
    const third = app.serve(3); // leaves out what generation 1 brought
    await new Promise(setImmediate);
    app.server.generations.delete(1);
    const second = app.host.loader.switchTo(2, [2, 3]);
    await new Promise(setImmediate);
    app.server.pending.find(({ body }) => body.generation === 2).give();
    await second; // generation 1 is gone now
    app.server.pending.forEach(({ give }) => give());
    app.server.held = false;
    assert.equal((await third).version, 1);
});

test('a module crosses the bridge into another environment of the same generation', async () => {
    const app = start({
        'pinned:state': STATE,
        [ENTRY]: lines(
            'import { define } from "pinned:state";',
            'const mine = define("shared", () => ({}));',
            'async function fetch() { return (await import("ssr:/render.mjs")).render(mine); }',
            'export default { fetch };',
        ),
        'ssr:/render.mjs': lines(
            'import { define } from "pinned:state";',
            'export const render = (theirs) => [define("shared", () => 0) === theirs, 1];',
        ),
    });
    assert.deepEqual(await app.serve(1), [true, 1]);
    const render = app.server.generations.get(1)['ssr:/render.mjs'].replace(', 1]', ', 2]');
    await app.switchTo(app.commit({ 'ssr:/render.mjs': render }));
    assert.deepEqual(await app.serve(2), [true, 2]);
    assert.deepEqual(await app.serve(1), [true, 1]);
});

test('outside of any request an import means the newest generation', async () => {
    const app = start({
        [ENTRY]: lines(
            'export const load = () => import("./late.mjs");',
            'export default { fetch: () => ({ load }) };',
        ),
        'worker:/late.mjs': 'export const version = 1;',
    });
    const { load } = await app.serve(1);
    await app.switchTo(app.commit({ 'worker:/late.mjs': 'export const version = 2;' }));
    assert.equal((await load()).version, 2);
});

test('import(expression) is resolved by the server, for the importing module', async () => {
    const app = start({
        [ENTRY]:
            'export default { fetch: ({ name }) => import("./" + name).then((m) => m.default) };',
        'worker:/a.mjs': 'export default "a";',
    });
    assert.equal(await app.serve(1, { name: 'a.mjs' }), 'a');
    await assert.rejects(app.serve(1, { name: 'b.mjs' }), { code: 'ERR_MODULE_NOT_FOUND' });
    const { importer, entries } = app.server.requests.at(-1);
    assert.match(importer, /^worker:\/entry\.mjs@/);
    assert.deepEqual(entries, ['./b.mjs']);
});

test('import(expression) of a builtin or a qualified id needs no importer', async () => {
    const app = start({
        [ENTRY]: 'export default { fetch: ({ name }) => import(name + "") };',
        'ssr:/x.mjs': 'export const x = 1;',
    });
    assert.equal((await app.serve(1, { name: 'node:path' })).sep, '/');
    assert.equal((await app.serve(1, { name: 'ssr:/x.mjs' })).x, 1);
    const { env, importer, entries } = app.server.requests.at(-1);
    assert.deepEqual([env, importer, entries], ['ssr', null, ['ssr:/x.mjs']]);
});

test('the old module is disposed of, then the new one gets what it left', async () => {
    const log = [];
    globalThis.hotLog = log;
    const source = (version) =>
        lines(
            `globalThis.hotLog.push("evaluate ${version}, left " + import.meta.hot.data.left);`,
            'import.meta.hot.dispose((data) => {',
            `    data.left = ${version}; globalThis.hotLog.push("dispose ${version}");`,
            '});',
            `import.meta.hot.accept((module) => globalThis.hotLog.push("accept " + module.v));`,
            `export const v = ${version};`,
            `export default { fetch: () => v };`,
        );
    const app = start({ [ENTRY]: source(1) });
    await app.serve(1);
    await app.switchTo(app.commit({ [ENTRY]: 'syntax error at link time', 'worker:/x.mjs': '' }));
    await app.serve(2).catch(() => {});
    assert.deepEqual(log, ['evaluate 1, left undefined'], 'what does not link disposes of nobody');
    await app.switchTo(app.commit({ [ENTRY]: source(3) }));
    await app.serve(3);
    assert.deepEqual(log.slice(1), ['dispose 1', 'evaluate 3, left 1', 'accept 3']);
});
