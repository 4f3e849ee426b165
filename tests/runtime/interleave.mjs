/*
 * Orders of events between a dev server and a server runtime, one at a time, and the laws that have
 * to hold in each.
 *
 * The runtime is the real one: host, loader, registry, hot. The dev server is a model that speaks
 * the protocol's messages and does one step of its work an event:
 *
 *   edit ─▶ load ─▶ resolve ─▶ discover ─▶ build ─▶ commit     what was saved becomes a generation
 *   request, reload                                            what arrives at the runtime
 *   answer, open                                               what a request waits for, let go
 *
 * A step does what there is to do, which may be nothing, so every order is a possible one. `reload`
 * is the notice of the newest generation. A request pins the newest generation as it arrives, works
 * through the program, waits until it is let go, and imports the rest. After the last event all
 * that waits is let go and the pipeline runs empty.
 *
 * A mutation is a server or a runtime that breaks one law; whoever checks has to notice.
 */

import { AsyncLocalStorage } from 'node:async_hooks';

import { NodeHost } from '../../bundler/runtime/nodehost.mjs';

export const EVENTS = [
    'load',
    'resolve',
    'discover',
    'build',
    'commit',
    'request',
    'reload',
    'edit',
];

/** From a save to a generation, without anything between. */
const PIPELINE = ['edit', 'load', 'resolve', 'discover', 'build', 'commit'];

export const MUTATIONS = {
    1: 'a module that is imported late is another one than the one imported first',
    2: 'a version counts commits',
    3: 'a version counts the dependencies that are known',
    4: 'late imports see the newest generation',
    5: 'a switch drops the pinned module',
    6: 'browsers are told before the runtime has switched',
    7: 'a file that is saved without a change makes a generation',
};

const ENTRY = 'worker:/entry.mjs';
const STATE = 'pinned:state';
const KEPT = 3; // generations behind the newest that the server keeps, pinned or not
const DEPENDENCY = /:\/node_modules\//;

export class LawBroken extends Error {
    constructor(law, message) {
        super(`law ${law}: ${message}`);
        this.law = law;
    }
}

/** How many times each law was checked, over any number of orders. */
export class Laws {
    /** @param {number} [only] the one law whose breach counts; 0: any */
    constructor(only = 0) {
        this.only = only;
        this.checks = [0, 0, 0, 0, 0, 0, 0, 0];
        this.versions = new Map(); // what a module and all below it are → its key, in every order
    }

    hold(law, isTrue, message) {
        this.checks[law]++;
        if (!isTrue && (this.only === 0 || this.only === law)) {
            throw new LawBroken(law, message());
        }
    }

    toString() {
        return this.checks.map((n, law) => `law ${law}: ${n}`).slice(1).join(', ');
    }
}

/* ── programs ────────────────────────────────────────────────────────────────────────────────── */

/** A file: what it says of itself, what it imports, and what it imports late. */
const file = (text, statics = [], lazies = []) => ({ text, statics, lazies });

/** What a page imports late: a module of its own, and one that is there already. */
const LATE = ['worker:/late.mjs', 'worker:/node_modules/shared'];

/** Two environments with a bridge, a dependency of each, one shared by two, and a cycle. */
export const PROGRAM = {
    [ENTRY]: file('entry', [STATE, 'worker:/page.mjs']),
    'worker:/page.mjs': file('page', [STATE, 'ssr:/view.mjs', 'worker:/node_modules/a'], LATE),
    'worker:/late.mjs': file('late', ['worker:/context.mjs', 'worker:/node_modules/a']),
    'worker:/context.mjs': file('context', [STATE]),
    'worker:/idle.mjs': file('idle'),
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
];

/* ── the dev server ──────────────────────────────────────────────────────────────────────────── */

