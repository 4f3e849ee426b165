/*
 * Bindings of wrangler files, in workerd and on Node: what is served works, and what is not says
 * so where it is used.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { folder, start } from './process.mjs';
import { lines } from './program.mjs';

const WRANGLER = JSON.stringify({
    name: 'app',
    compatibility_date: '2025-08-21',
    vars: { COLOR: 'blue' },
    durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
    kv_namespaces: [{ binding: 'KV', id: 'kv-1' }],
    d1_databases: [{ binding: 'DB', database_id: 'db-1' }],
    queues: {
        producers: [{ binding: 'JOBS', queue: 'jobs' }],
        consumers: [{ queue: 'jobs', max_batch_size: 10, max_batch_timeout: 0 }],
    },
    r2_buckets: [{ binding: 'BUCKET', bucket_name: 'b' }],
    ai: { binding: 'AI' },
    services: [
        { binding: 'SELF', service: 'app' },
        { binding: 'ADMIN', service: 'app', entrypoint: 'Admin' },
        { binding: 'OTHER', service: 'other' },
    ],
    assets: { binding: 'ASSETS', directory: 'files', not_found_handling: '404-page' },
});

/** A class of Durable Objects: what is stored, what is in memory, and which version this is. */
const counter = (version) =>
    lines(
        'import { DurableObject } from "cloudflare:workers";',
        'export class Counter extends DurableObject {',
        '    constructor(ctx, env) { super(ctx, env); this.calls = 0; }',
        '    async up(by) {',
        '        const stored = ((await this.ctx.storage.get("n")) ?? 0) + by;',
        '        await this.ctx.storage.put("n", stored);',
        '        const { COLOR: color } = this.env;',
        `        return { stored: stored, calls: ++this.calls, version: ${version}, color: color };`,
        '    }',
        '    async later() { return (await import("./late.mjs")).late; }',
        '    async sql() { return this.ctx.storage.sql.exec("select 40 + 2 as n").one().n; }',
        '    fetch(request) { return new Response(new URL(request.url).pathname); }',
        '}',
    );

const ENTRY = lines(
    'import { seen } from "pinned:seen";',
    'import { page } from "./page.mjs";',
    'export { Counter } from "./counter.mjs";',
    'const object = (env) => env.COUNTER.get(env.COUNTER.idFromName("one"));',
    'const routes = {',
    '    "/up": async (r, env) => Response.json(await object(env).up(1)),',
    '    "/late": async (r, env) => Response.json(await object(env).later()),',
    '    "/sql": async (r, env) => Response.json(await object(env).sql()),',
    '    "/object": (r, env) => object(env).fetch("http://x/in-object"),',
    '    "/nope": async (r, env) => Response.json(await object(env).nope()),',
    '    "/kv": async (r, env) => {',
    '        await env.KV.put("a", "1", { metadata: { m: 1 } });',
    '        const { keys } = await env.KV.list();',
    '        const { value, metadata } = await env.KV.getWithMetadata("a");',
    '        return Response.json([value, metadata, keys.length, await env.KV.get("b")]);',
    '    },',
    '    "/db": async (r, env) => {',
    '        await env.DB.exec("create table if not exists t (n integer)");',
    '        await env.DB.prepare("insert into t values (?)").bind(7).run();',
    '        return Response.json((await env.DB.prepare("select n from t").all()).results);',
    '    },',
    '    "/send": async (r, env) => { await env.JOBS.send({ job: 1 }); return Response.json(1); },',
    '    "/seen": () => Response.json(seen),',
    '    "/self": (r, env) => env.SELF.fetch("http://x/page"),',
    '    "/admin": async (r, env) => Response.json(await env.ADMIN.add(2, 3)),',
    '    "/page": () => Response.json(page),',
    '    "/asset": (r, env) => env.ASSETS.fetch(new URL(r.url).search.slice(1)),',
    '    "/bucket": async (r, env) => Response.json(await env.BUCKET.get("x")),',
    '    "/ai": (r, env) => Response.json(env.AI.run("x")),',
    '    "/other": (r, env) => env.OTHER.fetch("http://x/"),',
    '    "/rewrite": () => new HTMLRewriter().transform(new Response("<p>")),',
    '    "/cache": async () => {',
    '        await caches.default.put("http://x/a", new Response("a"));',
    '        const other = await caches.open("other");',
    '        return Response.json([await caches.default.match("http://x/a") ?? "none",',
    '            await other.delete("http://x/a")]);',
    '    },',
    '    "/names": (r, env) => Response.json(Object.keys(env).sort()),',
    '};',
    'export class Admin {',
    '    add(a, b) { return a + b; }',
    '}',
    'export default {',
    '    fetch: (r, env, ctx) => routes[new URL(r.url).pathname](r, env, ctx),',
    '    scheduled: async ({ cron, scheduledTime }, env) => {',
    '        await null;',
    '        seen.push([cron, scheduledTime, env.COLOR]);',
    '    },',
    '    queue: (batch, env) => {',
    '        batch.messages.forEach((each) => seen.push([batch.queue, each.body]));',
    '    },',
    '};',
);

