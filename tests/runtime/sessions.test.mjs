/*
 * What a runner says of the definitions it holds: little, and never too much. The network here
 * loses requests and answers, delivers them in any order, and some long after the runner has given
 * them up; the server forgets sessions. The runner's modules always link.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NodeHost } from '../../bundler/runtime/nodehost.mjs';
import { DevServer } from './devserver.mjs';
import { lines } from './program.mjs';

const ENTRY = 'worker:/entry.mjs';
const LATE = 40;
const pages = Array.from({ length: LATE }, (_, n) => n);

/** An entry that imports one of many modules late; each of them has a part of its own, one of all. */
const APP = {
    [ENTRY]: 'export default (n) => import(`worker:/late${n}.mjs`);',
    'worker:/common.mjs': 'export const version = 1;',
    ...Object.fromEntries(
        pages.flatMap((n) => [
            [
                `worker:/late${n}.mjs`,
                lines(
                    'import { version } from "./common.mjs";',
                    `import { part } from "./part${n}.mjs";`,
                    'export const said = `${part} ${version}`;',
                ),
            ],
            [`worker:/part${n}.mjs`, `export const part = ${n};`],
        ]),
    ),
};
const edit = (version) => ({ 'worker:/common.mjs': `export const version = ${version};` });

/** PROTOCOL.md §4.1, as the C side has it. */
class SessionServer extends DevServer {
    sessions = new Map(); // name → { held, open }
    answers = 0;

    answer(body) {
        const { session: name, have, got = [], gone = [] } = body;
        if (have) {
            this.sessions.set(name, { held: new Set(have), open: new Map() });
        }
        const session = this.sessions.get(name);
        if (!session) {
            throw Object.assign(new Error('the session is not known'), { code: 'ERR_SESSION' });
        }
        for (const number of got) {
            session.open.get(number)?.forEach((key) => session.held.add(key));
            session.open.delete(number);
        }
        gone.forEach((key) => session.held.delete(key));
        const answer = super.answer({ ...body, have: session.held });
        session.open.set(
            ++this.answers,
            answer.modules.map(({ key }) => key),
        );
        return { ...answer, answer: this.answers };
    }
}

function open(fetchModules, server) {
    const host = new NodeHost({ entry: ENTRY, generation: 1, env: {}, fetchModules });
    const serve = async (generation, n) => {
        host.loader.pin(generation);
        try {
            const entry = await host.importEntry(generation);
            const context = { generation, closed: false, waitUntil() {} };
            return (await host.requests.run(context, () => entry.default(n))).said;
        } finally {
            host.loader.unpin(generation);
        }
    };
    const live = () => [...server.generations.keys()].slice(-2);
    return { host, serve, switchTo: (number) => host.loader.switchTo(number, live()) };
}

test('all that is held is named once, then what is new', async () => {
    const server = new SessionServer();
    server.commit(APP);
    const app = open(server.fetchModules, server);
    for (const n of pages) {
        assert.equal(await app.serve(1, n), `${n} 1`);
    }
    const [first, ...others] = server.requests;
    assert.deepEqual(first.have, []);
    for (const { session, have, got, gone } of others) {
        assert.equal(have, undefined);
        assert.equal(session, first.session);
        assert.equal(got.length, 1);
        assert.equal(gone.length, 0);
    }
    assert.equal(server.requests.length, LATE + 1);
});

test('a server that is new, or has forgotten, is told everything again', async () => {
    const server = new SessionServer();
    server.commit(APP);
    const app = open(server.fetchModules, server);
    await app.serve(1, 0);
    server.sessions.clear();
    assert.equal(await app.serve(1, 1), '1 1');
    const { have, session } = server.requests.at(-1);
    assert.ok(have.some((key) => key.startsWith('worker:/late0.mjs@')));
    assert.notEqual(session, server.requests[0].session);
});

test('two runners of one server have sessions of their own', async () => {
    const server = new SessionServer();
    server.commit(APP);
    const apps = [open(server.fetchModules, server), open(server.fetchModules, server)];
    for (const n of pages) {
        for (const app of apps) {
            assert.equal(await app.serve(1, n), `${n} 1`);
        }
    }
    assert.equal(new Set(server.requests.map(({ session }) => session)).size, 2);
});

/** Numbers below 1 that are the same in each run. */
function random(seed) {
    let state = seed;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 8) / 2 ** 24;
    };
}

/**
 * A network of the worst kind. What it carries waits in `queue` until the test takes it out in any
 * order: to be answered, to be lost on either way, or to be given up by the runner and to reach the
 * server much later.
 */
class Network {
    queue = [];
    late = [];

    constructor(server, draw) {
        this.server = server;
        this.draw = draw;
    }

    fetchModules = (body) =>
        new Promise((resolve, reject) => {
            this.queue.push({ body: structuredClone(body), resolve, reject });
        });

    /** One event. */
    step() {
        const { server, draw } = this;
        if (this.late.length > 0 && draw() < 0.2) {
            const [body] = this.late.splice(Math.floor(draw() * this.late.length), 1);
            try {
                server.answer(body);
            } catch {
                // nobody hears it
            }
        }
        if (this.queue.length === 0) {
            return;
        }
        const [{ body, resolve, reject }] = this.queue.splice(
            Math.floor(draw() * this.queue.length),
            1,
        );
        const fate = draw();
        const lost = () => reject(new Error('the connection was lost'));
        if (fate < 0.1) {
            this.late.push(body);
            lost();
            return;
        }
        try {
            const answer = server.answer(body);
            fate < 0.2 ? lost() : resolve(answer);
        } catch (error) {
            reject(error);
        }
    }
}

test('whatever is lost, late or forgotten, all that runs is complete', async () => {
    for (let seed = 1; seed <= 60; seed++) {
        const draw = random(seed);
        const server = new SessionServer();
        server.commit(APP);
        const network = new Network(server, draw);
        const app = open(network.fetchModules, server);
        const again = async (what) => {
            for (;;) {
                try {
                    return await what();
                } catch (error) {
                    assert.match(error.message, /connection was lost/);
                }
            }
        };
        let busy = 0;
        const run = async (what) => {
            busy++;
            await again(what);
            busy--;
        };
        for (let event = 0; event < 60; event++) {
            const kind = draw();
            if (kind < 0.15) {
                const number = server.commit(edit(server.newest + 1));
                void run(async () => {
                    const { error } = await app.switchTo(number);
                    if (error) {
                        throw error;
                    }
                });
            } else if (kind < 0.2) {
                server.sessions.clear();
            } else if (kind < 0.6) {
                const generation = app.host.loader.newest;
                const n = Math.floor(draw() * LATE);
                void run(async () => {
                    assert.equal(await app.serve(generation, n), `${n} ${generation}`);
                });
            }
            network.step();
            await new Promise(setImmediate);
        }
        while (busy > 0) {
            network.step();
            await new Promise(setImmediate);
        }
    }
});
