/*
 * workerd-start.mjs as the dev server uses it: a child process with the project's workerd, HTTP on
 * both sides. What is the same on Node is tested there; here is what workerd makes difficult, and
 * what only it has.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { folder, start } from './process.mjs';
import { lines } from './program.mjs';

const FILES = { 'worker:/entry.mjs': 'export default { fetch: () => new Response("up") };' };
const ENV = { env: { ENV_FILE: '1', BOTH: 'env file' } };
const ends = [];
const file = { after: (end) => ends.unshift(end) };
let root, app, server, ask, switchTo, eventually;

before(async () => {
    root = folder(file, {
        '.dev.vars': 'SECRET=dev vars\n',
        'wrangler.jsonc':
            '{ "compatibility_date": "2025-08-21", "vars": { "BOTH": "wrangler", "LIST": [1] } }',
    });
    app = await start(file, 'workerd', root, FILES, ENV);
    ({ server, ask, switchTo, eventually } = app);
});

after(async () => {
    for (const end of ends) {
        await end();
    }
});

test('nobody without the token gets an answer', async () => {
    const headers = { 'x-rwgraph-token': 'a-tokem' };
    assert.equal((await ask('/', { headers })).status, 403);
});

test('env has variables of wrangler, .env files and .dev.vars, and nothing of the runner', async () => {
    const generation = server.commit({
        'worker:/entry.mjs': lines(
            'import { env as imported } from "cloudflare:workers";',
            'export default { fetch: (request, env) => Response.json({',
            '    env, same: imported === env, text: process.env.BOTH,',
            '    token: Object.values(process.env).includes("a-token"),',
            '}) };',
        ),
    });
    const answer = await (await ask('/', { generation })).json();
    assert.deepEqual(answer, {
        env: { BOTH: 'env file', LIST: [1], ENV_FILE: '1', SECRET: 'dev vars' },
        same: true,
        text: 'env file',
        token: false,
    });
});

test('modules of the platform are those of workerd', async () => {
    const generation = server.commit({
        'worker:/entry.mjs': lines(
            'import { connect } from "cloudflare:sockets";',
            'import { join } from "node:path";',
            'export default { fetch: () => new Response(',
            '    `${typeof connect} ${join("a", "b")} ${navigator.userAgent}`) };',
        ),
    });
    const text = await (await ask('/', { generation })).text();
    assert.equal(text, 'function a/b Cloudflare-Workers');
});

test('a closure that many requests wait for is fetched once and serves all', async () => {
    const generation = server.commit({
        'worker:/slow.mjs': 'await new Promise((go) => setTimeout(go));\nexport const n = {};',
        'worker:/entry.mjs': lines(
            'import { n } from "./slow.mjs";',
            'n.count = 0;',
            'export default { fetch: () => Response.json(++n.count) };',
        ),
    });
    const before = server.requests.length;
    const asked = Array.from({ length: 20 }, () => ask('/', { generation }));
    const answers = await Promise.all(asked.map(async (each) => (await each).json()));
    assert.deepEqual(answers.sort((a, b) => a - b), Array.from({ length: 20 }, (_, n) => n + 1));
    assert.ok(server.requests.length <= before + 1);
});

test('a request under way keeps its AsyncLocalStorage and its generation across a switch', async () => {
    const first = server.commit({
        'pinned:gate': lines(
            'import { AsyncLocalStorage } from "node:async_hooks";',
            'export const storage = new AsyncLocalStorage();',
            'let release;',
            'export const opened = new Promise((resolve) => { release = resolve; });',
            'export const open = () => release();',
            'export const count = { waiting: 0 };',
        ),
        'worker:/late.mjs': 'export const version = "old";',
        'worker:/entry.mjs': lines(
            'import { count, open, opened, storage } from "pinned:gate";',
            'async function* parts() {',
            '    yield "head ";',
            '    count.waiting++;',
            '    await opened;',
            '    const { version } = await import("./late.mjs");',
            '    yield `${storage.getStore()} ${version}`;',
            '}',
            'const routes = {',
            '    "/open": () => { open(); return Response.json(count); },',
            '    "/count": () => Response.json(count),',
            '};',
            'const slow = (name) => storage.run(name, () => new Response(',
            '    ReadableStream.from(parts()).pipeThrough(new TextEncoderStream())));',
            'const answer = (name) => (routes[name] ?? slow)(name);',
            'export default { fetch: ({ url }) => answer(new URL(url).pathname) };',
        ),
    });
    const second = server.commit({ 'worker:/late.mjs': 'export const version = "new";' });
    const names = Array.from({ length: 10 }, (_, n) => `/request-${n}`);
    const texts = names.map(async (name, n) =>
        (await ask(name, { generation: n % 2 ? second : first })).text(),
    );
    await eventually('/count', ({ waiting }) => waiting === 10);
    assert.deepEqual(await switchTo(second, [first, second]), { generation: second, ok: true });
    await ask('/open');
    const expected = names.map((name, n) => `head ${name} ${n % 2 ? 'new' : 'old'}`);
    assert.deepEqual(await Promise.all(texts), expected);
});

test('an edit is served at once while fifty requests of before are held open', async () => {
    const answer = (version) =>
        lines(
            'import { gate } from "pinned:gate-of-requests";',
            'const held = () => new Promise((resolve) => gate.push(resolve));',
            'const routes = {',
            '    "/held": async () => { await held(); return version; },',
            '    "/open": () => gate.splice(0).forEach((open) => open()),',
            '    "/count": () => gate.length,',
            '    "/now": async () => { await new Promise((go) => setTimeout(go)); return version; },',
            '};',
            `const version = "${version}";`,
            'export default { async fetch({ url }) {',
            '    return Response.json((await routes[new URL(url).pathname]()) ?? null);',
            '} };',
        );
    const first = server.commit({
        'pinned:gate-of-requests': 'export const gate = [];',
        'worker:/entry.mjs': answer('old'),
    });
    const held = Array.from({ length: 50 }, () => app.json('/held', { generation: first }));
    await eventually('/count', (count) => count === 50);
    assert.ok((await app.edit({ 'worker:/entry.mjs': answer('new') })).ok);
    assert.equal(await app.json('/now'), 'new');
    assert.equal(await app.json('/count'), 50, 'none of them has been answered');
    await app.json('/open');
    assert.deepEqual(await Promise.all(held), Array(50).fill('old'));
});

test('what keeps workerd busy does not hold up the timers of requests', async () => {
    const generation = server.commit({
        'worker:/entry.mjs': lines(
            'async function trips() {',
            '    const { readable, writable } = new IdentityTransformStream();',
            '    const [reader, writer] = [readable.getReader(), writable.getWriter()];',
            '    let called = 0;',
            '    for (let n = 0; n < 50; n++) { setTimeout(() => called++); }',
            '    let made = 0;',
            '    while (called < 50 && made < 1000) {',
            '        const back = reader.read();',
            '        writer.write(new Uint8Array(1));',
            '        await back;',
            '        made++;',
            '    }',
            '    return made;',
            '}',
            'export default { fetch: async () => Response.json(await trips()) };',
        ),
    });
    const trips = await app.json('/', { generation });
    assert.ok(trips <= 5, `${trips} round trips through the event loop for 50 timers`);
});

test('timers come in order, each with its promises, and can be taken back', async () => {
    const generation = server.commit({
        'worker:/entry.mjs': lines(
            'import { AsyncLocalStorage } from "node:async_hooks";',
            'const storage = new AsyncLocalStorage();',
            'async function seen() {',
            '    const said = [];',
            '    const say = (what) => said.push(what);',
            '    storage.run("inside", () => setTimeout(() => say(storage.getStore()), 2));',
            '    setTimeout(say, 12, "12 ms");',
            '    setTimeout(say, 6, "6 ms");',
            '    setTimeout(async () => { say("0"); await null; await null; say("its promise"); });',
            '    setTimeout(() => { say("then"); clearTimeout(taken); clearImmediate(other); });',
            '    const taken = setTimeout(say, 0, "taken back");',
            '    const other = setImmediate(say, "taken back, too");',
            '    setImmediate(say, "immediate");',
            '    clearTimeout(setTimeout(say, 1, "never"));',
            '    setTimeout(() => { throw new Error("of a timer"); });',
            '    let times = 0;',
            '    await new Promise((resolve) => {',
            '        const every = setInterval(() => {',
            '            say("again");',
            '            if (++times === 2) { clearInterval(every); resolve(); }',
            '        }, 14);',
            '    });',
            '    return said;',
            '}',
            'export default { fetch: async () => Response.json(await seen()) };',
        ),
    });
    assert.deepEqual(await app.json('/', { generation }), [
        ...['0', 'its promise', 'then', 'immediate', 'inside', '6 ms', '12 ms', 'again', 'again'],
    ]);
    assert.ok(app.output.some((line) => line.includes('of a timer')));
});

test('a body that the client stops to read aborts the request', async () => {
    const generation = server.commit({
        'pinned:seen': 'export const seen = { aborted: false };',
        'worker:/entry.mjs': lines(
            'import { seen } from "pinned:seen";',
            'function endless({ signal }) {',
            '    signal.addEventListener("abort", () => { seen.aborted = true; });',
            '    return new Response(new ReadableStream({',
            '        async pull(c) {',
            '            await new Promise((go) => setTimeout(go));',
            '            c.enqueue(new Uint8Array(1000));',
            '        },',
            '    }));',
            '}',
            'export default { fetch: (request) =>',
            '    request.url.endsWith("/seen") ? Response.json(seen) : endless(request) };',
        ),
    });
    const answer = await ask('/endless', { generation });
    await answer.body.cancel();
    await eventually('/seen', ({ aborted }) => aborted);
});

test('a HEAD request does not wait for the end of a body', async () => {
    const generation = server.commit({
        'worker:/entry.mjs': lines(
            'export default { fetch: () => new Response(new ReadableStream({',
            '    pull: (c) => c.enqueue(new Uint8Array(1000)),',
            '}), { headers: { "x-told": "yes" } }) };',
        ),
    });
    const answer = await ask('/', { generation, method: 'HEAD' });
    assert.equal(answer.headers.get('x-told'), 'yes');
    await app.edit({ 'worker:/entry.mjs': FILES['worker:/entry.mjs'] });
    await switchTo(server.newest, [server.newest]);
    const { generations } = await (await ask('/__rwgraph/health')).json();
    assert.ok(!generations.includes(generation), 'nothing keeps its generation');
});

test('a client that leaves before the answer aborts the request, once the dev server says so', async () => {
    const generation = server.commit({
        'pinned:hanging': 'export const hanging = { asked: 0, aborted: 0 };',
        'worker:/entry.mjs': lines(
            'import { hanging } from "pinned:hanging";',
            'const hang = ({ signal }) => new Promise(() => {',
            '    hanging.asked++;',
            '    signal.addEventListener("abort", () => { hanging.aborted++; });',
            '});',
            'export default { fetch: (request) =>',
            '    request.url.endsWith("/seen") ? Response.json(hanging) : hang(request) };',
        ),
    });
    const abort = new AbortController();
    const left = [1, 2].map((number) => {
        const headers = { 'x-rwgraph-request': `${number}` };
        return ask('/hang', { generation, headers, signal: abort.signal });
    });
    await eventually('/seen', ({ asked }) => asked === 2);
    const body = JSON.stringify({ requests: [2, 3] });
    const told = await ask('/__rwgraph/gone', { method: 'POST', body });
    assert.deepEqual(await told.json(), { ok: true });
    assert.equal((await (await ask('/seen')).json()).aborted, 1);
    abort.abort();
    assert.ok((await Promise.allSettled(left)).every(({ status }) => status === 'rejected'));
});

test('an error names its place in the source', async () => {
    const code = lines(
        'function* (__rwg_i, __rwg_x) { "use strict"; __rwg_x({ default: () => app }); yield;',
        '/* a line that the compiler added */',
        'const app = { fetch() {',
        '    throw new TypeError("on purpose");',
        '} };',
        '}',
    );
    const map = {
        version: 3,
        sources: ['entry.ts'],
        sourcesContent: ['export default { fetch() {\n    throw new TypeError("on purpose");\n} };'],
        names: [],
        mappings: ';;AAAA;IACI;AACJ',
    };
    const { answer } = server;
    server.answer = (body) => {
        const result = answer.call(server, body);
        const [root] = result.modules;
        result.modules = [{ ...root, code, map, url: 'file:///app/entry.ts' }];
        return result;
    };
    const generation = server.commit({ 'worker:/entry.mjs': '"mapped"; export default 1;' });
    const failed = await ask('/', { generation });
    server.answer = answer;
    assert.equal(failed.status, 500);
    assert.equal(failed.headers.get('x-rwgraph-error'), '1');
    const { error } = await failed.json();
    assert.match(error.stack, /^TypeError: on purpose\n {4}at Object\.fetch \(\/app\/entry\.ts:2:5\)/);
    assert.deepEqual([error.file, error.line, error.column], ['/app/entry.ts', 2, 5]);
    assert.doesNotMatch(error.stack, /rwgraph\//);
});

test('an external file cannot be loaded, and what to do about it is said', async () => {
    const source = 'import "outside";\nexport default { fetch() {} };';
    const generation = server.commit({ 'worker:/entry.mjs': source });
    const { error } = await (await ask('/', { generation })).json();
    assert.match(error.message, /^'outside' is external, and workerd reads no files: /);
    assert.match(error.message, /take it out of "externals" in rwgraph\.json.*--runtime node/);
});

test('a project without workerd is told what to do', async (t) => {
    const bare = folder(t, {});
    rmSync(join(bare, 'node_modules'));
    const told = /workerd is not installed: .*--runtime node/;
    await assert.rejects(start(t, 'workerd', bare, FILES), told);
});

test('workerd does not outlive the process that started it, however that ends', async (t) => {
    const { child, port } = await start(t, 'workerd', root, FILES);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}); // a reset is an end too
    child.kill('SIGKILL');
    socket.resume();
    await closed;
});
