/*
 * What the registry needs of Node: compiling text, builtins and other externals.
 */

import { SourceMap, createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

import './globals.mjs';
import { cloudflareWorkers, unsupported } from './cloudflare.mjs';
import { ServerHost } from './serverhost.mjs';

const HEAD = 'return ('; // before an expression that a function evaluates
const nodeRequire = createRequire(import.meta.url);

export class NodeHost extends ServerHost {
    /**
     * @param {ConstructorParameters<typeof ServerHost>[0]} options
     * @param {string} [root] folder of the project, whose packages externals are
     */
    constructor(options, root = process.cwd()) {
        super(options, { SourceMap, require: nodeRequire, own: /^cloudflare:/ });
        this.require = createRequire(join(root, 'package.json'));
        this.import = importer(root, this.require);
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
        const namespace = await this.import(id);
        return { namespace, exports: isBuiltin(id) ? namespace.default : this.#required(id) };
    }

    /** What require() of an external file gives; undefined where only import() can load it. */
    #required(id) {
        try {
            return this.require(id.startsWith('file:') ? fileURLToPath(id) : id);
        } catch {
            return undefined;
        }
    }
}

/** import() as a module at the project's root has it; older Nodes find less for it. */
export function importer(root, require) {
    const loader = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    if (loader === undefined) {
        const isPath = (id) => isBuiltin(id) || id.startsWith('file:');
        return (id) => import(isPath(id) ? id : pathToFileURL(require.resolve(id)).href);
    }
    const filename = join(root, 'package.json');
    const options = { filename, importModuleDynamically: loader };
    return vm.compileFunction('return import(id)', ['id'], options);
}
