/*
 * What the registry needs of workerd: compiling text, builtins, import.meta, and in which
 * generation a piece of code runs. NodeHost is its sibling and says how a generation goes with
 * AsyncLocalStorage.
 *
 * Text becomes code through the `unsafeEval` binding, which `workerd serve --experimental` has.
 * Modules of the platform are loaded by workerd itself, with what the runner's own bindings would
 * give away replaced by the app's.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';

import { cloudflareWorkers } from './cloudflare.mjs';
import { Loader } from './loader.mjs';
import { fileOf, urlOf } from './record.mjs';
import { Registry } from './registry.mjs';
import { ServerHot } from './serverhot.mjs';
import { Stacks } from './stacks.mjs';
import { SourceMap } from './workerdmap.mjs';

const PLATFORM = /^(?:cloudflare|workerd):/;
const platformRequire = createRequire('file:///');

export class WorkerdHost {
    /**
     * @param {object} options
     * @param {string} options.entry qualified id
     * @param {number} options.generation
     * @param {object} options.env the app's `env`
     * @param {{ eval(script: string, name: string): unknown }} options.unsafeEval
     * @param {(body: object) => Promise<object>} options.fetchModules
     */
    constructor({ entry, generation, env, unsafeEval, fetchModules }) {
        this.env = env;
        this.unsafeEval = unsafeEval;
        this.requests = new AsyncLocalStorage(); // { generation, closed, waitUntil }
        this.stacks = new Stacks(SourceMap);
        this.hot = new ServerHot(() => this.generation());
        this.registry = new Registry({
            compile: (definition) => this.#compile(definition),
            meta: (definition) => this.#meta(definition),
            external: (definition) => this.#external(definition.id),
            dynamic: (definition, specifier) =>
                this.loader.resolveDynamic(this.generation(), definition, specifier),
            require: (definition, specifier) => requirePlatform(definition, specifier),
            beforeEvaluate: (definitions) => this.hot.beforeEvaluate(definitions),
        });
        this.loader = new Loader({
            registry: this.registry,
            fetchModules,
            entry,
            generation,
            isExternal: (specifier) => isBuiltin(specifier) || PLATFORM.test(specifier),
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

    /** Workerd does not say where text fails to compile; the module at least is named. */
    #compile(definition) {
        const name = this.stacks.register(definition);
        try {
            return this.unsafeEval.eval(`(${definition.code}\n)`, name);
        } catch (error) {
            error.stack = `${error}\n    at ${fileOf(definition)}`;
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
            return { namespace: (this.workers ??= await this.#cloudflareWorkers()) };
        }
        if (isBuiltin(id)) {
            const namespace = await import(id);
            return { namespace, exports: namespace.default };
        }
        if (PLATFORM.test(id)) {
            return { namespace: await import(id) };
        }
        throw new Error(
            `'${id}' is loaded from outside of the project's graph, which workerd cannot do. ` +
                'Run the app with --runtime node.',
        );
    }

    /** Workerd's own, but with the app's `env`, and a base class that takes what we call it with. */
    async #cloudflareWorkers() {
        const waitUntil = (promise) => this.waitUntil(promise);
        const { WorkerEntrypoint } = cloudflareWorkers({ env: this.env, waitUntil });
        const native = await import('cloudflare:workers');
        return { ...native, WorkerEntrypoint, env: this.env, waitUntil };
    }
}

function requirePlatform(definition, specifier) {
    if (isBuiltin(specifier)) {
        return platformRequire(specifier);
    }
    const error = new Error(`Cannot find module '${specifier}', required by '${definition.id}'`);
    error.code = 'MODULE_NOT_FOUND';
    throw error;
}