class Server {
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
        if (id === STATE) {
            return { key, id: 'state', form: 'pinned', targets: [], factory: run.state() };
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
function closureOf(files, id) {
    const closure = new Set([id]);
    for (const each of closure) {
        files.get(each)?.statics.forEach((to) => closure.add(to));
    }
    closure.delete(STATE);
    return [...closure];
}

/* ── one order ───────────────────────────────────────────────────────────────────────────────── */

/** Node looks at every AsyncLocalStorage that was ever used whenever a promise is made. */
const requests = new AsyncLocalStorage();

/** The real host, on factories that are there already. */
class Host extends NodeHost {
    constructor(options) {
        super(options);
        this.requests = requests;
    }

    compile(definition) {
        return definition.factory;
    }
}

class Run {
    constructor(laws, { edits, isHolding, mutation }) {
        this.laws = laws;
        this.mutation = mutation;
        this.clock = 0;
        this.told = 0; // the newest generation that browsers know of
        this.evaluated = new Map(); // key → the one record of its evaluation
        this.states = 0; // evaluations of the pinned module
        this.inits = 0;
        this.stateObject = null;
        this.open = []; // what lets requests go on
        this.pending = []; // all that has to end
        this.effects = [];
        this.urls = new Map();
        this.modules = new Map(); // key → what module() was told
        this.current = new Map(); // id → what was evaluated last
        this.publications = new Map();
        this.server = new Server(this, edits);
        this.server.isHolding = isHolding;
        this.host = this.#makeHost();
    }

    #makeHost() {
        const { fetchModules } = this.server;
        const host = new Host({ entry: ENTRY, generation: 1, env: {}, fetchModules });
        if (this.mutation === 4) {
            host.generation = () => host.loader.newest;
        }
        if (this.mutation === 1) {
            const { loader } = host;
            const resolve = loader.resolveDynamic.bind(loader);
            loader.resolveDynamic = async (number, definition, specifier) => {
                const key = await resolve(number, definition, specifier);
                const { id, text, lazies } = this.modules.get(key);
                const again = `${key}?late`;
                const factory = this.module({ id, key: again, text, lazies });
                host.registry.define([
                    { ...host.registry.definition(key), key: again, factory },
                ]);
                return again;
            };
        }
        const { dropped } = host.loader;
        host.loader.dropped = (keys) => {
            dropped(keys);
            keys.forEach((key) => this.evaluated.delete(key));
        };
        return host;
    }

    /** Plays one event. */
    async play(event) {
        switch (event) {
            case 'request':
                this.#begin(this.#request());
                break;
            case 'reload':
                this.#begin(this.#reload());
                break;
            case 'answer':
                this.server.held.shift()?.();
                break;
            case 'answer last':
                this.server.held.pop()?.();
                break;
            case 'open':
                this.open.shift()?.();
                break;
            default:
                this.server[event]();
        }
        await new Promise(setImmediate);
    }

    #begin(work) {
        work.catch(() => {}); // whoever waits for all hears of it
        this.pending.push(work);
    }

    /** Lets all end, and looks at the end of it. */
    async end() {
        const { server } = this;
        for (;;) {
            while (server.held.length + this.open.length > 0) {
                await this.play(server.held.length > 0 ? 'answer' : 'open');
            }
            if (!server.hasWork()) {
                break;
            }
            for (const step of PIPELINE) {
                await this.play(step);
            }
        }
        server.isHolding = false;
        await this.play('reload');
        await this.play('request');
        this.open.shift()();
        await Promise.all(this.pending);
        const { newest, generations, disk } = server;
        const last = generations.get(newest).files;
        for (const [id, saved] of disk) {
            this.laws.hold(4, last.get(id) === saved, () => `${id} is not as it was saved last`);
        }
        const { laws, effects, states, inits } = this;
        const once = effects.every((count) => count === 1);
        laws.hold(4, once, () => `effects of requests: ${effects}`);
        laws.hold(5, states === 1, () => `the pinned module was evaluated ${states} times`);
        laws.hold(5, inits === 1, () => `the state was initialized ${inits} times`);
    }

    /** Lets all end, whatever becomes of it. */
    async abandon() {
        this.server.isHolding = false;
        let isOver = false;
        Promise.allSettled(this.pending).then(() => (isOver = true));
        while (!isOver) {
            this.server.held.splice(0).forEach((give) => give());
            this.open.splice(0).forEach((go) => go());
            await new Promise(setImmediate);
        }
    }

