/*
 * What playground tests share: a copy of an application, a dev server on it, a browser.
 *
 * A copy lives in a temporary folder and has the application's packages by a link, as package
 * managers lay them out. Everything is waited for by what can be observed, never by time.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAM = process.env.RWGRAPH_BIN;

/** A copy of a playground whose parts can be commented in and out by tag. */
export class App {
    /** `parent`: where to put it. `install`: puts packages into `<root>/node_modules`. */
    static async copy(name, { parent = os.tmpdir(), install } = {}) {
        const source = path.join(HERE, name);
        const root = await fs.mkdtemp(path.join(parent, `rwgraph-${name}-`));
        for (const entry of ['src', 'package.json', 'tsconfig.json', 'wrangler.jsonc']) {
            await fs.cp(path.join(source, entry), path.join(root, entry), { recursive: true });
        }
        const packages = path.join(root, 'node_modules');
        install ??= (where) => fs.symlink(path.join(source, 'node_modules'), where);
        await install(packages);
        return new App(root);
    }

    constructor(root) {
        this.root = root;
    }

    async edit(file, change) {
        const where = path.join(this.root, file);
        const before = await fs.readFile(where, 'utf8');
        const after = change(before);
        if (after === before) {
            throw new Error(`the edit of ${file} changes nothing`);
        }
        await fs.writeFile(where, after);
    }

    /** Comments in what carries the tag, and out what is there without it. */
    switchOn(file, tag) {
        return this.edit(file, (text) =>
            text
                .split('\n')
                .map((line) => {
                    if (line.includes(`// ${tag}: `)) {
                        return line.replace(`// ${tag}: `, '');
                    }
                    if (line.includes(`// off: ${tag}`)) {
                        return `// ${line}`;
                    }
                    return line.replace(new RegExp(`\\{/\\* ${tag}: (.*?) \\*/\\}`), '$1');
                })
                .join('\n'),
        );
    }

    remove() {
        return fs.rm(this.root, { recursive: true, force: true });
    }
}

