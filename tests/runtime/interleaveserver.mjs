/*
 * The dev server of interleave.mjs: a model that speaks the protocol's messages and does one step
 * of its work an event, on a program of a dozen files and what is saved of them.
 */

export const ENTRY = 'worker:/entry.mjs';
export const STATE = 'pinned:state';
export const MEMORY = 'pinned:memory'; // of a module that comes and goes
const KEPT = 1; // generations behind the newest that the server keeps, pinned or not
const DEPENDENCY = /:\/node_modules\//;

/* ── programs ────────────────────────────────────────────────────────────────────────────────── */

/** A file: what it says of itself, what it imports, and what it imports late. */
const file = (text, statics = [], lazies = []) => ({ text, statics, lazies });

/** What a page imports late: a module of its own, and one that is there already. */
const LATE = ['worker:/late.mjs', 'worker:/node_modules/shared'];

/** Two environments with a bridge, a dependency of each, one shared by two, and a cycle. */
const PROGRAM = {
    [ENTRY]: file('entry', [STATE, 'worker:/page.mjs']),
    'worker:/page.mjs': file('page', [STATE, 'ssr:/view.mjs', 'worker:/node_modules/a'], LATE),
    'worker:/late.mjs': file('late', ['worker:/context.mjs', 'worker:/node_modules/a']),
    'worker:/context.mjs': file('context', [STATE]),
    'worker:/idle.mjs': file('idle', [MEMORY]),
    'ssr:/view.mjs': file('view', [STATE, 'ssr:/ring.mjs']),
    'ssr:/ring.mjs': file('ring', ['ssr:/view.mjs']),
    'worker:/node_modules/a': file('a', ['worker:/node_modules/shared']),
    'worker:/node_modules/b': file('b', ['worker:/node_modules/shared']),
    'worker:/node_modules/shared': file('shared'),
    'ssr:/node_modules/c': file('c'),
};

/** What is saved, in this order: texts, new dependencies, the same again, and back. */
export const EDITS = [
    {
        'worker:/page.mjs': file(
            'page 2',
            [STATE, 'ssr:/view.mjs', 'worker:/node_modules/b'],
            LATE,
        ),
        'worker:/late.mjs': file('late 1', ['worker:/context.mjs', 'worker:/node_modules/b']),
    },
    { 'worker:/context.mjs': PROGRAM['worker:/context.mjs'] },
    {
        'ssr:/view.mjs': file('view 2', [STATE, 'ssr:/ring.mjs', 'ssr:/node_modules/c']),
        'worker:/late.mjs': file('late 2', ['worker:/context.mjs', 'worker:/idle.mjs']),
    },
    { 'worker:/page.mjs': PROGRAM['worker:/page.mjs'] },
    { 'ssr:/ring.mjs': file('ring 2', ['ssr:/view.mjs'], ['ssr:/node_modules/c']) },
    { 'worker:/late.mjs': PROGRAM['worker:/late.mjs'] },
    { 'worker:/late.mjs': file('late 3', ['worker:/context.mjs', 'worker:/idle.mjs']) },
];

/* ── the dev server ──────────────────────────────────────────────────────────────────────────── */

/** The dev server; `run` hears what it does, and says which mutation it is. */
export class Server {
    constructor(run, edits) {
        this.run = run;
        this.edits = [...edits];
        this.disk = new Map(Object.entries(PROGRAM));
        this.dirty = new Set();
        this.loaded = new Map();
        this.resolved = new Map();
        this.known = new Set(); // dependencies that were found and have no artifact
        this.artifacts = new Set();
        this.generations = new Map(); // number → { files, keys, pins }
        this.newest = 0;
        this.held = []; // messages that wait for an answer
        this.isHolding = false;
        this.#reach(this.disk).forEach((id) => DEPENDENCY.test(id) && this.artifacts.add(id));
        this.#publish(new Map(this.disk));
    }

    /* Each step says whether there was something to do. */

    edit() {
        const saved = this.edits.shift();
        for (const [id, text] of Object.entries(saved ?? {})) {
            this.disk.set(id, text);
            this.dirty.add(id);
        }
        return saved !== undefined;
    }

    load() {
        const { size } = this.dirty;
        this.dirty.forEach((id) => this.loaded.set(id, this.disk.get(id)));
        this.dirty.clear();
        return size > 0;
    }

    resolve() {
        const { size } = this.loaded;
        this.loaded.forEach((saved, id) => this.resolved.set(id, saved));
        this.loaded.clear();
        return size > 0;
    }

    discover() {
        const { size } = this.known;
        for (const id of this.#reach(this.#next())) {
            if (DEPENDENCY.test(id) && !this.artifacts.has(id)) {
                this.known.add(id);
            }
        }
        return this.known.size > size;
    }

