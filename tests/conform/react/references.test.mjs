/*
 * "use client" and "use server" under React's own server packages, without a framework between: an
 * application whose modules export in every form is built, and what React makes of it is looked at
 * in its three places. React-server renders it to a payload, ssr renders that to HTML, and the
 * client bundle, loaded here in place of a browser, reads the payload and calls the actions.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { Server } from '../../playground/harness.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAM = process.env.RWGRAPH_BIN;
const run = promisify(execFile);

/** A copy of the application in a folder of its own. */
async function copyApp() {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-react-'));
    for (const entry of ['src', 'package.json', 'rwgraph.json', 'tsconfig.json']) {
        await fs.cp(path.join(HERE, 'app', entry), path.join(root, entry), { recursive: true });
    }
    await fs.symlink(path.join(HERE, 'node_modules'), path.join(root, 'node_modules'));
    return root;
}

let root;
let worker; // fetch(request) of react-server
let client; // what src/client.tsx gives

/** Calls a server function as a browser would, over the worker's HTTP. */
async function callServer(id, args) {
    const body = await client.encodeReply(args);
    const url = `http://app/call?id=${encodeURIComponent(id)}`;
    const response = await worker(new Request(url, { method: 'POST', body }));
    const { value, message } = await client.read(response.body);
    if (message) {
        throw new Error(message);
    }
    return value;
}

before(async () => {
    root = await copyApp();
    await run(PROGRAM, ['build', root]);
    const load = (file) => import(pathToFileURL(path.join(root, 'dist', file)));
    const handler = (await load('server/index.js')).default;
    worker = (request) => handler.fetch(request, {}, {});
    const assets = await fs.readdir(path.join(root, 'dist/client/assets'));
    await load(`client/assets/${assets.find((name) => /^client-.*\.js$/.test(name))}`);
    client = globalThis.__client;
    globalThis.__rsc_callServer = callServer;
});

after(() => fs.rm(root, { recursive: true, force: true }));

const get = (where) => worker(new Request(`http://app${where}`));
const flight = async (page) => (await get(`/flight?page=${page}`)).text();
const html = async (page) => (await get(`/html?page=${page}`)).text();
const read = async (page) => client.read((await get(`/flight?page=${page}`)).body);
const italics = (text) => [...text.matchAll(/<i>(.*?)<\/i>/g)].map((match) => match[1]);

const SHOWN = [
    'Fn',
    'Class',
    'Arrow',
    'Second',
    'Destructured',
    'Nested',
    'Other',
    'Local',
    'Local',
    'Live',
    'Var',
    'Memo',
    'Forward',
    'Lazy',
    'Hidden',
    'Star',
    'Other',
    'OtherDefault',
    'Default',
];

describe('a module that says "use client"', () => {
    test('has one reference for each export of every form, and none for types', async () => {
        const names = JSON.parse((await flight('names')).replace(/^0:/, ''));
        assert.deepEqual(names, [
            'Arrow',
            'Class',
            'Color',
            'Destructured',
            'Fn',
            'Forward',
            'Hidden',
            'Imported',
            'Lazy',
            'Live',
            'Memo',
            'Nested',
            'ReDefault',
            'ReExported',
            'Renamed',
            'Second',
            'Space',
            'Star',
            'Var',
            'default',
            'rest',
            'string name',
            'value',
        ]);
    });

    test('is named in the payload by its id and the export', async () => {
        const rows = (await flight('forms')).split('\n').filter((row) => /^\w+:I/.test(row));
        const named = rows.map((row) => JSON.parse(row.replace(/^\w+:I/, '')).slice(0, 3));
        const expected = ['Fn', 'Class', 'Hidden', 'string name', 'default', 'Star', 'ReDefault'];
        for (const name of expected) {
            const row = ['client:/src/client/forms.tsx', [], name];
            assert.ok(
                named.some((have) => JSON.stringify(have) === JSON.stringify(row)),
                name,
            );
        }
    });

    test('is rendered by ssr from its references', async () => {
        assert.deepEqual(italics(await html('forms')), SHOWN);
        const forms = ['arrow', 'call', 'class', 'arrow', 'list', 'named'];
        assert.deepEqual(italics(await html('defaults')), forms);
    });

    test('is what the client loads for a reference', async () => {
        const forms = await client.load('/src/client/forms.tsx');
        const elements = await read('forms');
        assert.equal(elements.length, SHOWN.length);
        for (const element of elements) {
            const of = element.type._payload ?? element.type;
            const type = typeof of === 'function' || !of.then ? of : await of;
            assert.ok(Object.values(forms).includes(type.value ?? type), element.key);
        }
    });

    test('gives values that are no components as props', async () => {
        const [shown] = /data-value="(.*?)"/.exec(await html('values')).slice(1);
        const [color, value, rest] = JSON.parse(shown.replaceAll('&quot;', '"'));
        assert.deepEqual([color, value, rest], [{ Red: 'red' }, { deep: [1, 'two'] }, {}]);
    });

    test('cannot be called by react-server, which says whose function it is', async () => {
        const response = get('/flight?page=called');
        await assert.rejects(response, /call Fn\(\) of \/src\/client\/forms\.tsx from the server/);
    });
});

const RESULTS = {
    declared: 'declared x',
    sync: 'sync',
    arrow: ['x'],
    expression: 'expression',
    destructured: 'destructured',
    nested: 'nested',
    wrapped: 'wrapped call',
    renamed: 'local',
    'string name': 'local',
    imported: 'plain x',
    live: 'live',
    own: 'own',
    more: 'more',
    revealed: 'hidden by the other module’s own',
    reexported: 'plain x',
    plainDefault: 'plain default',
    star: 'star',
    viaPlain: 'plain x',
};

