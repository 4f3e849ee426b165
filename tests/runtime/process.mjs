/*
 * A server runtime as the dev server starts it: a child process, a DevServer that it asks for
 * modules over HTTP, and requests as the dev server forwards them.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { DevServer } from './devserver.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const START = here('../../bundler/runtime/serverstart.mjs');
const PACKAGES = here('../playground/requestInfo/node_modules');
const TOKEN = 'a-token';

/** A project's folder with these files and the playground's workerd; `t` removes it. */
export function folder(t, files) {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-runtime-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    symlinkSync(PACKAGES, join(root, 'node_modules'));
    for (const [name, text] of Object.entries({ 'package.json': '{}', ...files })) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
    }
    return root;
}

/**
 * The runtime `node` or `workerd` on a folder, with the files of its first generation; `t` stops it.
 *
 * @param {{ after(end: () => unknown): void }} t
 * @param {'node'|'workerd'} runtime
 * @param {string} root
 * @param {Record<string, string>} files by qualified id
 * @param {object} [more] of the runtime's configuration
 */
export async function start(t, runtime, root, files, more = {}) {
    const server = new DevServer();
    server.commit(files);
    const http = await listen(server);
    const generation = server.newest;
    const config = { root, entry: '/entry.mjs', env: {}, generation, grace: 1, ...more };
    const child = spawn(process.execPath, [START], {
        env: {
            ...process.env,
            RWGRAPH_SERVER: `http://127.0.0.1:${http.address().port}`,
            RWGRAPH_TOKEN: TOKEN,
            RWGRAPH_ENV: 'worker',
            RWGRAPH_RUNTIME: runtime,
            RWGRAPH_CONFIG: JSON.stringify(config),
            RWGRAPH_DEV_VARS: join(root, '.dev.vars'),
        },
    });
    const stop = async () => {
        if (child.exitCode === null && child.signalCode === null) {
            const ended = once(child, 'exit');
            child.kill('SIGTERM');
            await ended;
        }
        http.close();
        http.closeAllConnections();
    };
    t.after(stop);
    const output = [];
    const port = await new Promise((resolve, reject) => {
        child.once('exit', () => reject(new Error(output.join('\n'))));
        for (const stream of [child.stdout, child.stderr]) {
            createInterface({ input: stream }).on('line', (line) => {
                output.push(line);
                if (line.startsWith('{"listening"')) {
                    resolve(JSON.parse(line).listening);
                }
            });
        }
    });
    const ask = (path, { generation = server.newest, headers, ...init } = {}) =>
        fetch(`http://127.0.0.1:${port}${path}`, {
            ...init,
            headers: {
                'x-rwgraph-token': TOKEN,
                'x-rwgraph-generation': `${generation}`,
                ...headers,
            },
        });
    const switchTo = async (generation, live = [...server.generations.keys()]) => {
        const body = JSON.stringify({ generation, live });
        return (await ask('/__rwgraph/switch', { method: 'POST', body })).json();
    };
    return {
        ask,
        child,
        output,
        port,
        server,
        stop,
        switchTo,
        /** Commits a change and has the runtime switch to it. */
        edit: async (changes) => switchTo(server.commit(changes)),
        /** Asks until the answer is as wanted: for what other requests bring about. */
        eventually: async (path, isWanted) => {
            for (;;) {
                const answer = await (await ask(path)).json();
                if (isWanted(answer)) {
                    return answer;
                }
            }
        },
        json: async (path, init) => {
            const answer = await ask(path, init);
            const text = await answer.text();
            assert.equal(answer.status, 200, text);
            return JSON.parse(text);
        },
    };
}

/** The dev server's answers over HTTP. */
async function listen(server) {
    const http = createServer(async (incoming, outgoing) => {
        const chunks = await incoming.toArray();
        assert.equal(incoming.headers['x-rwgraph-token'], TOKEN);
        outgoing.setHeader('content-type', 'application/json');
        try {
            outgoing.end(JSON.stringify(server.answer(JSON.parse(Buffer.concat(chunks)))));
        } catch (error) {
            outgoing.writeHead(410).end(JSON.stringify({ error: { message: error.message } }));
        }
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return http;
}
