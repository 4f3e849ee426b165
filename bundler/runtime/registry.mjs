/*
 * The module registry: definitions and instances in one table by key. PROTOCOL.md says what a
 * definition is.
 *
 * A key names code together with everything it is linked to, so an instance never becomes stale: a
 * new generation of the program names other keys where something changed and the same keys where
 * nothing did. Nothing here replaces or clears; `collect` drops what nobody can name any more. That
 * is the whole of what keeps a program's state through any number of updates.
 *
 * A module that throws gives everybody its error, as ECMAScript has it. What it lacked may be there
 * a moment later (a database, a server), so a host may say where the next try begins: `retry`.
 *
 * Linking is in link.mjs, evaluation in evaluate.mjs, the state of one module in record.mjs. This
 * file has the table, the ways in (import, importSync, require), CommonJS's `module` and `require`,
 * and garbage collection. It uses nothing but the language; what depends on the place comes from
 * the host:
 *
 *   compile(definition)           → factory; default: definition.factory
 *   meta(definition)              → the object that is import.meta; default: { url }
 *   external(definition)          → { namespace, exports? } or a promise of it; exports is for
 *                                   require()
 *   dynamic(definition, specifier, options)
 *                                 → key or promise of a key; default: definition.dynamic[specifier]
 *   require(definition, specifier)
 *                                 → exports, for specifiers that no table knows; default: throws
 *   beforeEvaluate(definitions)   → called between linking and evaluating, with what will evaluate
 */

import { evaluate, isDone } from './evaluate.mjs';
import { link, missingError, namespaceOf } from './link.mjs';
import { EVALUATED, EVALUATING, EVALUATING_ASYNC, LINKED, ModuleRecord, urlOf } from './record.mjs';

const DEFAULT_HOST = {
    compile: (definition) => definition.factory,
    meta: (definition) => ({ __proto__: null, url: urlOf(definition) }),
    external(definition) {
        throw new Error(`External module '${definition.id}' cannot be loaded here`);
    },
    dynamic(definition, specifier) {
        const key = definition.dynamic?.[specifier];
        if (key === undefined) {
            throw notFound(specifier, definition);
        }
        return key;
    },
    require(definition, specifier) {
        throw notFound(specifier, definition);
    },
    beforeEvaluate() {},
};

export class Registry {
    /** @param {object} [host] any of the functions above */
    constructor(host = {}) {
        this.host = { ...DEFAULT_HOST, ...host };
        /** How many module bodies have been started. */
        this.evaluations = 0;
        this.asyncCount = 0; // order of asynchronous evaluation, see evaluate.mjs
        this.externals = new Map(); // key → { pending } | { failure } | { namespace, exports }
        this.table = new Map(); // key → ModuleRecord
        this.failed = new Set(); // records whose evaluation ended with an error
        this.cache = Object.create(null); // require.cache: file name → module, to look at
    }

    /**
     * Adds definitions. What a key means never changes, so known keys are left alone.
     *
     * @param {object[]} definitions
     */
    define(definitions) {
        for (const definition of definitions) {
            if (!this.table.has(definition.key)) {
                if (!FORMS.has(definition.form)) {
                    throw new TypeError(
                        `Unknown form '${definition.form}' of module '${definition.key}'`,
                    );
                }
                this.table.set(definition.key, new ModuleRecord(definition));
            }
        }
    }

    has(key) {
        return this.table.has(key);
    }

    keys() {
        return this.table.keys();
    }

    definition(key) {
        return this.table.get(key)?.definition;
    }

    /** Whether the module has evaluated to the end, without an error. */
    isEvaluated(key) {
        const record = this.table.get(key);
        return record !== undefined && isDone(record) && !record.error && !record.cycleRoot.error;
    }

    /**
     * Loads, links and evaluates a module.
     *
     * @param {string} key
     * @param {boolean} [nodeMode] how the importer sees CommonJS modules
     * @returns {Promise<object>} its namespace
     */
    async import(key, nodeMode = false) {
        const record = this.need(key);
        if (!isDone(record)) {
            await this.prepare(key);
            this.#announce(link(this, record));
        }
        await evaluate(this, record);
        return namespaceOf(record, nodeMode);
    }

    /**
     * Everything of `import` up to evaluation: externals are loaded, the closure is linked.
     *
     * @param {string} key
     */
    async prepare(key) {
        const record = this.need(key);
        const externals = this.#externalsOf(record);
        if (externals.length > 0) {
            await Promise.all(externals);
        }
        const started = link(this, record).map((each) => each.instantiated);
        await Promise.allSettled(started.filter(Boolean));
    }

