/* `rwgraph dev` and its server runtime, on projects in temporary folders. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dev, project } from '../dev/harness.mjs';

const HTML = { accept: 'text/html' };
const WORKER = 'export default { fetch: () => new Response(typeof WebSocketPair) };\n';
const WRANGLER = { 'wrangler.jsonc': '{ "name": "app", "main": "src/worker.ts" }' };

/** The server on a worker that a wrangler file names, unless rwgraph.json does. */
async function open(t, files, args = []) {
    const more = files['rwgraph.json'] ? {} : WRANGLER;
    return Dev.start(await project(t, { 'src/worker.ts': WORKER, ...more, ...files }), args);
}

test('the terminal says which runtime it is and why, and how to get the other', async (t) => {
    const dev = await open(t, {});
    await dev.line(/^server environments run in Node: wrangler\.jsonc .* but not workerd: add/);
    assert.match((await dev.answers('/', 200)).body, /undefined/);
    const asked = await open(t, {}, ['--runtime', 'node']);
    await asked.line(/^server environments run in Node: --runtime node$/);
});

test('an app in an endless loop is started again, and one that only waits is not', async (t) => {
    const dev = await open(
        t,
        {
            'src/worker.ts': `const born = crypto.randomUUID();
                const routes: Record<string, () => unknown> = {
                    '/born': () => born,
                    '/wait': () => new Promise(() => {}),
                    '/loop': () => { for (;;) {} },
                };
                export default {
                    async fetch(request: Request): Promise<Response> {
                        return Response.json(await routes[new URL(request.url).pathname]());
                    },
                };`,
        },
        ['--runtime', 'node', '--timeout', '2000'],
    );
    const first = (await dev.answers('/born', 200)).body;
    const waiting = await dev.get('/wait', HTML);
    assert.equal(waiting.status, 504);
    assert.match(waiting.body, /does not answer/);
    assert.equal((await dev.answers('/born', 200)).body, first);
    assert.equal((await dev.get('/loop', HTML)).status, 504);
    await dev.line(/the server runtime does not answer: it begins anew/);
    assert.notEqual((await dev.answers('/born', 200)).body, first);
});

test('each environment with an entry has its handler, by a service of its name', async (t) => {
    const dev = await open(t, {
        'rwgraph.json': `{ "environments": {
            "client": { "onlyEntries": true }, "ssr": { "onlyEntries": true },
            "worker": { "entries": ["src/worker.ts"] },
            "mail": { "role": "plain", "entries": ["src/mail.ts"] },
            "idle": { "role": "plain", "entries": ["src/idle.ts"] } } }`,
        'wrangler.toml': 'name = "app"\n[[services]]\nbinding = "MAIL"\nservice = "mail"\n',
        'src/mail.ts': 'export default { fetch: () => new Response("a mail") };\n',
        'src/idle.ts': 'export default { fetch: () => new Response("idle") };\n',
        'src/worker.ts': `interface Env { MAIL: { fetch(url: string): Promise<Response> } }
            export default { fetch: (r: Request, env: Env) => env.MAIL.fetch('http://mail/') };`,
    });
    await dev.line(/no request reaches the environment idle: .*import\("idle:\/src\/idle\.ts"\)/);
    assert.match((await dev.answers('/', 200)).body, /a mail/);
    await dev.write({ 'src/mail.ts': 'export default { fetch: () => new Response("again") };\n' });
    await dev.line(/src\/mail\.ts: generation 2/);
    assert.match((await dev.get('/')).body, /again/);
});