    async #reload() {
        const { host, laws, server } = this;
        const number = server.newest;
        const at = ++this.clock;
        const before = this.publications.get(number);
        laws.hold(6, before < at, () => `the runtime is told of ${number} before it is published`);
        if (this.mutation === 6) {
            this.#tellBrowsers(number);
        }
        if (this.mutation === 5) {
            host.registry.table.delete(STATE);
        }
        const { generation, error } = await host.loader.switchTo(number, server.live());
        if (error instanceof LawBroken) {
            throw error;
        }
        if (error) {
            laws.hold(4, /is gone$/.test(error.message), () => `the switch fails: ${error.stack}`);
        }
        laws.hold(6, generation >= number, () => `the switch to ${number} ends at ${generation}`);
        this.#tellBrowsers(generation);
    }

    #tellBrowsers(number) {
        const { loader } = this.host;
        const isThere = () => `browsers hear of ${number} while the runtime is at ${loader.newest}`;
        this.laws.hold(6, loader.newest >= number, isThere);
        this.told = Math.max(this.told, number);
    }

    /** A request from its arrival to its answer. */
    async #request() {
        const { host, laws, server } = this;
        const generation = server.newest;
        const n = this.effects.push(0) - 1;
        laws.hold(6, generation >= this.told, () => `a browser that knows ${this.told} gets less`);
        server.pin(generation);
        host.loader.pin(generation);
        const context = { generation, closed: false, waitUntil() {} };
        const opened = new Promise((resolve) => this.open.push(resolve));
        try {
            const seen = await host.requests.run(context, async () => {
                const entry = await host.importEntry(generation);
                return entry.handle({ opened, effect: () => this.effects[n]++ });
            });
            this.#checkAnswer(generation, seen);
        } catch (error) {
            laws.hold(4, error instanceof LawBroken, () => `a request fails: ${error.stack}`);
            throw error;
        } finally {
            context.closed = true;
            host.loader.unpin(generation);
            server.unpin(generation);
        }
    }

    /** Every module that a request has seen is that of its generation, and is one. */
    #checkAnswer(generation, seen) {
        const { laws, server } = this;
        const { files } = server.generations.get(generation);
        const instances = new Map();
        for (const each of seen) {
            const { id, url } = each;
            const one = instances.get(id) ?? each;
            instances.set(id, each);
            laws.hold(1, one === each, () => `${id} is there twice in generation ${generation}`);
            const known = this.urls.get(id) ?? url;
            this.urls.set(id, url);
            laws.hold(1, known === url, () => `${id} is called ${known} and ${url}`);
        }
        for (const { id, key, text, state } of seen) {
            const expected = files.get(id).text;
            const told = () => `${id} is "${text}" in generation ${generation}, not "${expected}"`;
            laws.hold(4, text === expected, told);
            const version = server.key(generation, id);
            laws.hold(2, key === version, () => `${id} has the version ${key}, not ${version}`);
            if (state) {
                this.stateObject ??= state;
                laws.hold(5, this.stateObject === state, () => `${id} sees another state`);
            }
        }
        const isWhole = [...this.#expected(files)].every((id) => instances.has(id));
        laws.hold(4, isWhole, () => `a module of generation ${generation} was not seen`);
    }

    *#expected(files) {
        const reached = new Set([ENTRY]);
        for (const id of reached) {
            const { statics, lazies } = files.get(id) ?? { statics: [], lazies: [] };
            [...statics, ...lazies].forEach((to) => reached.add(to));
        }
        reached.delete(STATE);
        yield* reached;
    }

    /* What the server and the modules tell. */

    /**
     * A generation: a module has the key that it had, unless it or what is below it is another.
     */
    published(server, number) {
        const { laws } = this;
        this.publications.set(number, ++this.clock);
        const before = server.generations.get(number - 1);
        if (!before) {
            return;
        }
        const { files } = server.generations.get(number);
        const isOther = [...files].some(([id, saved]) => before.files.get(id) !== saved);
        laws.hold(7, isOther, () => `generation ${number} is what generation ${number - 1} was`);
        for (const id of files.keys()) {
            const isEqual = closureOf(files, id).every(
                (to) => files.get(to) === before.files.get(to),
            );
            if (isEqual && before.keys.has(id)) {
                const is = server.key(number, id);
                const was = before.keys.get(id);
                laws.hold(3, is === was, () => `${id} has another version, though it is the same`);
            }
        }
    }

    versioned(id, content, key) {
        const { laws } = this;
        const known = laws.versions.get(content) ?? key;
        laws.versions.set(content, key);
        laws.hold(2, known === key, () => `${id} has two versions of one content`);
    }

    fetched(generation, have, modules) {
        const { laws } = this;
        const had = new Set(have);
        const isNew = modules.every(({ key }) => !had.has(key));
        laws.hold(3, isNew, () => `generation ${generation} brings what is there already`);
    }

    /** The factory of rwsdk/__state. */
    state() {
        const run = this;
        return function* (i, exports) {
            const table = {};
            const define = (key, init) => (table[key] ??= init());
            exports({ define: () => define });
            yield;
            run.states++;
        };
    }

    /** The factory of any other module: it tells when it is evaluated, and what it is. */
    module({ id, key, text, lazies }) {
        const run = this;
        this.modules.set(key, { id, text, lazies });
        return function* (imports, exports, meta, load) {
            const self = { id, key, text, url: meta.url };
            exports({
                self: () => self,
                below: () => imports,
                late: () => late,
                handle: () => handle,
            });
            const late = () => Promise.all(lazies.map((to) => load(to)));
            const handle = (request) => run.handle(request, imports, self);
            yield;
            run.evaluates(self);
            const { define } = imports.find(({ define }) => define) ?? {};
            self.state = define?.('store', () => (run.inits++, {}));
            meta.hot.dispose(() => run.disposes(self));
        };
    }

    evaluates(self) {
        const { evaluated, host, laws } = this;
        const { id, key } = self;
        const before = evaluated.get(key);
        laws.hold(3, !before, () => `${id} is evaluated again, though nothing of it is new`);
        laws.hold(7, !before, () => `${id} is evaluated again with the same content`);
        evaluated.set(key, self);
        self.at = ++this.clock;
        self.generation = host.generation();
        const old = this.current.get(id);
        if (!old || old.generation <= self.generation) {
            this.current.set(id, self);
            const isOver = !old || old.gone < self.at;
            laws.hold(6, isOver, () => `${id} runs before the old one has ended`);
        }
    }

    /** The old hands over after the new is linked and before the new runs. */
    disposes(self) {
        const { laws } = this;
        laws.hold(6, !self.gone, () => `${self.id} is disposed of twice`);
        self.gone = ++this.clock;
    }

    /** What the app does with a request: all that is imported, and late what is imported late. */
    async handle({ opened, effect }, imports, self) {
        effect();
        const seen = new Set([self]);
        const namespaces = new Set(imports);
        const walk = () => {
            for (const namespace of namespaces) {
                if (namespace.self) {
                    seen.add(namespace.self);
                    Array.from(namespace.below).forEach((each) => namespaces.add(each));
                }
            }
        };
        walk();
        await opened;
        for (const namespace of namespaces) {
            for (const each of (await namespace.late?.()) ?? []) {
                namespaces.add(each);
                walk();
            }
        }
        return seen;
    }
}

