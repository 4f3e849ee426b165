/*
 * The dev server's part of the protocol, for tests: generations of files in memory, and answers
 * that wait until the test gives them.
 *
 * Files are named by qualified id; specifiers are `./name` in the same environment, `ssr:/name`,
 * `pinned:name`, or a builtin. Keys hash the contents of the static closure, as the real ones do.
 */

import { createHash } from 'node:crypto';

import { define } from './program.mjs';

const statics = new Map(); // what a file imports, for all servers of a test

export class DevServer {
    constructor() {
        this.generations = new Map(); // number → { qualified id: source }
        this.newest = 0;
        this.pending = []; // requests the runner waits for: { body, give }
        this.requests = [];
        this.held = false;
    }

    /**
     * Adds a generation: the files of the newest with changes (null removes). Returns its number.
     */
    commit(changes) {
        const files = { ...this.generations.get(this.newest), ...changes };
        for (const [id, source] of Object.entries(changes)) {
            if (source === null) {
                delete files[id];
            }
        }
        this.generations.set(++this.newest, files);
        return this.newest;
    }

    /** What a Loader calls. Held requests wait for `give`. */
    fetchModules = (body) => {
        this.requests.push(body);
        if (!this.held) {
            return Promise.resolve(this.answer(body));
        }
        return new Promise((resolve, reject) => {
            const give = () => {
                this.pending = this.pending.filter((each) => each.give !== give);
                try {
                    resolve(this.answer(body));
                } catch (error) {
                    reject(error);
                }
            };
            this.pending.push({ body, give });
        });
    };

    answer({ generation, entries, importer, have, env }) {
        const files = this.generations.get(generation);
        if (!files) {
            throw new Error(`generation ${generation} is gone`);
        }
        const base = importer ? `${env}:/` : '';
        const roots = entries.map((entry) =>
            this.#key(files, importer ? target(base, entry) : entry),
        );
        const known = new Set(have);
        const modules = [];
        const work = [...roots];
        for (const key of work) {
            if (!known.has(key)) {
                known.add(key);
                const definition = this.#definition(files, key);
                modules.push(definition);
                work.push(
                    ...(definition.imports ?? []),
                    ...Object.values(definition.requires ?? {}),
                );
            }
        }
        return { generation, roots, modules };
    }

    #key(files, id) {
        if (/^(pinned|external):/.test(id)) {
            return id;
        }
        if (files[id] === undefined) {
            return `missing:${id}@0`;
        }
        const closure = new Set([id]);
        for (const each of closure) {
            this.#statics(files, each).forEach((to) => closure.add(to));
        }
        const hash = createHash('sha256').update(id);
        [...closure].sort().forEach((each) => hash.update(`\0${each}\0${files[each]}`));
        return `${id}@${hash.digest('hex').slice(0, 32)}`;
    }

    #statics(files, id) {
        if (files[id] === undefined) {
            return [];
        }
        const question = `${id}\0${files[id]}`;
        if (!statics.has(question)) {
            const to = (specifier) => target(id, specifier);
            const { imports = [], requires = {} } = define({ id }, files[id], to, to);
            statics.set(question, [...imports, ...Object.values(requires)]);
        }
        return statics.get(question);
    }

    #definition(files, key) {
        if (key.startsWith('external:')) {
            return { key, id: key.slice('external:'.length), form: 'external' };
        }
        if (key.startsWith('missing:')) {
            const id = key.slice('missing:'.length, -2);
            const error = { message: `Cannot find ${id}`, code: 'ERR_MODULE_NOT_FOUND' };
            return { key, id, form: 'missing', error };
        }
        const qualified = key.startsWith('pinned:') ? key : key.slice(0, key.lastIndexOf('@'));
        const id = qualified.slice(qualified.indexOf(':') + 1);
        const base = { key, id, nodeMode: true, url: `file:///app/${id.replace(/^\//, '')}` };
        const statically = (to) => this.#key(files, target(qualified, to));
        const lazily = (to) => target(qualified, to);
        const definition = define(base, files[qualified], statically, lazily);
        return key.startsWith('pinned:') ? { ...definition, form: 'pinned' } : definition;
    }
}

/** The qualified id (or key) that a specifier leads to. */
function target(importer, specifier) {
    if (specifier.startsWith('./')) {
        return `${importer.slice(0, importer.indexOf(':'))}:/${specifier.slice(2)}`;
    }
    return /^(pinned|\w+:\/)/.test(specifier) ? specifier : `external:${specifier}`;
}
