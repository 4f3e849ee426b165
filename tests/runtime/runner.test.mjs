/*
 * runner.mjs as the dev server uses it: a child process, HTTP on both sides.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { DevServer } from './devserver.mjs';
import { lines } from './program.mjs';

const RUNNER = fileURLToPath(new URL('../../bundler/runtime/runner.mjs', import.meta.url));
const TOKEN = 'a-token';
const folder = mkdtempSync(join(tmpdir(), 'rwgraph-runner-'));
const server = new DevServer();
const output = [];
let http, child, port;

const ENTRY = lines(
    'import { env as workersEnv, waitUntil } from "cloudflare:workers";',
    'import { fail } from "./fail.mjs";',
    'export const seen = { hanging: 0, aborted: 0, late: [] };',
    'const routes = {',
    '    "/env": (request, env) => Response.json({ ...env, same: workersEnv === env }),',
    '    "/echo": async (request) => new Response(request.body, { headers: request.headers }),',
    '    "/headers": ({ url, method, headers }) => Response.json([url, method, ...headers]),',
    '    "/cookies": () => {',
    '        const headers = new Headers({ connection: "x-hop", "x-hop": "1", "x-kept": "1" });',
    '        headers.append("set-cookie", "a=1; Path=/");',
    '        headers.append("set-cookie", "b=2");',
    '        return new Response(null, { status: 204, headers });',
    '    },',
    '    "/slow-body": () => {',
    '        let n = 0;',
    '        const pull = async (c) => (n++ < 3 ? c.enqueue(Buffer.from("part" + n)) : c.close());',
    '        return new Response(new ReadableStream({ pull }));',
    '    },',
    '    "/hang": (request) => new Promise(() => {',
    '        seen.hanging++;',
    '        request.signal.addEventListener("abort", () => seen.aborted++);',
    '    }),',
    '    "/seen": () => Response.json(seen),',
    '    "/wait": (request, env, ctx) => {',
    '        ctx.waitUntil(Promise.resolve().then(() => seen.late.push("ctx")));',
    '        waitUntil(Promise.resolve().then(() => seen.late.push("import")));',
    '        return new Response("sent");',
    '    },',
    '    "/throw": () => fail(),',
    '    "/not-a-response": () => "text",',
    '    "/unhandled": () => {',
    '        Promise.reject(new Error("nobody cares"));',
    '        return new Response("ok");',
    '    },',
    '    "/log": () => { console.log("from the app"); return new Response("ok"); },',
    '    "/page": () => {',
    '        const parts = ["<!doctype html><html><he", "ad lang=en><b>\\u00e9</b></head>"];',
    '        const headers = { "content-type": "text/html", "content-length": "1",',
    `            "content-security-policy": "script-src 'nonce-abc='" };`,
    '        const body = ReadableStream.from(parts.map((part) => Buffer.from(part)));',
    '        return new Response(body, { headers });',
    '    },',
    '    "/fragment": () =>',
    '        new Response("<li>one</li>", { headers: { "content-type": "text/html" } }),',
    '    "/token": () => Response.json([process.env.RWGRAPH_TOKEN ?? null]),',
    '};',
    'export default {',
    '    fetch: (request, env, ctx) => routes[new URL(request.url).pathname](request, env, ctx),',
    '};',
);

/** fail.mjs as a compiler makes it: two lines in front, and a map that says so. */
const FAIL_SOURCE = 'export function fail(): never {\n    throw new TypeError("on purpose");\n}\n';
const FAIL = {
    form: 'esm',
    code: lines(
        'function* (__rwg_i, __rwg_x) { "use strict"; __rwg_x({ fail: () => fail }); yield;',
        '/* a line that the compiler added */',
        'function fail() {',
        '    throw new TypeError("on purpose");',
        '}',
        '}',
    ),
    map: {
        version: 3,
        sources: ['fail.ts'],
        sourcesContent: [FAIL_SOURCE],
        names: [],
        mappings: ';;AAAA;IACI;AACJ',
    },
    url: 'file:///app/src/fail.ts',
};