/**
 * Plays an order of events.
 *
 * @param {Laws} laws
 * @param {string[]} events
 * @param {object} [options]
 * @param {object[]} [options.edits] what `edit` saves, one a time
 * @param {boolean} [options.isHolding] answers of the server wait for `answer`
 * @param {number} [options.mutation] the law that is broken on purpose
 */
export async function play(laws, events, { edits = EDITS.slice(0, 1), ...options } = {}) {
    const run = new Run(laws, { edits, isHolding: false, mutation: 0, ...options });
    try {
        for (const event of events) {
            await run.play(event);
        }
        await run.end();
    } catch (error) {
        await run.abandon();
        throw error;
    }
}

/* ── orders ──────────────────────────────────────────────────────────────────────────────────── */

/**
 * All orders of a list of events, but for steps with nothing to do: of orders that differ in such
 * steps alone, the one without them.
 *
 * @param {string[]} list an event may be there more than once
 * @param {object[]} edits
 * @returns {Set<string>} each order joined by spaces
 */
export function orders(list, edits) {
    const found = new Set();
    const met = new Set();
    const work = [[[], [...list].sort()]];
    while (work.length > 0) {
        const [chosen, rest] = work.pop();
        const state = `${chosen}|${rest}`;
        if (met.has(state)) {
            continue;
        }
        met.add(state);
        if (rest.length === 0) {
            found.add(chosen.join(' '));
        }
        for (const each of new Set(rest)) {
            const isIdle = isStep(each) && !played(chosen, edits)[each]();
            const then = isIdle ? chosen : [...chosen, each];
            work.push([then, rest.toSpliced(rest.indexOf(each), 1)]);
        }
    }
    return found;
}

/** How many different orders a list has. */
export function countOrders(list) {
    const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
    const times = (each) => list.filter((other) => other === each).length;
    const same = [...new Set(list)].map((each) => factorial(times(each)));
    return same.reduce((n, each) => n / each, factorial(list.length));
}

const isStep = (event) => PIPELINE.includes(event);

/** A server after the steps of an order; what goes on in the runtime changes nothing of it. */
function played(events, edits) {
    const server = new Server({ mutation: 0, published() {}, versioned() {} }, edits);
    events.filter(isStep).forEach((event) => server[event]());
    return server;
}

/** The events of a large case, by its seed. */
export function randomCase(seed) {
    const random = generator(seed);
    const count = 20 + random(30);
    const runtime = ['request', 'request', 'reload', 'answer', 'answer', 'answer last', 'open'];
    const some = [...EVENTS, ...runtime, 'publish', 'publish'];
    const events = Array.from({ length: count }, () => some[random(some.length)]).flatMap((each) =>
        each === 'publish' ? PIPELINE : [each],
    );
    const edits = EDITS.slice(0, 1 + random(EDITS.length));
    return { events, edits, isHolding: random(4) > 0 };
}

/** A small generator of numbers below a limit, the same for the same seed everywhere. */
function generator(seed) {
    let state = (seed ^ 0x9e3779b9) >>> 0;
    return (limit) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) % limit;
    };
}
