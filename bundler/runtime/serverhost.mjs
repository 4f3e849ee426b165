/*
 * What hosts of server environments have in common: the registry and the loader of one program, and
 * in which generation a piece of code runs. NodeHost and WorkerdHost add how text becomes code and
 * what the platform's own modules are.
 *
 * A request runs inside of an AsyncLocalStorage that holds its generation. The context outlives the
 * request (a timer that a module starts while a request evaluates it inherits it), so it is closed
 * when the request is over; code in a closed context is outside of any request.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';

import { Loader } from './loader.mjs';
import { keepsModules, memoFactory } from './memo.mjs';
import { fileOf, urlOf } from './record.mjs';
import { Registry } from './registry.mjs';
import { ServerHot } from './serverhot.mjs';
import { Stacks } from './stacks.mjs';

export class ServerHost {
    /**
     * @param {object} options
     * @param {string} options.entry qualified id
     * @param {number} options.generation
     * @param {object} options.env the worker's `env`
     * @param {(body: object) => Promise<object>} options.fetchModules
     * @param {object} platform
     * @param {typeof import('node:module').SourceMap} platform.SourceMap or one that works alike
     * @param {(specifier: string) => unknown} platform.require of a builtin
     * @param {RegExp} platform.own specifiers that are modules of the platform, beside builtins
     */
    constructor({ entry, generation, env, fetchModules }, { SourceMap, require, own }) {
        this.env = env;
        /** The newest generation whose entry has evaluated: { generation, namespace }. */
        this.latest = null;
        this.requests = new AsyncLocalStorage(); // { generation, closed, waitUntil }
        this.stacks = new Stacks(SourceMap);
        this.hot = new ServerHot(() => this.generation());
        this.registry = new Registry({
            compile: (definition) =>
                keepsModules(definition) ? this.#memo() : this.compile(definition),
            meta: (definition) => this.#meta(definition),
            external: (definition) => this.external(definition.id),
            dynamic: (definition, specifier) =>
                this.loader.resolveDynamic(this.generation(), definition, specifier),
            require: (definition, specifier) => requireBuiltin(require, definition, specifier),
            beforeEvaluate: (definitions) => this.hot.beforeEvaluate(definitions),
        });
        this.loader = new Loader({
            registry: this.registry,
            fetchModules,
            entry,
            generation,
            isExternal: (specifier) => isBuiltin(specifier) || own.test(specifier),
            dropped: (keys) => {
                this.stacks.forget(keys);
                this.hot.forget(keys);
            },
        });
    }

    /** The generation that the running code belongs to. */
    generation() {
        const request = this.requests.getStore();
        return request && !request.closed ? request.generation : this.loader.newest;
    }

    /**
     * The namespace of an entry, the app's unless it is named, in a generation. What failed for
     * others is tried again.
     */
    async importEntry(generation, entry = this.loader.entry) {
        this.registry.retry();
        try {
            const namespace = await this.loader.import(generation, entry);
            const isLatest = generation >= (this.latest?.generation ?? 0);
            if (entry === this.loader.entry && isLatest) {
                this.latest = { generation, namespace };
            }
            return namespace;
        } finally {
            const { registry } = this;
            this.hot.afterEvaluate((key) =>
                registry.isEvaluated(key) ? registry.importSync(key) : undefined,
            );
        }
    }

    /** Keeps the current request's generation until the promise is settled. */
    waitUntil(promise) {
        const request = this.requests.getStore();
        if (!request || request.closed) {
            throw new Error('waitUntil() was called outside of a request');
        }
        request.waitUntil(promise);
    }

    #memo() {
        const isKnown = (generation) => this.loader.generations.has(generation);
        return memoFactory(() => this.generation(), isKnown);
    }

    #meta(definition) {
        const url = urlOf(definition);
        const filename = fileOf(definition);
        const hot = this.hot.create(definition);
        return { __proto__: null, dirname: dirname(filename), filename, hot, main: false, url };
    }
}

function requireBuiltin(require, definition, specifier) {
    if (isBuiltin(specifier)) {
        return require(specifier);
    }
    const error = new Error(`Cannot find module '${specifier}', required by '${definition.id}'`);
    error.code = 'MODULE_NOT_FOUND';
    throw error;
}