const FILES = {
    'pinned:seen': 'export const seen = [];',
    'worker:/late.mjs': 'export const late = "old";',
    'worker:/page.mjs': 'export const page = "first";',
    'worker:/counter.mjs': counter(1),
    'worker:/entry.mjs': ENTRY,
};
const DISK = {
    'wrangler.json': WRANGLER,
    'files/index.html': '<p>index',
    'files/about.html': '<p>about',
    'files/style.css': 'p {}',
    'files/404.html': '<p>not here',
    'files/.secret': 'secret',
    'outside.txt': 'outside',
};

test('Durable Objects keep what they store, and are of the newest generation', async (t) => {
    const root = folder(t, DISK);
    const app = await start(t, 'workerd', root, FILES);
    const first = { stored: 1, calls: 1, version: 1, color: 'blue' };
    assert.deepEqual(await app.json('/up'), first);
    assert.deepEqual(await app.json('/up'), { ...first, stored: 2, calls: 2 });
    assert.equal(await app.json('/sql'), 42);
    assert.equal(await (await app.ask('/object')).text(), '/in-object');
    const { error } = await (await app.ask('/nope')).json();
    assert.match(error.message, /Durable Object Counter has no method nope/);

    await app.edit({ 'worker:/page.mjs': 'export const page = "second";' });
    assert.deepEqual(await app.json('/up'), { ...first, stored: 3, calls: 3 }, 'the same instance');
    await app.edit({ 'worker:/counter.mjs': counter(2) });
    const second = { ...first, stored: 4, calls: 1, version: 2 };
    assert.deepEqual(await app.json('/up'), second, 'a new instance on the same storage');
    await app.edit({ 'worker:/late.mjs': 'export const late = "new";' });
    assert.equal(await app.json('/late'), 'new');
    const from = { generation: 1 };
    assert.equal((await app.json('/up', from)).version, 2, 'whoever calls');

    await app.stop();
    const again = await start(t, 'workerd', root, FILES);
    assert.deepEqual(await again.json('/up'), { ...first, stored: 6 }, 'storage is on disk');
});

