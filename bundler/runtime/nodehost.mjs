/*
 * What the registry needs of Node: compiling text, builtins and other externals, import.meta, and
 * in which generation a piece of code runs.
 *
 * A request runs inside of an AsyncLocalStorage that holds its generation. The context outlives the
 * request (a timer that a module starts while a request evaluates it inherits it), so it is closed
 * when the request is over; code in a closed context is outside of any request.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { SourceMap, createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

import './globals.mjs';
import { cloudflareWorkers, unsupported } from './cloudflare.mjs';
import { Loader } from './loader.mjs';
import { fileOf, urlOf } from './record.mjs';
import { Registry } from './registry.mjs';
import { ServerHot } from './serverhot.mjs';
import { Stacks } from './stacks.mjs';

const HEAD = 'return ('; // before an expression that a function evaluates
const nodeRequire = createRequire(import.meta.url);

export class NodeHost {
    /**
     * @param {object} options
     * @param {string} options.entry qualified id
     * @param {number} options.generation
     * @param {object} options.env the worker's `env`
     * @param {(body: object) => Promise<object>} options.fetchModules
     */
    constructor({ entry, generation, env, fetchModules }) {
        this.env = env;
        this.requests = new AsyncLocalStorage(); // { generation, closed, waitUntil }
        this.stacks = new Stacks(SourceMap);
        this.hot = new ServerHot(() => this.generation());
        this.registry = new Registry({
            compile: (definition) => this.#compile(definition),
            meta: (definition) => this.#meta(definition),
            external: (definition) => this.#external(definition.id),
            dynamic: (definition, specifier) =>
                this.loader.resolveDynamic(this.generation(), definition, specifier),
            require: (definition, specifier) => requireBuiltin(definition, specifier),
            beforeEvaluate: (definitions) => this.hot.beforeEvaluate(definitions),
        });
        this.loader = new Loader({
            registry: this.registry,
            fetchModules,
            entry,
            generation,
            isExternal: (specifier) => isBuiltin(specifier) || specifier.startsWith('cloudflare:'),
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

    /** The entry's namespace in a generation. */
    async importEntry(generation) {
        try {
            return await this.loader.import(generation, this.loader.entry);
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

    #compile(definition) {
        const filename = this.stacks.register(definition);
        const options = { filename, columnOffset: -HEAD.length };
        try {
            // Unlike scripts, functions are not kept in the engine's compilation cache: what is
            // dropped here is gone.
            return vm.compileFunction(`${HEAD}${definition.code}\n)`, [], options)();
        } catch (error) {
            this.stacks.explain(error, filename, HEAD.length);
            throw error;
        }
    }

    #meta(definition) {
        const url = urlOf(definition);
        const filename = fileOf(definition);
        const hot = this.hot.create(definition);
        return { __proto__: null, dirname: dirname(filename), filename, hot, main: false, url };
    }

    async #external(id) {
        if (id === 'cloudflare:workers') {
            const waitUntil = (promise) => this.waitUntil(promise);
            return {
                namespace: (this.workers ??= cloudflareWorkers({ env: this.env, waitUntil })),
            };
        }
        if (id.startsWith('cloudflare:')) {
            throw unsupported(id);
        }
        const namespace = await import(id);
        return { namespace, exports: isBuiltin(id) ? namespace.default : requireExternal(id) };
    }
}

/** What require() of an external file gives; undefined where only import() can load it. */
function requireExternal(id) {
    try {
        return nodeRequire(id.startsWith('file:') ? fileURLToPath(id) : id);
    } catch {
        return undefined;
    }
}

function requireBuiltin(definition, specifier) {
    if (isBuiltin(specifier)) {
        return nodeRequire(specifier);
    }
    const error = new Error(`Cannot find module '${specifier}', required by '${definition.id}'`);
    error.code = 'MODULE_NOT_FOUND';
    throw error;
}
