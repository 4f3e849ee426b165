import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PREVIEW = fileURLToPath(new URL('../../bundler/runtime/preview.mjs', import.meta.url));

test('a built worker is served, with its variables, cookies and waitUntil', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rwgraph-preview-'));
    const file = join(folder, 'index.mjs');
    writeFileSync(join(folder, '.dev.vars'), 'NAME=value\n');
    writeFileSync(
        file,
        `import { env, waitUntil, WorkerEntrypoint } from 'cloudflare:workers';
        let later = 0;
        export default class extends WorkerEntrypoint {
            fetch(request) {
                waitUntil(Promise.resolve().then(() => later++));
                const same = env === this.env;
                const { pathname } = new URL(request.url);
                const headers = { 'set-cookie': 'a=1' };
                return Response.json([env.NAME, same, pathname, later], { headers });
            }
        }`,
    );
    const vars = { RWGRAPH_DEV_VARS: join(folder, '.dev.vars') };
    const child = spawn(process.execPath, [PREVIEW, file], { env: { ...process.env, ...vars } });
    try {
        const [line] = await once(child.stdout, 'data');
        const url = `http://127.0.0.1:${JSON.parse(line).listening}/page`;
        const first = await fetch(url);
        assert.deepEqual(await first.json(), ['value', true, '/page', 0]);
        assert.deepEqual(first.headers.getSetCookie(), ['a=1']);
        assert.equal((await (await fetch(url)).json())[3], 1);
    } finally {
        const exited = once(child, 'exit');
        child.kill();
        await exited;
        rmSync(folder, { recursive: true });
    }
});

test('a built worker has what the wrangler file of its project gives', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rwgraph-preview-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const write = (name, text) => {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
    };
    write('.dev.vars', 'SECRET=secret\n');
    write('dist/client/a.txt', 'an asset');
    write(
        'wrangler.jsonc',
        `{ // what the project says
            "name": "app", "vars": { "COLOR": "blue", "LIST": [1] },
            "services": [{ "binding": "SELF", "service": "app" }],
            "assets": { "binding": "ASSETS" },
            "kv_namespaces": [{ "binding": "KV", "id": "1" }],
        }`,
    );
    write(
        'dist/server/index.mjs',
        `export default { async fetch(request, env) {
            if (new URL(request.url).pathname === '/self') return new Response('self');
            const self = await (await env.SELF.fetch('http://x/self')).text();
            const asset = await (await env.ASSETS.fetch('http://x/a.txt')).text();
            const kv = await Promise.resolve().then(() => env.KV.get('x')).catch((e) => e.message);
            const { COLOR, LIST, SECRET } = env;
            return Response.json({ COLOR, LIST, SECRET, self, asset, kv });
        } };`,
    );
    const child = spawn(process.execPath, [PREVIEW, join(folder, 'dist/server/index.mjs')], {
        cwd: folder,
    });
    t.after(() => child.kill());
    const [line] = await once(child.stdout, 'data');
    const answer = await fetch(`http://127.0.0.1:${JSON.parse(line).listening}/`);
    const { kv, ...rest } = await answer.json();
    assert.deepEqual(rest, {
        COLOR: 'blue',
        LIST: [1],
        SECRET: 'secret',
        self: 'self',
        asset: 'an asset',
    });
    assert.match(kv, /^env\.KV \(kv_namespaces in the wrangler file\) is not there in rwgraph preview/);
});