before(async () => {
    server.commit({ 'worker:/entry.mjs': ENTRY, 'worker:/fail.mjs': '' });
    const { answer } = server;
    server.answer = (body) => {
        const result = answer.call(server, body);
        result.modules = result.modules.map((definition) =>
            definition.id === '/fail.mjs' ? { ...definition, ...FAIL } : definition,
        );
        return result;
    };
    http = createServer(async (incoming, outgoing) => {
        const chunks = [];
        for await (const chunk of incoming) {
            chunks.push(chunk);
        }
        assert.equal(incoming.headers['x-rwgraph-token'], TOKEN);
        assert.equal(incoming.url, '/@rwgraph/modules');
        outgoing.setHeader('content-type', 'application/json');
        try {
            outgoing.end(JSON.stringify(server.answer(JSON.parse(Buffer.concat(chunks)))));
        } catch (error) {
            outgoing.writeHead(410).end(JSON.stringify({ error: { message: error.message } }));
        }
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    writeFileSync(
        join(folder, '.dev.vars'),
        'SECRET="from dev vars" # quoted\nexport PLAIN=x # no\n',
    );
    child = spawn(process.execPath, [RUNNER], {
        env: {
            ...process.env,
            RWGRAPH_SERVER: `http://127.0.0.1:${http.address().port}`,
            RWGRAPH_TOKEN: TOKEN,
            RWGRAPH_ENV: 'worker',
            RWGRAPH_DEV_VARS: join(folder, '.dev.vars'),
        },
    });
    const head = '<script src="/@rwgraph/client"></script>';
    const env = { NAME: 'config', PLAIN: 'y' };
    const config = { root: '/app', entry: '/entry.mjs', env, generation: 1, grace: 1, head };
    child.stdin.write(`${JSON.stringify(config)}
`);
    for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => output.push(line));
    }
    await once(child.stdout, 'data');
    port = JSON.parse(output[0]).listening;
});

after(async () => {
    if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.stdin.end();
        const [code] = await exited;
        assert.equal(code, 0, 'the end of stdin ends the process');
    }
    http.close();
    rmSync(folder, { recursive: true });
});

/** A request as the dev server forwards it. */
function ask(path, { generation = server.newest, headers = {}, ...init } = {}) {
    return fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { 'x-rwgraph-token': TOKEN, 'x-rwgraph-generation': `${generation}`, ...headers },
    });
}

/** Asks until the answer is as wanted: for what happens after a response. */
async function eventually(path, isWanted) {
    for (;;) {
        const answer = await (await ask(path)).json();
        if (isWanted(answer)) {
            return answer;
        }
    }
}

test('nobody without the token gets an answer', async () => {
    for (const path of ['/env', '/__rwgraph/health']) {
        assert.equal((await ask(path, { headers: { 'x-rwgraph-token': 'a-tokem' } })).status, 403);
    }
    assert.deepEqual(await (await ask('/token')).json(), [null], 'and the app does not learn it');
});

test('env comes from configuration and .dev.vars, for cloudflare:workers too', async () => {
    const answer = await (await ask('/env')).json();
    assert.deepEqual(answer, { NAME: 'config', SECRET: 'from dev vars', PLAIN: 'x', same: true });
});

test('bodies go through both ways, whole', async () => {
    const body = Buffer.alloc(300_000, 'abc');
    const answer = await ask('/echo', { method: 'POST', body });
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
    assert.equal(await (await ask('/slow-body')).text(), 'part1part2part3');
    assert.equal(await (await ask('/slow-body', { method: 'HEAD' })).text(), '');
});

test('the app sees the URL and headers of the browser, and none of ours', async () => {
    const headers = {
        'x-rwgraph-url': 'https://app.test/headers?q=1',
        te: 'trailers',
        'x-mine': '1',
    };
    const [url, method, ...rest] = await (await ask('/headers', { headers })).json();
    assert.deepEqual([url, method], ['https://app.test/headers?q=1', 'GET']);
    const names = rest.map(([name]) => name);
    assert.ok(names.includes('x-mine'));
    assert.ok(!names.some((name) => /^(x-rwgraph-|te$|connection$|keep-alive$)/.test(name)));
});

