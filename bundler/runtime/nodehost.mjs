/*
 * What the registry needs of Node: compiling text, builtins and other externals.
 */

import { SourceMap, createRequire, isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

import './globals.mjs';
import { cloudflareWorkers, unsupported } from './cloudflare.mjs';
import { ServerHost } from './serverhost.mjs';

const HEAD = 'return ('; // before an expression that a function evaluates
const nodeRequire = createRequire(import.meta.url);

export class NodeHost extends ServerHost {
    /** @param {ConstructorParameters<typeof ServerHost>[0]} options */
    constructor(options) {
        super(options, { SourceMap, require: nodeRequire, own: /^cloudflare:/ });
    }

    compile(definition) {
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

    async external(id) {
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
