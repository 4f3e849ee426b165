/*
 * Discovery is additive: a package that is found later changes no byte and no URL of what is there,
 * whatever the order, and reloads nothing.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { WebSocket } from 'ws';

import { artifactsOf, browserProject, crawl, HERE, Project } from './harness.mjs';

const ACCEPT = 'import.meta.hot.accept();\n';

const mainOf = (specifiers) =>
    specifiers
        .map((name, index) => `import * as m${index} from ${JSON.stringify(name)};\n`)
        .join('') + `window.found = [${specifiers.map((_, index) => `m${index}`)}];\n${ACCEPT}`;

/** Runs with a project and removes it afterwards. */
async function withProject(files, run) {
    const project = await Project.make(files);
    try {
        await run(project);
    } finally {
        await project.remove();
    }
}

/** Puts another main module in its place, at once, and waits until the server has made a generation of it. */
async function edit(project, server, specifiers) {
    const seen = server.line(/generation \d+/);
    await project.write({ 'main.next': mainOf(specifiers) });
    await fs.rename(path.join(project.root, 'main.next'), path.join(project.root, 'src/main.js'));
    await seen;
}

const artifacts = async (server) => artifactsOf(await crawl(server, '/src/main.js'));

/** A page's connection; collects what the server says. */
async function connect(server) {
    const client = await (await fetch(`${server.url}/@rwgraph/client`)).text();
    const token = /let token = "([^"]+)"/.exec(client)[1];
    const url = `${server.url.replace('http', 'ws')}/@rwgraph/ws?token=${token}`;
    const socket = new WebSocket(url, 'rwgraph-hmr', { headers: { origin: server.url } });
    const messages = [];
    socket.on('message', (data) => messages.push(JSON.parse(data)));
    await once(socket, 'message');
    return { socket, messages };
}

/** Everything in `before` is in `after`, byte for byte. Returns what is new. */
function additions(before, after) {
    for (const [url, body] of before) {
        assert.equal(after.get(url), body, `${url} is what it was`);
    }
    return [...after.keys()].filter((url) => !before.has(url));
}

test('one more of 300 lodash-es functions is one facade and one chunk, and no reload', async () => {
    const all = (await fs.readdir(path.join(HERE, 'node_modules/lodash-es')))
        .filter((name) => /^[a-z]\w*\.js$/.test(name) && !/^(lodash|wrapper|fp)/.test(name))
        .sort()
        .map((name) => `lodash-es/${name}`);
    const some = all.slice(0, 300);
    const more = [...some, all[300]];
    await withProject(browserProject(mainOf(some)), async (project) => {
        const server = await project.start();
        const before = await artifacts(server);
        assert.equal(before.size, 600);
        const { socket, messages } = await connect(server);
        await edit(project, server, more);
        const after = await artifacts(server);
        assert.equal(additions(before, after).length, 2);
        if (!messages.some(({ type }) => type === 'update')) {
            await once(socket, 'message');
        }
        assert.deepEqual(
            messages.map(({ type }) => type),
            ['connected', 'update'],
        );
        socket.terminate();
        for (const [url, body] of before) {
            assert.equal(await (await fetch(server.url + url)).text(), body);
        }
    });
});

/** Six packages that share modules: react-dom needs react and scheduler, and so on. */
const SIX = ['react', 'react-dom', 'scheduler', 'prop-types', 'object-assign', 'react-redux'];

function* permutations(items) {
    if (items.length === 0) {
        yield [];
    }
    for (const [index, item] of items.entries()) {
        for (const rest of permutations(items.toSpliced(index, 1))) {
            yield [item, ...rest];
        }
    }
}

// Of the 720 orders these go through servers; test_deps_orders.c has all of them.
test('six packages are the same artifacts in every order of their discovery', async (t) => {
    const every = [...permutations(SIX)];
    const orders = every.filter((_, index) => index % 60 === 0);
    let expected = null;
    for (const order of orders) {
        await withProject(browserProject(mainOf([])), async (project) => {
            const server = await project.start();
            let before = new Map();
            for (let count = 1; count <= order.length; count++) {
                await edit(project, server, order.slice(0, count));
                const after = await artifacts(server);
                additions(before, after);
                before = after;
            }
            expected ??= before;
            assert.deepEqual([...before.keys()], [...expected.keys()], order.join(' '));
            additions(expected, before);
        });
    }
    t.diagnostic(`${orders.length} of ${every.length} orders`);
});

for (const [first, second] of [
    ['object-assign', 'prop-types'],
    ['react', 'react-dom'],
    ['prop-types', 'create-react-class'],
    ['react-dom', 'scheduler'],
    ['react', 'use-sync-external-store'],
]) {
    test(`${second} after ${first} changes no byte and no URL of it`, async () => {
        await withProject(browserProject(mainOf([first])), async (project) => {
            const server = await project.start();
            const before = await artifacts(server);
            await edit(project, server, [first, second]);
            assert.ok(additions(before, await artifacts(server)).length > 0);
        });
    });
}