describe('a module that says "use server"', () => {
    test('has functions of every form that clients call by name', async () => {
        for (const [name, result] of Object.entries(RESULTS)) {
            assert.deepEqual(await client.actions[name]('x'), result, name);
        }
        for (const [name, action] of Object.entries(client.defaults)) {
            const shown = name === 'from' ? 'plain default' : `default ${name}`;
            assert.equal(await action(), shown);
        }
    });

    test('has functions of every form that react-server passes on', async () => {
        const actions = await read('actions');
        for (const [name, result] of Object.entries(RESULTS)) {
            assert.deepEqual(await actions[name]('x'), result, name);
        }
        for (const [name, action] of Object.entries(await read('defaultActions'))) {
            const shown = name === 'from' ? 'plain default' : `default ${name}`;
            assert.equal(await action(), shown);
        }
    });

    test('names its functions by id and export, and those of other server modules by theirs', async () => {
        const text = await flight('actions');
        for (const id of [
            'forms.ts#declared',
            'forms.ts#string name',
            'forms.ts#plainDefault',
            'more.ts#more',
        ]) {
            assert.ok(text.includes(`"id":"/src/server/${id}"`), `${id} in ${text}`);
        }
        assert.ok(!text.includes('forms.ts#more'));
    });

    test('gives what functions return, also many values and other functions', async () => {
        const values = [];
        for await (const value of await client.actions.generated()) {
            values.push(value);
        }
        assert.deepEqual(values, [1, 2]);
        const given = await client.actions.give();
        assert.equal(await given('again'), 'declared again');
    });

    test('keeps arguments that were bound, and takes references as arguments', async () => {
        const { add } = await read('bound');
        assert.deepEqual(await add(2), { sum: 42 });
        const form = new FormData();
        form.set('n', '3');
        assert.deepEqual(await add(form), { sum: 43 });
        assert.equal(await client.actions.apply(client.actions.declared), 'applied declared x');
    });

    test('works in forms without JavaScript', async () => {
        const text = await html('form');
        const form = new FormData();
        for (const [, tag] of text.matchAll(/<input ([^>]*)>/g)) {
            const attribute = (name) =>
                new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1].replaceAll('&quot;', '"') ?? '';
            form.set(attribute('name'), attribute('value'));
        }
        assert.ok(
            [...form.keys()].some((key) => key.startsWith('$ACTION_')),
            text,
        );
        const response = await worker(
            new Request('http://app/form', { method: 'POST', body: form }),
        );
        assert.deepEqual(await response.json(), { sum: 42 });
    });

    test('says what failed', async () => {
        await assert.rejects(client.actions.fails(), /this action fails/);
    });

    test('has classes and constants for its own side, and refuses them elsewhere by name', async () => {
        assert.match(
            await flight('actions'),
            /"LIMIT":5,.*"refused":"function"|"refused":"function".*"LIMIT":5/,
        );
        const refusal = /"Refused" of \/src\/server\/forms\.ts cannot be used here/;
        assert.throws(() => new client.actions.Refused(), refusal);
        assert.throws(() => client.actions.Refused.x, refusal);
        assert.throws(() => client.actions.LIMIT + 1, /"LIMIT" of /);
    });

    test('tells how a query is called', async () => {
        const called = [];
        globalThis.__rsc_callServer = (...call) => called.push(call);
        for (const name of ['query', 'posted', 'action', 'got', 'neither']) {
            client.queries[name](name);
        }
        globalThis.__rsc_callServer = callServer;
        assert.deepEqual(called, [
            ['/src/server/wrapped.ts#query', ['query'], 'query', 'GET'],
            ['/src/server/wrapped.ts#posted', ['posted'], 'query', 'POST'],
            ['/src/server/wrapped.ts#action', ['action'], 'action', 'POST'],
            ['/src/server/wrapped.ts#got', ['got'], 'action', 'GET'],
            ['/src/server/wrapped.ts#neither', ['neither']],
        ]);
    });
});

test('a function that no server module exports is refused by React, and is not called', async () => {
    const [message] = await (await get('/error?page=unregistered')).json();
    assert.match(
        message,
        /Functions cannot be passed directly to Client Components|Minified React error/,
    );
});

test('under dev the same application renders, and its actions run', async () => {
    const copy = await copyApp();
    const server = await Server.start(PROGRAM, ['dev', '--any-port', '--runtime', 'node', copy]);
    try {
        const text = await (await fetch(`${server.url}/html?page=forms`)).text();
        assert.deepEqual(italics(text), SHOWN);
        const url = `${server.url}/call?id=${encodeURIComponent('/src/server/forms.ts#declared')}`;
        const headers = { origin: server.url };
        const response = await fetch(url, { method: 'POST', body: '["dev"]', headers });
        assert.match(await response.text(), /"declared dev"/);
        const stub = await (await fetch(`${server.url}/src/server/forms.ts`)).text();
        assert.match(stub, /\("\/src\/server\/forms\.ts" \+ "#" \+ "declared", /);
        assert.doesNotMatch(stub, /this action fails/);
        const page = path.join(copy, 'src/pages.tsx');
        const source = await fs.readFile(page, 'utf8');
        const told = server.line(/"use server" inside of a function makes no server function here/);
        await fs.writeFile(page, source.replace('async () => 1', "async () => { 'use server'; }"));
        assert.ok(await told);
    } finally {
        await server.stop();
        await fs.rm(copy, { recursive: true, force: true });
    }
});
