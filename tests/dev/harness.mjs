/*
 * What the tests of `rwgraph dev` share: projects written into temporary folders, the server on
 * them, and a browser's side of its WebSocket.
 *
 * Everything is waited for by what can be observed, never by time.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { frame, get, websocket } from '../serve/harness.mjs';

const running = new Set();

/** A folder with these files; it goes with the test, behind the servers on it. */
export async function project(t, files) {
    const made = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-dev-'));
    const root = path.join(await fs.realpath(made), 'app');
    t.after(async () => {
        for (const dev of running) {
            if (dev.root === root) {
                await dev.stop();
            }
        }
        await fs.rm(path.dirname(root), { recursive: true, force: true });
    });
    await fs.mkdir(root);
    await write(root, { 'package.json': '{ "name": "app", "type": "module" }', ...files });
    return root;
}

/** Writes files, folders included. */
export async function write(root, files) {
    for (const [name, text] of Object.entries(files)) {
        const file = path.join(root, name);
        await fs.mkdir(path.dirname(file), { recursive: true });
        await fs.writeFile(file, text);
    }
}

/** A running `rwgraph dev`. */
export class Dev {
    /**
     * Starts it on a project and waits until it is ready; the project's end stops it. On any free
     * port, unless `bare`; with these variables over those of this process.
     */
    static async start(root, args = [], { bare = false, env = {} } = {}) {
        const dev = new Dev(root, bare ? args : ['--any-port', ...args], env);
        running.add(dev);
        const [, port] = await dev.line(/localhost:(\d+)/);
        dev.port = Number(port);
        return dev;
    }

    constructor(root, args, env) {
        this.root = root;
        this.lines = [];
        this.read = 0;
        this.wake = () => {};
        this.child = spawn(process.env.RWGRAPH_BIN, ['dev', ...args, root], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { ...process.env, ...env },
        });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            createInterface({ input: stream }).on('line', (line) => {
                this.lines.push(line);
                this.wake();
            });
        }
        this.child.on('exit', () => this.wake());
    }

    /** The next line of output that matches, of those that were not waited for before. */
    async line(pattern) {
        for (;;) {
            while (this.read < this.lines.length) {
                const match = pattern.exec(this.lines[this.read++]);
                if (match) {
                    return match;
                }
            }
            if (this.child.exitCode !== null || this.child.signalCode !== null) {
                throw new Error(`the server ended, without ${pattern}:\n${this.lines.join('\n')}`);
            }
            await new Promise((resolve) => {
                this.wake = resolve;
            });
        }
    }

    /** Stops it, and fails when it does not end well. */
    async stop() {
        running.delete(this);
        if (this.child.exitCode === null && this.child.signalCode === null) {
            const ended = once(this.child, 'exit');
            this.child.kill('SIGTERM');
            await ended;
            assert.equal(this.child.exitCode, 0, this.lines.join('\n'));
        }
    }

    /** One GET, its target as it is written here: `{ status, head, body }`. */
    get(target, headers) {
        return get(this.port, target, headers);
    }

    /** The text of what must be there. */
    async text(target, headers) {
        const answer = await this.get(target, headers);
        assert.equal(answer.status, 200, `${target}: ${answer.head}\n${answer.body}`);
        return answer.body;
    }

    /** Asks until the answer has this status. */
    async answers(target, status, headers) {
        for (;;) {
            const answer = await this.get(target, headers);
            if (answer.status === status) {
                return answer;
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    /** The token that a page of this server has. */
    async token() {
        return /let token = "([0-9a-f]{32})"/.exec(await this.text('/@rwgraph/client'))[1];
    }

    async stats() {
        return JSON.parse(
            await this.text('/@rwgraph/stats', { 'x-rwgraph-token': await this.token() }),
        );
    }

    /** A page's WebSocket. */
    async page(t) {
        const socket = await websocket(this.port, `/@rwgraph/ws?token=${await this.token()}`, {
            origin: `http://127.0.0.1:${this.port}`,
        });
        assert.match(socket.head, /^HTTP\/1\.1 101/);
        t.after(() => socket.socket.destroy());
        const page = new Page(this, socket);
        assert.equal((await page.next()).type, 'connected');
        return page;
    }

    write(files) {
        return write(this.root, files);
    }
}

/** What a browser has open to the server. */
class Page {
    constructor(dev, socket) {
        this.dev = dev;
        this.socket = socket;
    }

    send(message) {
        this.socket.socket.write(frame(1, JSON.stringify(message)));
    }

    /** The next message. */
    async next() {
        const message = await this.socket.next();
        assert.ok(message, 'the server closed the WebSocket');
        return JSON.parse(`${message.data}`);
    }

    /** The next message, after these files were written. */
    async after(files) {
        await this.dev.write(files);
        return this.next();
    }

    /** The next update, after these files were written: what is accepted, and by whom. */
    async update(files) {
        const message = await this.after(files);
        assert.equal(message.type, 'update', JSON.stringify(message));
        return message.updates;
    }
}

/** Specifiers of imports and re-exports in a module, as they were sent. */
export const imports = (code) =>
    [...code.matchAll(/(?:from\s*|import\s*\(?\s*)["']([^"']+)["']/g)].map((match) => match[1]);
