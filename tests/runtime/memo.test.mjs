/*
 * What RedwoodSDK keeps by id, across generations: modules that it has found are those of the
 * generation that asks.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NodeHost } from '../../bundler/runtime/nodehost.mjs';
import { DevServer } from './devserver.mjs';
import { lines } from './program.mjs';

const ENTRY = 'worker:/entry.mjs';
const LOOKUP = 'worker:lookup-server:/actions.mjs';
const APP = {
    'worker:/rwsdk/dist/runtime/lib/memoizeOnId.js':
        'export const memoizeOnId = () => { throw new Error("this one keeps things for ever"); };',
    [ENTRY]: lines(
        'import { memoizeOnId } from "./rwsdk/dist/runtime/lib/memoizeOnId.js";',
        'let calls = 0;',
        'const find = memoizeOnId(async (id) => { calls++; return (await import(id)).value; });',
        `export const id = ${JSON.stringify(LOOKUP)};`,
        'const answer = async () => ({ value: await find(id), same: find(id) === find(id), calls });',
        'export default { fetch: answer };',
    ),
    [LOOKUP]: 'export const value = 1;',
};
const edit = (value) => ({ [LOOKUP]: `export const value = ${value};` });

function start() {
    const server = new DevServer();
    const generation = server.commit(APP);
    const { fetchModules } = server;
    const host = new NodeHost({ entry: ENTRY, generation, env: {}, fetchModules });
    const serve = (number) => {
        const context = { generation: number, closed: false, waitUntil() {} };
        return host.requests.run(context, async () =>
            (await host.importEntry(number)).default.fetch(),
        );
    };
    const switchTo = (number, live = [number]) => host.loader.switchTo(number, live);
    return { server, serve, switchTo };
}

test('a module that was found by id is looked for again in the next generation', async () => {
    const { server, serve, switchTo } = start();
    assert.deepEqual(await serve(1), { value: 1, same: true, calls: 1 });
    assert.deepEqual(await serve(1), { value: 1, same: true, calls: 1 });
    await switchTo(server.commit(edit(2)));
    assert.deepEqual(await serve(2), { value: 2, same: true, calls: 2 });
});

test('what could not be found is looked for again', async () => {
    const { serve, server } = start();
    server.commit({ [LOOKUP]: "if (!globalThis.isUp) { throw new Error('down'); }\nexport const value = 1;" });
    await assert.rejects(serve(2), /down/);
    globalThis.isUp = true;
    assert.equal((await serve(2)).value, 1);
    delete globalThis.isUp;
});

test('a request of an older generation finds what its generation has', async () => {
    const { server, serve, switchTo } = start();
    await serve(1);
    await switchTo(server.commit(edit(2)), [1, 2]);
    assert.equal((await serve(2)).value, 2);
    assert.equal((await serve(1)).value, 1);
    assert.equal((await serve(2)).value, 2);
});

test('what was looked up lately comes with the entry of the next generation', async () => {
    const { server, serve, switchTo } = start();
    await serve(1);
    const before = server.requests.length;
    await switchTo(server.commit(edit(2)));
    assert.deepEqual(
        server.requests.slice(before).map(({ entries }) => entries),
        [[ENTRY, LOOKUP]],
    );
    await serve(2);
    assert.equal(server.requests.length, before + 1);
});

test('a lookup that nobody asks for any more is forgotten', async () => {
    const { server, serve, switchTo } = start();
    await serve(1);
    for (let i = 0; i < 17; i++) {
        await switchTo(server.commit(edit(i + 2)));
    }
    assert.deepEqual(server.requests.at(-1).entries, [ENTRY]);
});