    /**
     * As `import`, at once. Throws when the closure has top-level await, or an external that is not
     * loaded yet.
     *
     * @param {string} key
     * @param {boolean} [nodeMode]
     * @returns {object} its namespace
     */
    importSync(key, nodeMode = false) {
        const record = this.need(key);
        this.#evaluateSync(record);
        return namespaceOf(record, nodeMode);
    }

    /**
     * What `require` of the module returns.
     *
     * @param {string} key
     */
    require(key) {
        return this.#exportsOf(this.need(key));
    }

    /**
     * From here on, modules that failed to evaluate are as if nobody had asked for them. Those that
     * did not keep their instances; who waited for one that failed has failed as well.
     */
    retry() {
        for (const record of this.failed) {
            if (this.table.get(record.key) === record) {
                this.table.set(record.key, new ModuleRecord(record.definition));
            }
            // Members of a cycle that fails at its root; a Set takes them while it is walked.
            record.imports
                .filter(({ cycleRoot }) => cycleRoot?.error)
                .forEach((member) => this.failed.add(member));
        }
        this.failed.clear();
    }

    /**
     * Drops what cannot be reached from `live` keys, pinned modules and running evaluations by
     * static imports and requires.
     *
     * @param {Iterable<string>} live
     * @returns {string[]} the keys that are gone
     */
    collect(live) {
        const marked = new Set(live);
        for (const [key, record] of this.table) {
            const runs = record.status === EVALUATING || record.status === EVALUATING_ASYNC;
            if (runs || key.startsWith('pinned:')) {
                marked.add(key);
            }
        }
        for (const key of marked) {
            const record = this.table.get(key);
            if (record) {
                // A Set that grows while it is walked is walked to its end.
                linksOf(record.definition).forEach((target) => marked.add(target));
            }
        }
        const gone = [...this.table.keys()].filter((key) => !marked.has(key));
        for (const key of gone) {
            const { module } = this.table.get(key);
            this.failed.delete(this.table.get(key));
            if (module && this.cache[module.filename] === module) {
                delete this.cache[module.filename];
            }
            this.table.delete(key);
            this.externals.delete(key);
        }
        return gone;
    }

    /* ── for link.mjs and evaluate.mjs ───────────────────────────────────────────────────────── */

    /** The record of a key; `importer` is for the message. */
    need(key, importer = null) {
        const record = this.table.get(key);
        if (!record) {
            const place = importer ? `, which '${importer.name}' imports,` : '';
            throw new Error(`Module '${key}'${place} is not in the registry`);
        }
        return record;
    }

    async dynamic(record, specifier, options) {
        const key = await this.host.dynamic(record.definition, `${specifier}`, options);
        return this.import(key, record.nodeMode);
    }

    /** CommonJS's `module` of a record. */
    moduleOf(record) {
        const { filename } = record;
        const slash = filename.lastIndexOf('/');
        const module = {
            id: filename,
            path: slash > 0 ? filename.slice(0, slash) : '/',
            exports: {},
            filename,
            loaded: false,
            children: [],
            paths: [],
            parent: undefined,
        };
        Object.defineProperty(module, 'require', { value: this.#makeRequire(record, module) });
        return module;
    }

    /** `require` for the body of an ES module that mixes. */
    requireOf(record) {
        return this.#makeRequire(record, null);
    }

    /* ── inside ──────────────────────────────────────────────────────────────────────────────── */

    #announce(order) {
        const fresh = order.filter((each) => each.status === LINKED);
        if (fresh.length > 0) {
            this.host.beforeEvaluate(fresh.map((each) => each.definition));
        }
    }

    #evaluateSync(record) {
        if (record.status === EVALUATING) {
            return;
        }
        if (record.status !== EVALUATED) {
            this.#externalsOf(record); // those that a host can give at once are there now
            const order = link(this, record);
            const waits = order.find((each) => each.async || each.status === EVALUATING_ASYNC);
            if (waits) {
                throw asyncError(record, waits);
            }
            this.#announce(order);
        }
        if (evaluate(this, record)) {
            throw asyncError(record, record.cycleRoot);
        }
    }