test('a class that the entry does not export is named when its object is called', async (t) => {
    const app = await start(t, 'workerd', folder(t, DISK), {
        ...FILES,
        'worker:/entry.mjs': ENTRY.replace(/export \{ Counter.*\n/, ''),
    });
    const { error } = await (await app.ask('/up')).json();
    assert.match(error.message, /'worker:\/entry\.mjs' exports no class Counter/);
});

test('KV, D1 and queues are served by workerd', async (t) => {
    const app = await start(t, 'workerd', folder(t, DISK), FILES);
    assert.deepEqual(await app.json('/kv'), ['1', { m: 1 }, 1, null]);
    assert.deepEqual(await app.json('/db'), [{ n: 7 }]);
    await app.json('/send');
    let seen = [];
    while (seen.length === 0) {
        seen = await app.json('/seen');
    }
    assert.deepEqual(seen, [['jobs', { job: 1 }]]);
});

for (const runtime of ['node', 'workerd']) {
    test(`${runtime}: the worker calls itself in the generation of the caller`, async (t) => {
        const app = await start(t, runtime, folder(t, DISK), FILES);
        assert.equal(await app.json('/admin'), 5);
        await app.edit({ 'worker:/page.mjs': 'export const page = "second";' });
        assert.equal(await app.json('/self'), 'second');
        assert.equal(await app.json('/self', { generation: 1 }), 'first');
    });

    test(`${runtime}: assets are files of their folder and nothing else`, async (t) => {
        const app = await start(t, runtime, folder(t, DISK), FILES);
        const asset = async (path) => {
            const answer = await app.ask(`/asset?http://x${path}`);
            return [answer.status, answer.headers.get('content-type'), await answer.text()];
        };
        const html = 'text/html; charset=utf-8';
        assert.deepEqual(await asset('/'), [200, html, '<p>index']);
        assert.deepEqual(await asset('/about'), [200, html, '<p>about']);
        assert.deepEqual(await asset('/style.css'), [200, 'text/css; charset=utf-8', 'p {}']);
        const outside = ['/%2e%2e/outside.txt', '/..%2foutside.txt'];
        for (const path of ['/gone', '/.secret', ...outside, '/%00', '/%']) {
            assert.deepEqual(await asset(path), [404, html, '<p>not here'], path);
        }
    });

    test(`${runtime}: what is not served is named at the start and where it is used`, async (t) => {
        const app = await start(t, runtime, folder(t, DISK), FILES);
        const text = app.output.join('\n');
        assert.match(text, /wrangler\.json:\n {4}.*AI/s);
        assert.match(text, /OTHER \(services\) is a worker that is no environment here/);
        const { error } = await (await app.ask('/ai')).json();
        assert.match(error.message, /^env\.AI \(ai in the wrangler file\) is not /);
        const other = await (await app.ask('/other')).json();
        assert.match(other.error.message, /^env\.OTHER .* is a worker that is no environment here/);
        const names = ['ADMIN', 'AI', 'ASSETS', 'BUCKET', 'COLOR', 'COUNTER', 'DB', 'JOBS', 'KV'];
        assert.deepEqual(await app.json('/names'), [...names, 'OTHER', 'SELF']);
    });
}

for (const runtime of ['node', 'workerd']) {
    test(`${runtime}: a cron trigger comes when asked for, and caches keep nothing`, async (t) => {
        const app = await start(t, runtime, folder(t, DISK), FILES);
        const cron = encodeURIComponent('*/5 * * * *');
        const answer = await app.ask(`/cdn-cgi/handler/scheduled?cron=${cron}&time=1000`);
        assert.equal(await answer.text(), 'ok');
        assert.deepEqual(await app.json('/seen'), [['*/5 * * * *', 1000, 'blue']]);
        assert.deepEqual(await app.json('/cache'), ['none', false]);
    });

    test(`${runtime}: a service that is an environment is served by its entry`, async (t) => {
        const files = (version) => ({
            'other:/entry.mjs': lines(
                'import { seen } from "pinned:seen";',
                'export default { fetch: (r, env) => {',
                '    seen.push(env.COLOR);',
                `    return Response.json([${version}, new URL(r.url).pathname]);`,
                '} };',
            ),
        });
        const more = { environments: { other: 'other:/entry.mjs', third: 'third:/entry.mjs' } };
        const all = { ...FILES, ...files(1) };
        const app = await start(t, runtime, folder(t, DISK), all, more);
        assert.deepEqual(await app.json('/other'), [1, '/']);
        await app.edit(files(2));
        assert.deepEqual(await app.json('/other'), [2, '/']);
        const first = await app.json('/other', { generation: 1 });
        assert.deepEqual(first, [1, '/'], 'the caller counts');
        assert.deepEqual(await app.json('/seen'), ['blue', 'blue', 'blue']);
        const notice = /no request reaches the environment third: bind it .*import\("third:/;
        assert.match(app.output.join('\n'), notice);
        assert.doesNotMatch(app.output.join('\n'), /OTHER/);
    });
}

test('on Node, Durable Objects, KV, D1, R2 and HTMLRewriter say that workerd has them', async (t) => {
    const app = await start(t, 'node', folder(t, DISK), FILES);
    for (const path of ['/up', '/kv', '/db', '/send', '/bucket']) {
        const { error } = await (await app.ask(path)).json();
        assert.match(error.message, /^env\.\w+ .* is not there on Node: .*--runtime workerd$/);
    }
    const { error } = await (await app.ask('/rewrite')).json();
    assert.match(error.message, /^'HTMLRewriter' is part .* not available on Node.*--runtime workerd/);
});
