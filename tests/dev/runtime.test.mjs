/* The app in its runtime: what a page gets when the app fails, ends or hangs, and that it comes back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dev, project } from './harness.mjs';

const HTML = { accept: 'text/html' };

/** A worker whose fetch does this. */
const worker = (body) => `interface Env { NAME: string }

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        ${body}
    },
};
`;

async function open(t, body, args = []) {
    const root = await project(t, {
        'wrangler.jsonc': '{ "name": "app", "main": "src/worker.ts" }',
        'src/worker.ts': worker(body),
        'src/name.ts': "export const name: string = 'first';\n",
    });
    return Dev.start(root, args);
}

test('an answer is of the newest text that was saved', async (t) => {
    const dev = await open(t, "return new Response('one');");
    assert.match((await dev.answers('/', 200)).body, /one/);
    await dev.write({ 'src/worker.ts': worker("return new Response('two');") });
    await dev.line(/src\/worker\.ts: generation 2/);
    assert.match((await dev.get('/')).body, /two/);
});

test('an error of the app is a page with the place in the source', async (t) => {
    const dev = await open(t, "throw new TypeError('it <fails>');");
    const page = await dev.answers('/', 500, HTML);
    assert.match(page.head, /^content-type: text\/html/im);
    assert.match(page.body, /it &lt;fails&gt;/);
    assert.match(page.body, /src\/worker\.ts:5:\d+/);
    assert.doesNotMatch(page.body, /it <fails>/);
    const { body } = await dev.get('/', { accept: 'application/json' });
    const { error } = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));
    assert.equal(error.name, 'TypeError');
    assert.equal(error.line, 5);
    await dev.write({ 'src/worker.ts': worker("return new Response('mended');") });
    assert.match((await dev.answers('/', 200)).body, /mended/);
});

test('an app with a mistake in its text says so, and works when that is mended', async (t) => {
    const dev = await open(t, 'return new Response((;');
    const page = await dev.answers('/', 500, HTML);
    assert.match(page.body, /src\/worker\.ts/);
    await dev.write({ 'src/worker.ts': worker("return new Response('mended');") });
    assert.match((await dev.answers('/', 200)).body, /mended/);
});

test('an app that ends its process gets an error page, and comes back with the next edit', async (t) => {
    const dev = await open(t, "process.exit(3);\n        return new Response('');");
    const page = await dev.get('/', HTML);
    assert.ok([502, 503].includes(page.status), page.head);
    assert.match(page.body, /server runtime ended/);
    await dev.line(/the server runtime ended with code 3/);
    await dev.write({ 'src/worker.ts': worker("return new Response('back');") });
    assert.match((await dev.answers('/', 200)).body, /back/);
});

test('an app in an endless loop gets an error page after its time, and comes back with the next edit', async (t) => {
    const loop = "for (;;) {}\n        return new Response('');";
    const dev = await open(t, "return new Response('well');", ['--timeout', '300']);
    await dev.answers('/', 200);
    await dev.write({ 'src/worker.ts': worker(loop) });
    await dev.line(/src\/worker\.ts: generation 2/);
    const page = await dev.get('/', HTML);
    assert.equal(page.status, 504);
    assert.match(page.body, /does not answer/);
    await dev.write({ 'src/worker.ts': worker("return new Response('back');") });
    assert.match((await dev.answers('/', 200)).body, /back/);
});

test('an import that is missing fails its request, and is mended by the file alone', async (t) => {
    const dev = await open(t, "return new Response((await import('./later.ts')).text);");
    assert.match((await dev.answers('/', 500)).body, /later\.ts/);
    await dev.write({ 'src/later.ts': "export const text: string = 'late';\n" });
    assert.match((await dev.answers('/', 200)).body, /late/);
});

test('a change of the configuration begins anew on the same port, the app too', async (t) => {
    const dev = await open(t, 'return new Response(env.NAME);');
    await dev.write({ '.dev.vars': 'NAME=from-vars\n' });
    await dev.line(/\.dev\.vars changed: the server begins anew/);
    const [, port] = await dev.line(/localhost:(\d+)/);
    assert.equal(Number(port), dev.port);
    assert.match((await dev.answers('/', 200)).body, /from-vars/);
});

test('any pinned file keeps its instance through edits of others, and its own edit begins anew', async (t) => {
    const root = await project(t, {
        'rwgraph.json': `{
            "environments": { "worker": { "entries": ["src/worker.ts"] }, "client": { "onlyEntries": true },
                "ssr": { "onlyEntries": true } },
            "pinned": ["./src/state.ts"] }`,
        'src/state.ts': 'export const state = { count: 0 };\n',
        'src/worker.ts': `import { state } from './state';
            export default { fetch: () => new Response(\`one \${++state.count}\`) };`,
    });
    const dev = await Dev.start(root);
    assert.match((await dev.answers('/', 200)).body, /one 1/);
    await dev.write({
        'src/worker.ts': `import { state } from './state';
            export default { fetch: () => new Response(\`two \${++state.count}\`) };`,
    });
    await dev.line(/src\/worker\.ts: generation 2/);
    assert.match((await dev.get('/')).body, /two 2/);
    await dev.write({ 'src/state.ts': 'export const state = { count: 100 };\n' });
    await dev.line(/a pinned module changed/);
    assert.match((await dev.answers('/', 200)).body, /two 101/);
});
