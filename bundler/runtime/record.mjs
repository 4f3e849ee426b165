/*
 * One module in the registry: its definition, and how far it has come.
 *
 *   NEW ──link──▶ LINKED ──evaluate──▶ EVALUATING ──▶ EVALUATED
 *                                           └──▶ EVALUATING_ASYNC ──▶ EVALUATED
 *
 * A record never goes back. A record that failed to link stays where it was with `linkError`, one
 * that threw is EVALUATED with `error`; both fail in the same way whenever they are asked for
 * again, because a key stands for the same code linked to the same code.
 */

export const NEW = 0;
export const LINKED = 1;
export const EVALUATING = 2;
export const EVALUATING_ASYNC = 3;
export const EVALUATED = 4;

/** `asyncOrder` of a record that does not wait for anything, and of one that has done so. */
export const SYNC = 0;
export const SETTLED = -1;

const NO_NAMES = new Set();

export class ModuleRecord {
    constructor(definition) {
        this.definition = definition;
        this.key = definition.key;
        this.form = definition.form === 'pinned' ? 'esm' : definition.form;
        this.async = this.form === 'esm' && definition.async === true;
        this.nodeMode = definition.nodeMode === true;
        this.status = NEW;
        this.linkError = null; // { value }
        this.error = null; // { value }

        // Linking (link.mjs).
        this.imports = []; // ModuleRecord, parallel to definition.imports
        this.table = new Map(); // export name → getter, or AMBIGUOUS
        this.own = null; // ESM: names that the module exports itself; stars do not touch them
        this.indirect = []; // ESM: [export name, import index, imported name]
        this.stars = []; // ESM: records of `export * from`
        this.open = false; // names may still be added: a CJS module has not run yet
        this.starParents = []; // while linking, and as long as `open`
        this.dependents = new Map(); // export name → [record, name] that re-export it
        this.namespaces = [null, null]; // for importers that are not, and that are, in Node mode
        this.namespaceGetters = null; // of `export * as`, in the same order
        this.defaults = null; // CJS: getters of the default import, in the same order
        this.hidden = NO_NAMES; // CJS: own members that are not enumerable
        this.promised = []; // CJS: static names that the module did not define when it ran
        this.generator = null;
        this.instantiated = null; // promise of an async factory's first step
        this.slots = []; // what the factory knows as __rwg_i
        this.prepared = false; // externals of the whole closure are there

        // Evaluation (evaluate.mjs); names as in the specification.
        this.run = null;
        this.dfsIndex = 0;
        this.dfsAncestor = 0;
        this.cycleRoot = null;
        this.pendingAsync = 0;
        this.asyncOrder = SYNC;
        this.asyncParents = [];
        this.capability = null;

        // CommonJS, JSON, external: what require() gives.
        this.module = null;
        this.value = undefined;
        this.facade = null; // what require() of an ES module gives
    }

    /** The module's file as code and messages know it. */
    get filename() {
        return fileOf(this.definition);
    }

    /** How messages name this module. */
    get name() {
        return this.definition.id ?? this.key;
    }
}

/** `import.meta.url` of a definition. */
export function urlOf(definition) {
    return definition.url ?? `rwgraph:${definition.key}`;
}

/** `__filename` of a definition. */
export function fileOf(definition) {
    if (definition.filename) {
        return definition.filename;
    }
    const url = urlOf(definition);
    return url.startsWith('file:') ? decodeURIComponent(new URL(url).pathname) : url;
}