    /**
     * Starts to load the externals of a closure; returns promises of those that are not there yet.
     */
    #externalsOf(root) {
        if (root.prepared) {
            return [];
        }
        const pending = [];
        const seen = new Set([root]);
        let complete = true;
        for (const record of seen) {
            if (record.form === 'external') {
                const loading = this.#loadExternal(record);
                if (loading) {
                    pending.push(loading);
                }
            }
            for (const key of linksOf(record.definition)) {
                const target = this.table.get(key);
                complete &&= target !== undefined;
                if (target && !target.prepared) {
                    seen.add(target);
                }
            }
        }
        if (complete && pending.length === 0) {
            seen.forEach((record) => (record.prepared = true));
        }
        return pending;
    }

    /** Returns a promise while loading; a failure is kept for whoever imports the module. */
    #loadExternal(record) {
        const known = this.externals.get(record.key);
        if (known) {
            return known.pending ?? null;
        }
        const keep = ({ namespace, exports }) => {
            const required = exports === undefined ? namespace : exports;
            this.externals.set(record.key, { namespace, exports: required });
        };
        const fail = (error) => {
            this.externals.set(record.key, { failure: { value: error } });
        };
        try {
            const result = this.host.external(record.definition);
            if (typeof result.then !== 'function') {
                keep(result);
                return null;
            }
            const pending = result.then(keep).catch(fail);
            this.externals.set(record.key, { pending });
            return pending;
        } catch (error) {
            fail(error);
            return null;
        }
    }

    #exportsOf(record) {
        this.#evaluateSync(record);
        if (record.form === 'cjs') {
            return record.module.exports;
        }
        return record.form === 'esm' ? esmExports(record) : record.value;
    }

    #makeRequire(record, module) {
        const { definition } = record;
        const find = (specifier) => {
            if (typeof specifier !== 'string') {
                const error = new TypeError('The "id" argument must be of type string');
                error.code = 'ERR_INVALID_ARG_TYPE';
                throw error;
            }
            const requires = definition.requires;
            return requires && Object.hasOwn(requires, specifier)
                ? this.need(requires[specifier], record)
                : null;
        };
        const require = (specifier) => {
            const target = find(specifier);
            if (!target) {
                return this.host.require(definition, specifier);
            }
            if (isNotFound(target)) {
                throw requiredMissing(specifier, definition, target.definition);
            }
            if (target.form === 'cjs') {
                if (!target.module) {
                    link(this, target);
                }
                if (module && !module.children.includes(target.module)) {
                    module.children.push(target.module);
                }
                target.module.parent ??= module ?? undefined;
                this.cache[target.module.filename] = target.module;
            }
            return this.#exportsOf(target);
        };
        require.resolve = (specifier) => {
            const target = find(specifier);
            if (!target || target.form === 'missing') {
                throw notFound(specifier, definition);
            }
            return target.form === 'external' ? target.name.replace(/^node:/, '') : target.filename;
        };
        require.cache = this.cache;
        require.extensions = Object.create(null);
        require.main = undefined;
        return require;
    }
}

const FORMS = new Set(['esm', 'cjs', 'json', 'external', 'pinned', 'missing']);

/** Keys that a definition is statically linked to. */
export function linksOf(definition) {
    return [...(definition.imports ?? []), ...Object.values(definition.requires ?? {})];
}

/** What require() of an ES module gives, as Node has it. */
function esmExports(record) {
    const namespace = namespaceOf(record, false);
    if ('module.exports' in namespace) {
        return namespace['module.exports'];
    }
    if (!('default' in namespace) || '__esModule' in namespace) {
        return namespace;
    }
    if (!record.facade) {
        const facade = Object.create(null, Object.getOwnPropertyDescriptors(namespace));
        Object.defineProperty(facade, '__esModule', { value: true, enumerable: true });
        record.facade = Object.preventExtensions(facade);
    }
    return record.facade;
}

function asyncError(record, waits) {
    const error = new Error(
        `require() cannot load '${record.name}': '${waits.name}' uses top-level await. ` +
            'Use import() instead.',
    );
    error.code = 'ERR_REQUIRE_ASYNC_MODULE';
    return error;
}

/** Whether there is no such module, rather than one that is broken. */
function isNotFound({ form, definition }) {
    const code = definition.error?.code ?? 'ERR_MODULE_NOT_FOUND';
    return form === 'missing' && code === 'ERR_MODULE_NOT_FOUND';
}

/** For require(), as Node has it: the code and the first words are what packages look for. */
function requiredMissing(specifier, definition, missing) {
    const message = [notFoundText(specifier, definition), missing.error?.message];
    return missingError({
        ...missing,
        error: {
            ...missing.error,
            message: message.filter(Boolean).join('\n'),
            code: 'MODULE_NOT_FOUND',
        },
    });
}

function notFoundText(specifier, definition) {
    return `Cannot find module '${specifier}', required by '${definition.id ?? definition.key}'`;
}

function notFound(specifier, definition) {
    const error = new Error(notFoundText(specifier, definition));
    error.code = 'MODULE_NOT_FOUND';
    return error;
}