test('an external package is loaded by Node itself, once for all generations', async (t) => {
    const worker = (version) => `import { count } from 'outside';
        import { kind } from 'outside-too';
        export default { fetch: () => new Response(\`v${version} \${count()} \${kind}\`) };`;
    const dev = await open(t, {
        'rwgraph.json': `{ "environments": {
            "client": { "onlyEntries": true }, "ssr": { "onlyEntries": true },
            "worker": { "entries": ["src/worker.ts"], "externals": ["outside", "outside-too"] } } }`,
        'node_modules/outside-too/package.json':
            '{ "name": "outside-too", "type": "module", "exports": { "import": "./only.js" } }',
        'node_modules/outside-too/only.js': 'export const kind = "esm";\n',
        'node_modules/outside/package.json': '{ "name": "outside", "main": "index.cjs" }',
        'node_modules/outside/index.cjs': 'let n = 0; exports.count = () => ++n;\n',
        'src/worker.ts': worker(1),
    });
    assert.match((await dev.answers('/', 200)).body, /v1 1 esm/);
    await dev.write({ 'src/worker.ts': worker(2) });
    await dev.line(/src\/worker\.ts: generation 2/);
    assert.match((await dev.get('/')).body, /v2 2 esm/);
});

for (const [what, pin] of [
    ['a package', 'state-of-mine'],
    ['a file of a package', './node_modules/state-of-mine/index.js'],
]) {
    test(`${what} that is pinned keeps its instance`, async (t) => {
        const worker = (version) => `import { count } from 'state-of-mine';
            export default { fetch: () => new Response(\`v${version} \${count()}\`) };`;
        const dev = await open(t, {
            'rwgraph.json': `{ "pinned": ["${pin}"], "environments": {
                "client": { "onlyEntries": true }, "ssr": { "onlyEntries": true },
                "worker": { "entries": ["src/worker.ts"] } } }`,
            'node_modules/state-of-mine/package.json':
                '{ "name": "state-of-mine", "type": "module" }',
            'node_modules/state-of-mine/index.js': 'let n = 0; export const count = () => ++n;\n',
            'src/worker.ts': worker(1),
        });
        assert.match((await dev.answers('/', 200)).body, /v1 1/);
        await dev.write({ 'src/worker.ts': worker(2) });
        await dev.line(/src\/worker\.ts: generation 2/);
        assert.match((await dev.get('/')).body, /v2 2/);
    });
}

test('import.meta.hot hands data over to the next version of a server module', async (t) => {
    const worker = (version) => `const hot = (import.meta as any).hot;
        const before = hot.data.count ?? 0;
        hot.dispose((data: any) => { data.count = before + 1; });
        export default { fetch: () => new Response('v${version} ' + before) };`;
    const dev = await open(t, { 'src/worker.ts': worker(1) }, ['--runtime', 'node']);
    assert.match((await dev.answers('/', 200)).body, /v1 0/);
    for (const version of [2, 3]) {
        await dev.write({ 'src/worker.ts': worker(version) });
        await dev.line(new RegExp(`src/worker\\.ts: generation ${version}`));
        assert.match((await dev.get('/')).body, new RegExp(`v${version} ${version - 1}`));
    }
});

test('a page that hears of an edit gets it from the app, each time', async (t) => {
    const dev = await open(
        t,
        {
            'rwgraph.json': `{ "environments": {
                "client": { "entries": ["src/client.ts"], "onlyEntries": true },
                "ssr": { "onlyEntries": true }, "worker": { "entries": ["src/worker.ts"] } } }`,
            'src/shared.ts': 'export const n: number = 0;\n',
            'src/client.ts': `import { n } from './shared';
                document.title = \`\${n}\`;
                import.meta.hot.accept();`,
            'src/worker.ts': `import { n } from './shared';
                export default { fetch: () => new Response(\`n is \${n};\`) };`,
        },
        ['--runtime', 'node'],
    );
    assert.match((await dev.answers('/', 200)).body, /n is 0;/);
    await dev.text('/src/client.ts');
    await dev.text('/src/shared.ts');
    const page = await dev.page(t);
    for (let n = 1; n <= 20; n++) {
        await dev.write({ 'src/shared.ts': `export const n: number = ${n};\n` });
        // For what it imports itself, and for what the worker renders.
        for (const expected of ['update', 'custom']) {
            assert.equal((await page.next()).type, expected);
            assert.match((await dev.get('/')).body, new RegExp(`n is ${n};`), 'law 6');
        }
    }
});
