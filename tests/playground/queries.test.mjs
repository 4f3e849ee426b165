/*
 * References to server functions under the real RedwoodSDK: what they are told about how they are
 * called is what RedwoodSDK's own Vite plugin tells them, and by that they reach their functions.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { App, startDev } from './harness.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PLUGIN = 'requestInfo/node_modules/rwsdk/dist/vite/transformServerFunctions.mjs';

// In the forms that the plugin reads as well; types are gone when it reads.
const FUNCTIONS = `"use server";
import { serverAction, serverQuery } from "rwsdk/worker";
export const query = serverQuery(async () => "query");
export const posted = serverQuery(async () => "posted", { method: "POST" });
export const guarded = serverQuery([async () => {}, async (a) => "guarded " + a]);
export const action = serverAction(async (a) => "action " + a);
export async function plain(a) {
    return "plain " + a;
}
export const arrow = async () => "arrow";
const listed = async () => "listed";
export { listed };
`;

// What the plugin misses: see the test that says so.
const MORE = `"use server";
import { serverAction as act, serverQuery as ask } from "rwsdk/worker";
const late = ask(async (): Promise<string> => "late");
export { late, late as again };
export const got = act<[string], string>(async (a: string) => "got " + a, { method: "GET" });
export default ask(async () => "default");
`;

let app;
let server;

before(async () => {
    app = await App.copy('requestInfo');
    await fs.writeFile(path.join(app.root, 'src/app/functions.ts'), FUNCTIONS);
    await fs.writeFile(path.join(app.root, 'src/app/more.ts'), MORE);
    await app.edit(
        'src/app/Counter.tsx',
        (text) => `${text}\nimport './functions';\nimport './more';\n`,
    );
    server = await startDev(app);
});

after(async () => {
    await server?.stop();
    await app?.remove();
});

/** The arguments of each createServerReference, by exported name. */
function references(code) {
    const made = new Map();
    const names = new Map(
        [...code.matchAll(/export \{ (\w+) as (\w+) \}/g)].map((m) => [m[1], m[2]]),
    );
    const calls =
        /(?:const|export let|export default)\s*(\w*)(?: = | )?(?:__rwg_make|createServerReference)\((.*)\);/g;
    for (const [, local, args] of code.matchAll(calls)) {
        const name = local ? (names.get(local) ?? local) : 'default';
        made.set(name, JSON.parse(`[${args}]`));
    }
    return Object.fromEntries([...made].sort());
}

const stub = async (file) =>
    references(await (await fetch(`${server.url}/src/app/${file}`)).text());

/** What the worker answers to the browser's call. */
async function call(id, args, method) {
    const url = new URL(server.url);
    url.searchParams.set('__rsc', '');
    url.searchParams.set('__rsc_action_id', id);
    const body = JSON.stringify(args);
    if (method === 'GET') {
        url.searchParams.set('args', body);
    }
    const headers = { origin: server.url };
    const response = await fetch(url, method === 'GET' ? { headers } : { method, headers, body });
    const text = await response.text();
    const result = /"actionResult":"(.*?)"/.exec(text)?.[1];
    return { status: response.status, result, refused: /not allowed for this action/.test(text) };
}

test('they are told what RedwoodSDK’s own plugin tells them', async () => {
    const { transformServerFunctions } = await import(path.join(HERE, PLUGIN));
    const id = '/src/app/functions.ts';
    const theirs = references(
        transformServerFunctions(FUNCTIONS, id, 'client', new Set([id])).code,
    );
    assert.deepEqual(Object.keys(theirs), [
        'action',
        'arrow',
        'guarded',
        'listed',
        'plain',
        'posted',
        'query',
    ]);
    assert.deepEqual(await stub('functions.ts'), theirs);
});

test('they are told so in forms that the plugin does not read', async () => {
    const id = '/src/app/more.ts';
    assert.deepEqual(await stub('more.ts'), {
        again: [id, 'again', 'GET', 'query'],
        default: [id, 'default', 'GET', 'query'],
        got: [id, 'got', 'GET'],
        late: [id, 'late', 'GET', 'query'],
    });
});

test('each function answers to the method that its reference names, and to no other', async () => {
    const all = [
        ...Object.values(await stub('functions.ts')),
        ...Object.values(await stub('more.ts')),
    ];
    assert.equal(all.length, 11);
    for (const [file, name, method = 'POST'] of all) {
        const id = `${file}#${name}`;
        const right = await call(id, ['x'], method);
        assert.equal(right.status, 200, id);
        assert.equal(right.result.split(' ')[0], name === 'again' ? 'late' : name);
        const wrong = await call(id, ['x'], method === 'GET' ? 'POST' : 'GET');
        assert.ok(wrong.refused || wrong.status === 405 || !wrong.result, id);
    }
});

test('an edit inside of a query leaves its reference alone, another method does not', async () => {
    const before = await stub('functions.ts');
    await app.edit('src/app/functions.ts', (text) =>
        text.replace('async () => "query"', 'async () => "other"'),
    );
    await app.edit('src/app/more.ts', (text) =>
        text.replace('{ method: "GET" }', '{ method: "POST" }'),
    );
    let more;
    do {
        more = await stub('more.ts');
    } while (more.got[2] !== 'POST');
    assert.deepEqual(await stub('functions.ts'), before);
});

test('an edit of a function that was called before, and of a component that was rendered, is seen', async () => {
    const query = async () => (await call('/src/app/functions.ts#query', [], 'GET')).result;
    const page = async () => (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
    const edited = async (file, ...replaced) => {
        const told = server.line(new RegExp(`${file}: generation`));
        await app.edit(file, (text) => text.replace(...replaced));
        await told;
    };
    const before = await query();
    assert.doesNotMatch(await page(), /edited component/);
    await edited('src/app/functions.ts', `"${before}"`, '"edited query"');
    assert.equal(await query(), 'edited query');
    await edited('src/app/Counter.tsx', '<p>', '<p title="edited component">');
    assert.match(await page(), /edited component/);
});
