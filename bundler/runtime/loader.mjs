/*
 * Generations in a server runtime: which module an id means in which generation, and how its
 * closure gets here.
 *
 * The dev server knows the graph of every generation that is alive. A runtime asks it once for a
 * root and gets the keys of the roots and the definitions of their closure that it does not have.
 * Answers are kept by generation: an id means one key in a generation for ever. Instances are kept
 * by key in the registry, across generations.
 *
 *   request ──▶ pin(7) ── import(7, "worker:/src/worker.tsx") ──▶ key ──▶ registry
 *                 │          └ import("./x") inside, later, with 8 the newest: still asks for 7
 *                 └ unpin(7) when the response and what waitUntil holds are done
 *
 * A generation is *held* while it is the newest, while somebody pins it here, or while the server
 * lists it as live. What no held generation has asked for is dropped, together with its keys in the
 * registry. The server leaves out of an answer what it knows to be here, so nothing is dropped while
 * a request is under way (session.mjs).
 *
 * Web-standard globals only: the same file serves Node and workerd.
 */

import { Session } from './session.mjs';

const EXTERNAL = /^external:(.*)$/s;
const LOOKUP = /^[A-Za-z0-9_-]+:lookup-/;
const RECENT = 16; // generations for which a lookup is remembered
const QUALIFIED = /^[A-Za-z0-9_-]+:(?:\/|virtual:|lookup-)/;

export class Loader {
    /**
     * @param {object} options
     * @param {import('./registry.mjs').Registry} options.registry
     * @param {(body: object) => Promise<object>} options.fetchModules one round trip
     * @param {string} options.entry qualified id of the program's entry
     * @param {number} options.generation the newest at start
     * @param {(specifier: string) => boolean} [options.isExternal] what the host loads by itself
     * @param {(keys: string[]) => void} [options.dropped] told which keys are gone
     */
    constructor({ registry, fetchModules, entry, generation, isExternal, dropped }) {
        this.registry = registry;
        this.entry = entry;
        /** What code outside of any request runs in. */
        this.newest = generation;
        this.session = new Session(fetchModules);
        this.isExternal = isExternal ?? (() => false);
        this.dropped = dropped ?? (() => {});
        this.generations = new Map(); // number → { answers, roots, pins }
        this.live = new Set();
        this.underway = 0; // requests without an answer
        this.isDue = false; // generations were forgotten, their modules not yet
        this.wanted = generation;
        this.switching = null;
        this.lookups = new Map(); // id → the newest generation in which running code asked for it
    }

    /** Keeps a generation until as many `unpin` calls. */
    pin(number) {
        this.#generation(number).pins++;
    }

    unpin(number) {
        this.#generation(number).pins--;
        this.#collect();
    }

    /**
     * Imports a module as it is in a generation.
     *
     * @param {number} number
     * @param {string} id qualified
     * @returns {Promise<object>} its namespace
     */
    async import(number, id) {
        return this.registry.import(await this.resolve(number, id));
    }