    build() {
        const { size } = this.known;
        this.known.forEach((id) => this.artifacts.add(id));
        this.known.clear();
        return size > 0;
    }

    /** All environments move together, or wait for an artifact. */
    commit() {
        const files = this.#next();
        const isBuilt = (id) => !DEPENDENCY.test(id) || this.artifacts.has(id);
        if (this.resolved.size === 0 || ![...this.#reach(files)].every(isBuilt)) {
            return false;
        }
        const { files: before } = this.generations.get(this.newest);
        const isEqual = [...this.resolved].every(([id, saved]) => before.get(id) === saved);
        this.resolved.clear();
        if (!isEqual || this.run.mutation === 7) {
            this.#publish(files);
        }
        return true;
    }

    hasWork() {
        const { edits, dirty, loaded, resolved, known } = this;
        return edits.length + dirty.size + loaded.size + resolved.size + known.size > 0;
    }

    pin(number) {
        this.generations.get(number).pins++;
    }

    unpin(number) {
        this.generations.get(number).pins--;
        this.#collect();
    }

    live() {
        return [...this.generations.keys()];
    }

    /** The runtime's fetch. */
    fetchModules = (body) => {
        if (!this.isHolding) {
            return Promise.resolve(this.#answer(body));
        }
        return new Promise((resolve, reject) => {
            this.held.push(() => {
                try {
                    resolve(this.#answer(body));
                } catch (error) {
                    reject(error);
                }
            });
        });
    };

    /** The key of a module in a generation. */
    key(number, id) {
        const { files, keys } = this.generations.get(number);
        if (id.startsWith('pinned:')) {
            return id;
        }
        if (!keys.has(id)) {
            keys.set(id, `${id}@${this.#version(files, id)}`);
        }
        return keys.get(id);
    }

    #next() {
        return new Map([...this.generations.get(this.newest).files, ...this.resolved]);
    }

    #publish(files) {
        this.newest++;
        this.generations.set(this.newest, { files, keys: new Map(), pins: 0 });
        this.run.published(this, this.newest);
        this.#collect();
    }

    #collect() {
        for (const [number, { pins }] of this.generations) {
            if (pins === 0 && number < this.newest - KEPT) {
                this.generations.delete(number);
            }
        }
    }

    #reach(files) {
        const reached = new Set([ENTRY]);
        for (const id of reached) {
            const { statics = [], lazies = [] } = files.get(id) ?? {};
            [...statics, ...lazies].forEach((to) => reached.add(to));
        }
        return reached;
    }

    /** What a module and all that is evaluated before it are. */
    #version(files, id) {
        const parts = closureOf(files, id).sort().map((each) => {
            const { text = '', statics = [], lazies = [] } = files.get(each) ?? {};
            return `${each}=${text}>${statics}>${lazies}`;
        });
        const content = `${id} ${parts.join(';')}`;
        const { mutation } = this.run;
        const counted = { 2: this.newest, 3: this.artifacts.size }[mutation];
        const key = counted === undefined ? content : `${counted} ${content}`;
        this.run.versioned(id, content, key);
        return key;
    }

    #answer({ generation, entries, have }) {
        if (!this.generations.has(generation)) {
            throw new Error(`generation ${generation} is gone`);
        }
        const roots = entries.map((entry) => this.key(generation, entry));
        const known = new Set(have);
        const modules = [];
        const work = entries.map((id, n) => [id, roots[n]]);
        for (const [id, key] of work) {
            if (!known.has(key)) {
                known.add(key);
                const definition = this.#definition(generation, id, key);
                modules.push(definition);
                definition.targets.forEach((to) => work.push([to, this.key(generation, to)]));
            }
        }
        this.run.fetched(generation, have, modules);
        return { generation, roots, modules };
    }

    #definition(generation, id, key) {
        const { run } = this;
        const { files } = this.generations.get(generation);
        if (id === STATE || id === MEMORY) {
            const factory = id === STATE ? run.state() : run.memory();
            return { key, id, form: 'pinned', targets: [], factory };
        }
        const { text, statics, lazies } = files.get(id);
        return {
            key,
            id: id.slice(id.indexOf(':') + 1),
            form: 'esm',
            targets: statics,
            imports: statics.map((to) => this.key(generation, to)),
            dynamic: Object.fromEntries(lazies.map((to) => [to, to])),
            url: `file:///app${id.slice(id.indexOf(':') + 1)}`,
            factory: run.module({ id, key, text, lazies }),
        };
    }
}

/** A module and what is evaluated before it, but for what is pinned. */
export function closureOf(files, id) {
    const closure = new Set([id]);
    for (const each of closure) {
        files.get(each)?.statics.forEach((to) => closure.add(to));
    }
    closure.delete(STATE);
    closure.delete(MEMORY);
    return [...closure];
}
