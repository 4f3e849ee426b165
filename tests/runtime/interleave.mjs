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
 *   depart, arrive                                             a request that is long on its way
 *   linger                                                     one that works on when answered
 *   echo                                                       code that outlives its request
 *   reload old                                                 a notice that comes too late
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
import { EDITS, ENTRY, MEMORY, STATE, Server, closureOf } from './interleaveserver.mjs';

export { EDITS };

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

/** What is broken, and the law that has to notice. */
export const MUTATIONS = {
    1: { law: 1, what: 'a module that is imported late is another than the one imported first' },
    2: { law: 2, what: 'a version counts commits' },
    3: { law: 3, what: 'a version counts the dependencies that are known' },
    4: { law: 4, what: 'late imports see the newest generation' },
    5: { law: 5, what: 'a switch drops the pinned module' },
    6: { law: 6, what: 'browsers are told before the runtime has switched' },
    7: { law: 7, what: 'a file that is saved without a change makes a generation' },
    8: { law: 4, what: 'a generation goes while work of it goes on' },
    9: { law: 4, what: 'a generation goes while a request for it is on its way' },
    10: { law: 6, what: 'the runtime moves on before it has what it needs' },
    11: { law: 6, what: 'a notice that is late takes the runtime back' },
    12: { law: 6, what: 'an old version disposes of a newer one' },
    13: { law: 4, what: 'what outlives a request imports as if it were the request' },
    14: { law: 5, what: 'a pinned module goes with the last one that imports it' },
    15: { law: 4, what: 'nothing is ever dropped' },
};

