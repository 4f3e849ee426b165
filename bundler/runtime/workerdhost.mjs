/*
 * What the registry needs of workerd: compiling text, builtins.
 *
 * Text becomes code through the `unsafeEval` binding, which `workerd serve --experimental` has.
 * Modules of the platform are loaded by workerd itself, with what the runner's own bindings would
 * give away replaced by the app's.
 */

import { createRequire, isBuiltin } from 'node:module';

import { cloudflareWorkers } from './cloudflare.mjs';
import { fileOf } from './record.mjs';
import { ServerHost } from './serverhost.mjs';
import { SourceMap } from './workerdmap.mjs';

const PLATFORM = /^(?:cloudflare|workerd):/;

export class WorkerdHost extends ServerHost {
    /**
     * @param {ConstructorParameters<typeof ServerHost>[0]} options
     * @param {{ eval(script: string, name: string): unknown }} unsafeEval
     */
    constructor(options, unsafeEval) {
        super(options, { SourceMap, require: createRequire('file:///'), own: PLATFORM });
        this.unsafeEval = unsafeEval;
        // For modules of imported WebAssembly: code of the app may compile none.
        globalThis[Symbol.for('rwgraph.compile')] = (bytes) => unsafeEval.newWasmModule(bytes);
    }

    /** Workerd does not say where text fails to compile; the module at least is named. */
    compile(definition) {
        const name = this.stacks.register(definition);
        try {
            return this.unsafeEval.eval(`(${definition.code}\n)`, name);
        } catch (error) {
            error.stack = `${error}\n    at ${fileOf(definition)}`;
            throw error;
        }
    }

    async external(id) {
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
            `'${id}' is external, and workerd reads no files: take it out of "externals" in ` +
                'rwgraph.json, so that it is loaded like the rest of the app, or run the app ' +
                'with --runtime node',
        );
    }

    /** Workerd's own, but with the app's `env`, and a base class that takes what we give it. */
    async #cloudflareWorkers() {
        const waitUntil = (promise) => this.waitUntil(promise);
        const { WorkerEntrypoint } = cloudflareWorkers({ env: this.env, waitUntil });
        const native = await import('cloudflare:workers');
        return { ...native, WorkerEntrypoint, env: this.env, waitUntil };
    }
}