test('every cookie is kept, hop-by-hop headers are not', async () => {
    const { status, headers } = await ask('/cookies');
    assert.equal(status, 204);
    assert.deepEqual(headers.getSetCookie(), ['a=1; Path=/', 'b=2']);
    assert.deepEqual([headers.get('x-kept'), headers.get('x-hop')], ['1', null]);
});

test('pages get the client, with the nonce of their policy; fragments do not', async () => {
    const page = await ask('/page');
    const script = '<script nonce="abc=" src="/@rwgraph/client"></script>';
    const expected = `<!doctype html><html><head lang=en>${script}<b>\u00e9</b></head>`;
    assert.equal(await page.text(), expected);
    assert.equal(page.headers.get('content-length'), null);
    assert.equal(await (await ask('/fragment')).text(), '<li>one</li>');
});

test('a client that goes away aborts the request', async () => {
    const headers = { 'x-rwgraph-token': TOKEN, 'x-rwgraph-generation': '1' };
    const gone = request({ port, path: '/hang', headers });
    gone.on('error', () => {});
    gone.end();
    await eventually('/seen', (seen) => seen.hanging === 1);
    gone.destroy();
    await eventually('/seen', (seen) => seen.aborted === 1);
});

test('waitUntil goes on after the response', async () => {
    assert.equal(await (await ask('/wait')).text(), 'sent');
    const { late } = await eventually('/seen', (seen) => seen.late.length === 2);
    assert.deepEqual(late.sort(), ['ctx', 'import']);
});

test('an error names file, line and column of the source, and shows them', async () => {
    const answer = await ask('/throw');
    assert.equal(answer.status, 500);
    assert.equal(answer.headers.get('x-rwgraph-error'), '1');
    const { error } = await answer.json();
    assert.deepEqual([error.name, error.message], ['TypeError', 'on purpose']);
    assert.match(error.stack, /^TypeError: on purpose\n {4}at fail \(\/app\/src\/fail\.ts:2:5\)\n/);
    assert.doesNotMatch(error.stack, /bundler\/runtime|Generator/);
    assert.deepEqual([error.file, error.line, error.column], ['/app/src/fail.ts', 2, 5]);
    assert.match(error.frame, /^> 2 \| {5}throw new TypeError/m);
    assert.ok(output.some((line) => line.includes('at fail (/app/src/fail.ts:2:5)')));
});

test('a browser gets the error as a page that cannot be tricked into running it', async () => {
    const answer = await ask('/throw', { headers: { accept: 'text/html,*/*' } });
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    const page = await answer.text();
    assert.match(page, /TypeError: on purpose/);
    assert.match(page, /throw new TypeError\(&quot;on purpose&quot;\)/);
});

test('what is not a response, or throws outside, is reported; the process goes on', async () => {
    const { error } = await (await ask('/not-a-response')).json();
    assert.match(error.message, /did not return a Response/);
    assert.equal(await (await ask('/unhandled')).text(), 'ok');
    assert.equal(await (await ask('/log')).text(), 'ok');
    await eventually('/__rwgraph/health', () => output.includes('from the app'));
    assert.ok(output.some((line) => line.includes('nobody cares')));
});