    /**
     * The key of an id in a generation, with its closure in the registry.
     *
     * @param {number} number
     * @param {string} id qualified id
     * @returns {Promise<string>}
     */
    resolve(number, id) {
        if (LOOKUP.test(id)) {
            this.lookups.set(id, Math.max(number, this.lookups.get(id) ?? 0));
        }
        return this.#ask(number, id, {
            env: id.slice(0, id.indexOf(':')),
            entry: id,
            importer: null,
        });
    }

    /**
     * The key that `import(specifier)` in a module means in a generation.
     *
     * @param {number} number
     * @param {object} definition of the importing module
     * @param {string} specifier
     * @returns {Promise<string>|string}
     */
    resolveDynamic(number, definition, specifier) {
        const { key, dynamic } = definition;
        const isKnown = dynamic && Object.hasOwn(dynamic, specifier);
        const target = isKnown ? dynamic[specifier] : specifier;
        if (isKnown && this.registry.has(target)) {
            return target;
        }
        const id = this.isExternal(target) ? target : EXTERNAL.exec(target)?.[1];
        if (id) {
            const external = `external:${id}`;
            this.registry.define([{ key: external, id, form: 'external' }]);
            this.#generation(number).roots.add(external);
            return external;
        }
        if (QUALIFIED.test(target) || target.startsWith('pinned:')) {
            return this.resolve(number, target);
        }
        const env = key.slice(0, key.indexOf(':'));
        return this.#ask(number, `${key} ${specifier}`, { env, entry: specifier, importer: key });
    }

    /**
     * Moves on to a generation: its entry is fetched and linked, then it is the newest. Calls that
     * come meanwhile join in, and all end when the newest of them is reached. A generation that
     * does not link becomes the newest as well: whoever asks for it shall see its error.
     *
     * @param {number} number
     * @param {number[]} live generations that the server may still send requests for
     * @returns {Promise<{ generation: number, error?: unknown }>}
     */
    switchTo(number, live) {
        if (number >= this.wanted) {
            this.wanted = number;
            this.live = new Set(live);
        }
        this.switching ??= this.#switch().finally(() => {
            this.switching = null;
        });
        return this.switching;
    }

    async #switch() {
        let result = {};
        while (this.newest < this.wanted) {
            const number = this.wanted;
            result = {};
            this.pin(number);
            try {
                await this.registry.prepare(await this.#advance(number));
            } catch (error) {
                result = { error };
            }
            this.newest = number;
            this.unpin(number);
        }
        this.#collect();
        return { generation: this.newest, ...result };
    }

    #generation(number) {
        let generation = this.generations.get(number);
        if (!generation) {
            generation = { answers: new Map(), roots: new Set(), pins: 0 };
            this.generations.set(number, generation);
        }
        return generation;
    }

    /** Answers are asked for once a generation; failures of the transport are not answers. */
    #ask(number, question, what) {
        const { answers } = this.#generation(number);
        let answer = answers.get(question);
        if (!answer) {
            answer = this.#fetch(number, what);
            answers.set(question, answer);
            answer.catch(() => answers.delete(question));
        }
        return answer;
    }

    /**
     * The entry's key in a generation. What was looked up lately will be looked up again: it comes in
     * the same round trip, so that the first request need not wait for one an id.
     */
    #advance(number) {
        const { answers } = this.#generation(number);
        const ids = [this.entry];
        for (const [id, last] of this.lookups) {
            if (last < number - RECENT) {
                this.lookups.delete(id);
            } else {
                ids.push(id);
            }
        }
        const open = ids.filter((id) => !answers.has(id));
        if (open.length > 0) {
            const env = this.entry.slice(0, this.entry.indexOf(':'));
            const keys = this.#fetchAll(number, { env, entries: open, importer: null });
            open.forEach((id, i) => {
                const answer = keys.then((found) => found[i]);
                answers.set(id, answer);
                answer.catch(() => answers.delete(id));
            });
        }
        return answers.get(this.entry);
    }

    async #fetch(number, { env, entry, importer }) {
        const [root] = await this.#fetchAll(number, { env, entries: [entry], importer });
        return root;
    }

    async #fetchAll(number, { env, entries, importer }) {
        this.underway++;
        try {
            const body = { env, generation: number, entries, importer };
            const { roots, modules } = await this.session.fetch(body, this.registry);
            roots.forEach((root) => this.#generation(number).roots.add(root));
            return roots;
        } finally {
            if (--this.underway === 0 && this.isDue) {
                this.#collect();
            }
        }
    }

    /**
     * Forgets generations that nobody holds, then modules that no held generation has asked for.
     */
    #collect() {
        const live = new Set();
        for (const [number, generation] of this.generations) {
            const held = number >= this.newest || generation.pins > 0 || this.live.has(number);
            if (held) {
                generation.roots.forEach((key) => live.add(key));
            } else {
                this.generations.delete(number);
                this.isDue = true;
            }
        }
        if (this.isDue && this.underway === 0) {
            this.isDue = false;
            const gone = this.registry.collect(live);
            if (gone.length > 0) {
                this.session.drop(gone);
                this.dropped(gone);
            }
        }
    }
}