const PAGE = 'worker:/page.mjs';

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
        this.memories = 0; // of the other one
        this.inits = 0;
        this.reached = 1; // the newest generation that the runtime was at
        this.departed = []; // what lets requests arrive that are on their way
        this.used = new Map(); // generation → keys that its requests have seen
        this.answered = null; // the last request that is over: { context, entry }
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
        this.#mutate(host);
        const { dropped } = host.loader;
        host.loader.dropped = (keys) => {
            dropped(keys);
            this.#drops(new Set(keys));
            keys.forEach((key) => this.evaluated.delete(key));
        };
        return host;
    }

    #mutate(host) {
        const { hot, loader, registry } = host;
        switch (this.mutation) {
            case 8:
                loader.pin = () => {};
                loader.unpin = () => {};
                break;
            case 9:
                this.server.live = () => [];
                break;
            case 12:
                hot.generation = () => Infinity;
                break;
            case 13:
                host.generation = () => requests.getStore()?.generation ?? loader.newest;
                break;
            case 14: {
                const collect = registry.collect.bind(registry);
                registry.collect = (live) => {
                    const gone = collect(live);
                    if (![...registry.keys()].some((key) => key.startsWith('worker:/idle.mjs'))) {
                        registry.table.delete(MEMORY);
                    }
                    return gone;
                };
                break;
            }
            case 15:
                registry.collect = () => [];
                break;
        }
    }

    /** What a generation has used stays, while a request is in it or on its way to it. */
    #drops(gone) {
        const { laws, server } = this;
        for (const [number, { pins }] of server.generations) {
            const used = pins > 0 ? [...(this.used.get(number) ?? [])] : [];
            const lost = used.find((key) => gone.has(key));
            laws.hold(4, !lost, () => `${lost} goes, while generation ${number} is in use`);
        }
    }

    /** Plays one event. */
    async play(event) {
        switch (event) {
            case 'request':
                this.#begin(this.#request());
                break;
            case 'depart':
                this.#begin(this.#request({ isSlow: true }));
                break;
            case 'linger':
                this.#begin(this.#request({ isLingering: true }));
                break;
            case 'echo':
                this.#begin(this.#echo());
                break;
            case 'reload':
                this.#begin(this.#reload(this.server.newest));
                break;
            case 'reload old':
                this.#begin(this.#reload(Math.max(1, this.server.newest - 1)));
                break;
            case 'arrive':
                this.departed.shift()?.();
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
        this.#checkPlace();
    }

    /** The runtime goes on to a generation when it has its modules, and never back. */
    #checkPlace() {
        const { host: { loader, registry }, laws, reached, server } = this;
        const at = loader.newest;
        laws.hold(6, at >= reached, () => `the runtime goes from ${reached} back to ${at}`);
        if (at > reached && server.generations.has(at)) {
            const isThere = registry.has(server.key(at, ENTRY));
            laws.hold(6, isThere, () => `the runtime is at ${at} and does not have it`);
        }
        this.reached = Math.max(at, reached);
    }

    #begin(work) {
        work.catch(() => {}); // whoever waits for all hears of it
        this.pending.push(work);
    }

    /** Lets all end, and looks at the end of it. */
    async end() {
        const { server } = this;
        for (;;) {
            while (server.held.length + this.departed.length + this.open.length > 0) {
                const next = server.held.length > 0 ? 'answer' : 'open';
                await this.play(this.departed.length > 0 ? 'arrive' : next);
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
        await this.#checkRest();
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
        const { memories } = this;
        laws.hold(5, memories < 2, () => `a pinned module was evaluated ${memories} times`);
    }

    /** When all is over the runtime has the newest generation, what is pinned, and nothing else. */
    async #checkRest() {
        const { host, laws, server } = this;
        const { newest } = server;
        await host.loader.switchTo(newest, [newest]);
        const { files } = server.generations.get(newest);
        const known = new Set([...files.keys()].map((id) => server.key(newest, id)));
        const isOf = (key) => known.has(key) || key.startsWith('pinned:');
        const rest = [...host.registry.keys()].find((key) => !isOf(key));
        laws.hold(4, rest === undefined, () => `${rest} stays, though nobody can ask for it`);
    }

    /** Lets all end, whatever becomes of it. */
    async abandon() {
        this.server.isHolding = false;
        let isOver = false;
        Promise.allSettled(this.pending).then(() => (isOver = true));
        while (!isOver) {
            this.server.held.splice(0).forEach((give) => give());
            this.open.splice(0).forEach((go) => go());
            this.departed.splice(0).forEach((go) => go());
            await new Promise(setImmediate);
        }
    }

    async #reload(number) {
        const { host, laws, server } = this;
        const at = ++this.clock;
        const before = this.publications.get(number);
        laws.hold(6, before < at, () => `the runtime is told of ${number} before it is published`);
        if (this.mutation === 6) {
            this.#tellBrowsers(number);
        }
        if (this.mutation === 5) {
            host.registry.table.delete(STATE);
        }
        if (this.mutation === 10 || (this.mutation === 11 && number < server.newest)) {
            host.loader.newest = number;
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

    /**
     * A request from its arrival to its answer. A slow one waits on its way from the server to the
     * runtime. When one that lingers is answered the server lets go of its generation, and what the
     * request has begun goes on: all that it has seen it sees again.
     */
    async #request({ isSlow = false, isLingering = false } = {}) {
        const { host, laws, server } = this;
        const generation = server.newest;
        const n = this.effects.push(0) - 1;
        laws.hold(6, generation >= this.told, () => `a browser that knows ${this.told} gets less`);
        server.pin(generation);
        if (isSlow) {
            await new Promise((resolve) => this.departed.push(resolve));
        }
        host.loader.pin(generation);
        const context = { generation, closed: false, waitUntil() {} };
        const opened = new Promise((resolve) => this.open.push(resolve));
        try {
            const entry = await host.requests.run(context, () => host.importEntry(generation));
            const work = (request) => host.requests.run(context, () => entry.handle(request));
            const effect = () => this.effects[n]++;
            const seen = await work({ opened: isLingering ? null : opened, effect });
            this.#checkAnswer(generation, seen);
            this.answered = { context, entry };
            if (isLingering) {
                server.unpin(generation);
                await opened;
                const again = await work({ opened: null, effect() {} });
                const isSame = again.size === seen.size && [...again].every((one) => seen.has(one));
                laws.hold(4, isSame, () => `work of generation ${generation} finds others`);
            }
        } catch (error) {
            laws.hold(4, error instanceof LawBroken, () => `a request fails: ${error.stack}`);
            throw error;
        } finally {
            context.closed = true;
            host.loader.unpin(generation);
            if (!isLingering) {
                server.unpin(generation);
            }
        }
    }

    /** What runs on when its request is over imports what is the newest then. */
    async #echo() {
        const { answered, host, laws, server } = this;
        if (!answered?.context.closed) {
            return;
        }
        const { newest } = host.loader;
        if (!server.generations.has(newest)) {
            return;
        }
        server.pin(newest);
        try {
            const found = await host.requests.run(answered.context, () => answered.entry.echo());
            for (const { id, key } of found.map(({ self }) => self)) {
                const expected = server.key(newest, id);
                laws.hold(4, key === expected, () => `${key} is not ${id} of ${newest}`);
            }
        } finally {
            server.unpin(newest);
        }
    }

    /** Every module that a request has seen is that of its generation, and is one. */
    #checkAnswer(generation, seen) {
        const { laws, server } = this;
        const { files } = server.generations.get(generation);
        const instances = new Map();
        const used = this.used.get(generation) ?? new Set();
        this.used.set(generation, used);
        for (const each of seen) {
            const { id, key, url } = each;
            used.add(key);
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
        reached.delete(MEMORY);
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

    /** The factory of the pinned module of one that comes and goes. */
    memory() {
        const run = this;
        return function* (i, exports) {
            exports({});
            yield;
            run.memories++;
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
                echo: () => echo,
            });
            const late = () => Promise.all(lazies.map((to) => load(to)));
            const handle = (request) => run.handle(request, imports, self);
            const echo = () => imports.find(({ self: of }) => of?.id === PAGE).late();
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
        const by = this.host.generation();
        const isNewer = by >= self.generation;
        laws.hold(6, isNewer, () => `${self.id} of ${self.generation} is disposed of for ${by}`);
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
    const odd = ['depart', 'arrive', 'linger', 'echo', 'reload old'];
    const some = [...EVENTS, ...runtime, ...odd, 'publish', 'publish'];
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