/** A server program, its output kept line by line. */
export class Server {
    /** Starts it and waits for the line that names its port. */
    static async start(program, args, options = {}) {
        const server = new Server(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
        const [, port] = await server.line(/(?:localhost:|"port":)(\d+)/);
        server.url = `http://127.0.0.1:${port}`;
        return server;
    }

    constructor(child) {
        this.child = child;
        this.lines = [];
        this.waiting = [];
        for (const stream of [child.stdout, child.stderr]) {
            createInterface({ input: stream }).on('line', (line) => this.#take(line));
        }
        child.on('exit', (code, signal) => {
            for (const { reject } of this.waiting.splice(0)) {
                reject(new Error(`the server ended (${code ?? signal}):\n${this.output()}`));
            }
        });
    }

    #take(line) {
        this.lines.push(line);
        this.waiting = this.waiting.filter(({ pattern, resolve }) => {
            const match = pattern.exec(line);
            if (match) {
                resolve(match);
            }
            return !match;
        });
    }

    output() {
        return this.lines.join('\n');
    }

    /** The next line, from now on, that matches. */
    line(pattern) {
        return new Promise((resolve, reject) => {
            this.waiting.push({ pattern, resolve, reject });
        });
    }

    async stop() {
        if (this.child.exitCode === null) {
            this.child.kill('SIGTERM');
            await once(this.child, 'exit');
        }
    }
}

const RUNTIME_OF_DEV = process.env.RWGRAPH_RUNTIME ?? 'node';

/** `rwgraph dev` on an application, in the runtime that RWGRAPH_RUNTIME names. */
export const startDev = (app, args = []) =>
    Server.start(PROGRAM, ['dev', '--any-port', '--runtime', RUNTIME_OF_DEV, ...args, app.root]);

/** `rwgraph preview` of what was built. */
export const startPreview = (app) => Server.start(PROGRAM, ['preview', '--any-port', app.root]);

/** workerd on what was built: the server bundle as its worker, the rest as files. */
export async function startWorkerd(app) {
    const config = path.join(app.root, 'dist/workerd.capnp');
    const files = await fs.readdir(path.join(app.root, 'dist/server'), { recursive: true });
    const modules = files
        .filter((file) => path.extname(file) in MODULES)
        .sort((a, b) => (b === 'index.js') - (a === 'index.js')) // the first one is the entry
        .map((file) => `(name = "${file}", ${MODULES[path.extname(file)]} = embed "server/${file}")`);
    await fs.writeFile(path.join(app.root, 'dist/front.js'), FRONT);
    await fs.writeFile(
        config,
        `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = [
        (name = "front", worker = .front),
        (name = "app", worker = .app),
        (name = "files", disk = (path = "${app.root}/dist/client")),
    ],
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "front")],
);
const front :Workerd.Worker = (
    modules = [(name = "front.js", esModule = embed "front.js")],
    bindings = [(name = "app", service = "app"), (name = "files", service = "files")],
    compatibilityDate = "2025-08-21",
);
const app :Workerd.Worker = (
    modules = [${modules.join(', ')}],
    compatibilityDate = "2025-08-21",
    compatibilityFlags = ["nodejs_compat"],
);
`,
    );
    const binary = path.join(
        HERE,
        `requestInfo/node_modules/@cloudflare/workerd-linux-${process.arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`,
    );
    return Server.start(binary, ['serve', '--control-fd=1', config]);
}

/** How workerd takes files of the server, as wrangler tells it. */
const MODULES = { '.js': 'esModule', '.mjs': 'esModule', '.wasm': 'wasm' };

/** Files first, with the types that the disk service does not know, then the app. */
const FRONT = `const TYPES = { js: 'text/javascript', mjs: 'text/javascript', css: 'text/css' };
export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        const type = TYPES[pathname.split('.').pop()];
        if (type) {
            const file = await env.files.fetch(request);
            const headers = { 'content-type': type };
            return new Response(file.body, { status: file.status, headers });
        }
        return env.app.fetch(request);
    },
};
`;

/** Chromium with one page that keeps count of what must not happen. */
export class Browser {
    static async open() {
        const { chromium } = await import(
            path.join(HERE, 'requestInfo/node_modules/playwright-core/index.mjs')
        );
        const browser = await chromium.launch({
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
            ],
        });
        return new Browser(browser, await browser.newPage());
    }

    constructor(browser, page) {
        this.browser = browser;
        this.page = page;
        this.loads = 0;
        this.errors = [];
        this.failures = [];
        page.on('load', () => this.loads++);
        page.on('pageerror', (error) => this.errors.push(error.message));
        page.on('response', (response) => {
            const { pathname } = new URL(response.url());
            if (response.status() >= 300 && response.status() !== 304 && pathname !== '/favicon.ico') {
                this.failures.push(`${response.status()} ${response.url()}`);
            }
        });
    }

    text(selector) {
        return this.page.textContent(selector);
    }

    /** Waits until an element has this text. */
    hasText(selector, text) {
        return this.page.waitForFunction(
            ([where, what]) => document.querySelector(where)?.textContent.includes(what),
            [selector, text],
            { timeout: 20_000 },
        );
    }

    /** What the server rendered has come to life: React handles events there. */
    isAlive(selector) {
        return this.page.waitForFunction((where) => {
            const element = document.querySelector(where);
            return element && Object.keys(element).some((key) => key.startsWith('__reactProps'));
        }, selector);
    }

    /**
     * How many different values objects of the page have under this name: for a name that a
     * library gives to its own shared state, the copies of the library that are in use.
     */
    async copiesOf(name) {
        const session = await this.page.context().newCDPSession(this.page);
        const value = async (expression) =>
            (await session.send('Runtime.evaluate', { expression })).result;
        const { objectId } = await value('Object.prototype');
        const { objects } = await session.send('Runtime.queryObjects', {
            prototypeObjectId: objectId,
        });
        const count = await session.send('Runtime.callFunctionOn', {
            objectId: objects.objectId,
            functionDeclaration: `function (name) {
                const own = this.filter((object) => Object.hasOwn(object, name));
                return new Set(own.map((object) => object[name])).size;
            }`,
            arguments: [{ value: name }],
            returnByValue: true,
        });
        await session.detach();
        return count.result.value;
    }

    close() {
        return this.browser.close();
    }
}