test('a switch moves on, keeps live generations, and reports what does not link', async () => {
    const post = async (generation, live) => {
        const body = JSON.stringify({ generation, live });
        return (await ask('/__rwgraph/switch', { method: 'POST', body })).json();
    };
    const page = (text) => `export default { fetch: () => new Response("${text}") };`;
    const second = server.commit({ 'worker:/entry.mjs': page('second') });
    assert.deepEqual(await post(second, [1, 2]), { generation: 2, ok: true });
    assert.equal(await (await ask('/', { generation: 2 })).text(), 'second');
    assert.equal((await ask('/cookies', { generation: 1 })).status, 204);
    const third = server.commit({ 'worker:/entry.mjs': 'import "cloudflare:sockets";' });
    const { generation, ok, error } = await post(third, [2, 3]);
    assert.deepEqual([generation, ok], [3, false]);
    assert.match(error.message, /'cloudflare:sockets' is part of the Cloudflare runtime.*workerd/);
    assert.equal((await ask('/', { generation: 3 })).status, 500);
    assert.equal(await (await ask('/', { generation: 2 })).text(), 'second');
    await post(third, [2, 3]);
    await eventually('/__rwgraph/health', ({ generations }) => !generations.includes(1));
    server.generations.delete(1);
    const { error: gone } = await (await ask('/', { generation: 1 })).json();
    assert.match(gone.message, /Cannot load worker:\/entry\.mjs: generation 1 is gone/);
    assert.equal((await ask('/__rwgraph/switch', { method: 'POST', body: '{}' })).status, 400);
});

test('a module that does not compile is told by its source as well', async () => {
    const source = lines('export default 1;', '', 'const x = ;');
    const generation = server.commit({ 'worker:/entry.mjs': source });
    const { error } = await (await ask('/', { generation })).json();
    assert.equal(error.name, 'SyntaxError');
    assert.match(error.stack, /^SyntaxError: Unexpected token ';'\n {4}at \/app\/entry\.mjs:\d:11/);
    assert.equal(error.file, '/app/entry.mjs');
});

test('fifty requests over HTTP across a switch are answered, each in its generation', async () => {
    const files = {
        'pinned:gate': lines(
            'let release;',
            'export const opened = new Promise((resolve) => { release = resolve; });',
            'export const count = { waiting: 0, done: 0 };',
            'export const open = () => release();',
        ),
        'worker:/late.mjs': 'export const version = 1;',
        'worker:/entry.mjs': lines(
            'import { count, open, opened } from "pinned:gate";',
            'async function slow() {',
            '    count.waiting++;',
            '    await opened;',
            '    const { version } = await import("./late.mjs");',
            '    count.done++;',
            '    return Response.json(version);',
            '}',
            'const routes = {',
            '    "/slow": slow,',
            '    "/count": () => Response.json(count),',
            '    "/open": () => { open(); return Response.json(count); },',
            '};',
            'const fetch = ({ url }) => routes[new URL(url).pathname]();',
            'export default { fetch };',
        ),
    };
    const first = server.commit(files);
    const second = server.commit({ 'worker:/late.mjs': 'export const version = 2;' });
    const asked = Array.from({ length: 50 }, (_, n) => {
        const generation = n % 2 === 0 ? first : second;
        return ask('/slow', { generation, method: n % 4 < 2 ? 'GET' : 'POST' });
    });
    await eventually('/count', ({ waiting }) => waiting === 50);
    const body = JSON.stringify({ generation: second, live: [second] });
    await ask('/__rwgraph/switch', { method: 'POST', body });
    await ask('/open');
    const answers = await Promise.all(asked);
    assert.ok(answers.every(({ status }) => status === 200));
    const versions = await Promise.all(answers.map((answer) => answer.json()));
    assert.deepEqual(
        versions,
        versions.map((_, n) => (n % 2) + 1),
    );
    assert.deepEqual(await (await ask('/count')).json(), { waiting: 50, done: 50 });
});

test('a class that extends WorkerEntrypoint serves too', async () => {
    const source = lines(
        'import { WorkerEntrypoint } from "cloudflare:workers";',
        'class App extends WorkerEntrypoint {',
        '    fetch(request) { return Response.json([this.env.NAME, typeof this.ctx.waitUntil]); }',
        '}',
        'export default App;',
    );
    const generation = server.commit({ 'worker:/entry.mjs': source });
    assert.deepEqual(await (await ask('/', { generation })).json(), ['config', 'function']);
});
