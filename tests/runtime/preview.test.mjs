import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
