/*
 * What tests of dependencies share: a project made of a few files, with the packages of this folder
 * or of its own, and a dev server on it.
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Server } from '../playground/harness.mjs';

export const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAM = process.env.RWGRAPH_BIN;

/** What Node resolves with, so that both load the same files. */
export const NODE_CONDITIONS = ['node', 'node-addons', 'module-sync'];

/** A project in a temporary folder. */
export class Project {
    /**
     * @param {Record<string, string|object>} files path → text, or what becomes JSON
     * @param {object} [options]
     * @param {boolean} [options.packages] with the packages of this folder, by a link
     */
    static async make(files, { packages = true } = {}) {
        const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-deps-'));
        const project = new Project(await fs.realpath(root));
        await project.write({ 'package.json': { name: 'app', type: 'module' }, ...files });
        if (packages) {
            await project.#linkPackages();
        }
        return project;
    }

    constructor(root) {
        this.root = root;
        this.servers = [];
    }

    /** Package by package, so that the project has a cache folder of its own. */
    async #linkPackages() {
        const from = path.join(HERE, 'node_modules');
        const to = path.join(this.root, 'node_modules');
        await fs.mkdir(to, { recursive: true });
        for (const name of await fs.readdir(from)) {
            if (!name.startsWith('.')) {
                await fs.symlink(path.join(from, name), path.join(to, name));
            }
        }
    }

    async write(files) {
        for (const [name, content] of Object.entries(files)) {
            const where = path.join(this.root, name);
            await fs.mkdir(path.dirname(where), { recursive: true });
            const text = typeof content === 'string' ? content : JSON.stringify(content, null, 4);
            await fs.writeFile(where, text);
        }
    }

    /** A dev server on it. `under`: a program, and its arguments, that starts the server. */
    async start(args = [], { under = [], ...options } = {}) {
        const [program, ...rest] = [...under, PROGRAM, 'dev', '--any-port', ...args, this.root];
        const server = await Server.start(program, rest, options);
        this.servers.push(server);
        return server;
    }

    /** What a script prints as JSON when Node runs it in the project, without us. */
    node(file, args = []) {
        const options = {
            cwd: this.root,
            env: { ...process.env, NODE_ENV: 'development', NODE_NO_WARNINGS: '1' },
            maxBuffer: 1 << 28,
        };
        return JSON.parse(execFileSync(process.execPath, [file, ...args], options));
    }

    async remove() {
        const runs = ({ child }) => child.exitCode === null && child.signalCode === null;
        await Promise.all(this.servers.filter(runs).map((server) => server.stop()));
        await fs.rm(this.root, { recursive: true, force: true });
    }
}

/**
 * The files of a project that has an environment with Node's own conditions; its worker imports
 * what the query names.
 *
 * @param {Record<string, string|object>} probes name → text of a module below `src/`
 */
export function nodeProject(probes) {
    const entries = Object.keys(probes).map((name) => `src/${name}`);
    const plain = {
        conditions: NODE_CONDITIONS,
        mainFields: ['main'],
        browserField: false,
        extensions: ['.js', '.json', '.mjs', '.ts'],
        onlyEntries: true,
    };
    return {
        'rwgraph.json': {
            environments: {
                client: { entries: ['src/none.js'], onlyEntries: true },
                ssr: { ...plain, entries },
                worker: { ...plain, entries: ['src/worker.ts'] },
            },
        },
        'src/none.js': 'export {};\n',
        'src/worker.ts': WORKER,
        ...Object.fromEntries(Object.entries(probes).map(([name, text]) => [`src/${name}`, text])),
    };
}

const WORKER = `export default {
    async fetch(request: Request) {
        const name = new URL(request.url).searchParams.get("probe");
        try {
            const probe = await import("ssr:/src/" + name);
            return Response.json({ result: await probe.default });
        } catch (error) {
            return Response.json({ error: String(error), stack: error?.stack });
        }
    },
};
`;

/** The files of a project with nothing but a module for the browser, `src/main.js`. */
export function browserProject(main) {
    const none = { entries: [], onlyEntries: true };
    return {
        'index.html': PAGE,
        'rwgraph.json': {
            environments: {
                client: { entries: ['src/main.js'], onlyEntries: true },
                ssr: none,
                worker: none,
            },
        },
        'src/main.js': main,
    };
}

const PAGE = `<!doctype html>
<html><head><title>-</title></head><body><script type="module" src="/src/main.js"></script></body></html>
`;

const SPECIFIER = /(?:\bfrom|^import|[;\s]import)\s*"(\/[^"]+)"/g;

/**
 * What a browser loads of a module: URL → body, of everything that is imported statically and is
 * no part of rwgraph itself.
 */
export async function crawl(server, entry) {
    const bodies = new Map();
    const todo = [entry];
    while (todo.length > 0) {
        const batch = todo.splice(0, 32).filter((url) => !bodies.has(url));
        batch.forEach((url) => bodies.set(url, null));
        await Promise.all(
            batch.map(async (url) => {
                const response = await fetch(server.url + url);
                const body = await response.text();
                if (response.status !== 200) {
                    throw new Error(`${response.status} ${url}\n${body.slice(0, 500)}`);
                }
                bodies.set(url, body);
                const imports = url.startsWith('/@deps/') ? headOf(body) : body;
                for (const [, next] of imports.matchAll(SPECIFIER)) {
                    if (!next.startsWith('/@rwgraph/')) {
                        todo.push(next);
                    }
                }
            }),
        );
    }
    return bodies;
}

/** The imports of a chunk stand before its first definition. */
function headOf(body) {
    const end = body.indexOf('\ndefine(');
    return end < 0 ? body : body.slice(0, end);
}

/** Of what was crawled, what belongs to packages, sorted. */
export const artifactsOf = (bodies) =>
    new Map([...bodies].filter(([url]) => url.startsWith('/@deps/')).sort());

/** What the probe exports as default, or its error. */
export async function probe(server, name) {
    const response = await fetch(`${server.url}/?probe=${encodeURIComponent(name)}`);
    const text = await response.text();
    try {
        return JSON.parse(text);
    } catch {
        return { error: `${response.status} ${text.slice(0, 2000)}` };
    }
}
