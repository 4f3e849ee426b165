/*
 * Linking: instantiate every module of a closure, find out what each exported name stands for, make
 * the namespace objects. Nothing of user code runs here but hoisting.
 *
 * What a name stands for is its *getter*: the function that reads the local binding in the module
 * that declares it. Two names are the same binding exactly when they are the same getter, which is
 * all that the rules for `export *` ask. The names of a batch are found as the least fixpoint of
 * these equations, by a worklist:
 *
 *   table(m, n) = the getter                          n declared in m
 *               = table(target, n')                   n re-exported from there
 *               = join of table(s, n) over stars s    otherwise; n is not "default"
 *
 * with join(x, x) = x and join(x, y) = AMBIGUOUS. A name changes at most twice, so the work is
 * linear in names × star edges, cycles or not. A circular re-export is a name that never gets a
 * value.
 *
 * CommonJS modules say only after they ran what they export. Until then they, and whoever stars
 * them, are `open`: checks of names that are not there yet are put off until just before the
 * importer evaluates, and names that turn up are passed on to the namespaces that were handed out
 * already.
 */

import { EVALUATED, LINKED, NEW } from './record.mjs';

/** In a table: two stars bring different bindings under one name, so nobody gets it. */
export const AMBIGUOUS = Symbol('ambiguous');

/**
 * Links the closure of `root`. Throws the first error in evaluation order, the same one every time.
 *
 * @returns {ModuleRecord[]} what of the closure has still to evaluate, in evaluation order
 */
export function link(registry, root) {
    const order = unevaluated(registry, root);
    const batch = order.filter((record) => record.status === NEW);
    if (batch.length > 0) {
        batch.forEach((record) => instantiate(registry, record));
        batch.forEach((record) => connect(record));
        resolveNames(batch);
        batch.forEach((record) => check(record));
        batch.forEach((record) => fillSlots(record));
    }
    for (const record of order) {
        if (record.linkError) {
            throw record.linkError.value;
        }
    }
    return order;
}

/** Depth-first postorder over static imports, stopping where everything has evaluated. */
function unevaluated(registry, root) {
    const order = [];
    const seen = new Set([root]);
    const frames = [{ record: root, next: 0 }];
    while (frames.length > 0) {
        const frame = frames[frames.length - 1];
        const record = frame.record;
        const keys = record.definition.imports ?? [];
        if (frame.next === 0 && record.status === NEW && record.imports.length < keys.length) {
            record.imports = keys.map((key) => registry.need(key, record));
        }
        if (record.status === EVALUATED || frame.next === record.imports.length) {
            if (record.status !== EVALUATED) {
                order.push(record);
            }
            frames.pop();
            continue;
        }
        const target = record.imports[frame.next++];
        if (!seen.has(target)) {
            seen.add(target);
            frames.push({ record: target, next: 0 });
        }
    }
    return order;
}

/* ── instantiate: one function a form ────────────────────────────────────────────────────────── */

function instantiate(registry, record) {
    record.status = LINKED;
    try {
        INSTANTIATE[record.form](registry, record);
    } catch (error) {
        record.linkError = { value: error };
    }
}

const INSTANTIATE = {
    esm(registry, record) {
        const factory = registry.host.compile(record.definition);
        const meta = registry.host.meta(record.definition);
        const dynamicImport = (specifier, options) => registry.dynamic(record, specifier, options);
        const declare = (exports, stars = []) => declareExports(record, exports, stars);
        const require = factory.length > 4 ? registry.requireOf(record) : undefined;
        record.own = new Set();
        record.generator = factory(record.slots, declare, meta, dynamicImport, require);
        const first = record.generator.next();
        if (record.async) {
            record.instantiated = first;
            first.catch(() => {}); // the second step rejects as well, and that one is looked at
        }
    },

    cjs(registry, record) {
        record.open = true;
        record.module = registry.moduleOf(record);
        for (const name of record.definition.names ?? []) {
            if (name !== 'default') {
                record.table.set(name, memberGetter(record, name));
            }
        }
    },

    json(registry, record) {
        const { definition } = record;
        const value = definition.factory ? definition.factory() : JSON.parse(definition.code);
        record.value = value;
        record.table.set('default', () => value);
        if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
            for (const name of Object.keys(value)) {
                if (name !== 'default' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
                    record.table.set(name, () => value[name]);
                }
            }
        }
    },

    external(registry, record) {
        const loaded = registry.externals.get(record.key);
        if (!loaded || loaded.pending) {
            throw new Error(`External module '${record.name}' has not been loaded`);
        }
        if (loaded.failure) {
            throw loaded.failure.value;
        }
        const { namespace } = loaded;
        record.value = loaded.exports;
        record.namespaces = [namespace, namespace];
        for (const name of Object.keys(namespace)) {
            record.table.set(name, () => namespace[name]);
        }
    },

    missing(registry, record) {
        throw missingError(record.definition);
    },
};

/** The error that a `missing` definition stands for. */
export function missingError(definition) {
    const told = definition.error ?? {};
    const error = new Error(told.message ?? `Cannot find module '${definition.id}'`);
    error.code = told.code ?? 'ERR_MODULE_NOT_FOUND';
    for (const field of ['name', 'file', 'line', 'column', 'frame']) {
        if (told[field] !== undefined) {
            Object.defineProperty(error, field, {
                value: told[field],
                configurable: true,
                writable: true,
            });
        }
    }
    return error;
}

/** What a factory calls as `__rwg_x`. */
function declareExports(record, exports, stars) {
    for (const name of Object.keys(exports)) {
        const what = exports[name];
        record.own.add(name);
        if (typeof what === 'function') {
            record.table.set(name, what);
        } else {
            record.indirect.push([name, what[0], what.length > 1 ? what[1] : null]);
        }
    }
    record.stars = stars.map((index) => record.imports[index]);
}

/* ── names ───────────────────────────────────────────────────────────────────────────────────── */

/** Registers whose names depend on whose. */
function connect(record) {
    for (const target of record.stars) {
        target.starParents.push(record);
    }
    for (const [name, index, imported] of record.indirect) {
        const target = record.imports[index];
        if (imported !== null && !isCommonJsDefault(target, imported)) {
            const waiting = target.dependents.get(imported);
            if (waiting) {
                waiting.push([record, name]);
            } else {
                target.dependents.set(imported, [[record, name]]);
            }
        }
    }
}

function isCommonJsDefault(target, name) {
    return target.form === 'cjs' && name === 'default';
}

function resolveNames(batch) {
    const work = [];
    const sources = new Set(batch);
    for (const record of batch) {
        record.imports.forEach((target) => sources.add(target));
        for (const [name, index, imported] of record.indirect) {
            const target = record.imports[index];
            if (imported === null) {
                record.table.set(name, namespaceGetter(target, record.nodeMode));
            } else if (isCommonJsDefault(target, imported)) {
                record.table.set(name, defaultGetter(target, record.nodeMode));
            }
        }
    }
    for (const record of sources) {
        for (const name of record.table.keys()) {
            work.push(record, name);
        }
    }
    propagate(work, join);
    markOpen(batch);
    for (const record of sources) {
        if (!record.open) {
            forget(record);
        }
    }
}

/**
 * Passes names on to whoever stars or re-exports them until nothing changes. `work`: record, name,
 * record, name…
 */
function propagate(work, set) {
    while (work.length > 0) {
        const name = work.pop();
        const record = work.pop();
        const getter = record.table.get(name);
        if (name !== 'default') {
            for (const parent of record.starParents) {
                if (!parent.own.has(name) && set(parent, name, getter)) {
                    work.push(parent, name);
                }
            }
        }
        for (const [parent, exported] of record.dependents.get(name) ?? []) {
            if (set(parent, exported, getter)) {
                work.push(parent, exported);
            }
        }
    }
}

function join(record, name, getter) {
    const known = record.table.get(name);
    if (known === getter || known === AMBIGUOUS) {
        return false;
    }
    record.table.set(name, known === undefined ? getter : AMBIGUOUS);
    return true;
}

/** `open` goes up along stars, and along re-exports of names that are not known yet. */
function markOpen(batch) {
    const work = new Set();
    for (const record of batch) {
        record.stars.filter((target) => target.open).forEach((target) => work.add(target));
        for (const [name, index] of record.indirect) {
            if (!record.table.has(name) && record.imports[index].open) {
                record.open = true;
            }
        }
        if (record.open) {
            work.add(record);
        }
    }
    for (const record of work) {
        for (const parent of record.starParents) {
            parent.open = true;
            work.add(parent); // a Set takes additions while it is walked, each once
        }
        for (const waiting of record.dependents.values()) {
            for (const [parent, name] of waiting) {
                if (!parent.table.has(name)) {
                    parent.open = true;
                    work.add(parent);
                }
            }
        }
    }
}

/**
 * Nobody will ask this record for changes again; do not keep importers of other generations alive.
 */
function forget(record) {
    record.starParents = [];
    record.dependents.clear();
}

/** Static checks: every name that is imported or re-exported is there, or may still turn up. */
function check(record) {
    if (record.linkError) {
        return;
    }
    const fail = (target, name) => {
        record.linkError ??= { value: missingExport(target, name, record) };
    };
    for (const [name, index, imported] of record.indirect) {
        const getter = record.table.get(name);
        const target = record.imports[index];
        if (getter === AMBIGUOUS || (getter === undefined && isAbsent(target, imported))) {
            fail(target, imported);
        }
    }
    (record.definition.bindings ?? []).forEach((names, index) => {
        const target = record.imports[index];
        for (const name of names ?? []) {
            if (target.table.get(name) === AMBIGUOUS || isAbsent(target, name)) {
                fail(target, name);
            }
        }
    });
}

/** Whether `target` is known not to export `name`. A target that failed to link says so itself. */
function isAbsent(target, name) {
    const mayCome = target.open || target.linkError || isCommonJsDefault(target, name);
    return !mayCome && !target.table.has(name) && !target.promised.includes(name);
}

/**
 * The checks that had to wait for CommonJS modules to run; called just before `record` evaluates.
 */
export function checkLate(record) {
    (record.definition.bindings ?? []).forEach((names, index) => {
        const target = record.imports[index];
        for (const name of names ?? []) {
            if (isAbsent(target, name)) {
                throw missingExport(target, name, record);
            }
        }
    });
    for (const [name, index, imported] of record.indirect) {
        if (!record.table.has(name) && isAbsent(record.imports[index], imported)) {
            throw missingExport(record.imports[index], imported, record);
        }
    }
}

function missingExport(target, name, importer) {
    const env = importer.key.slice(0, Math.max(0, importer.key.indexOf(':')));
    const place = `imported by '${importer.name}'${env ? ` in ${env}` : ''}`;
    const ambiguous = target.table.get(name) === AMBIGUOUS;
    const problem = ambiguous
        ? 'contains conflicting star exports for name'
        : 'does not provide an export named';
    const error = new SyntaxError(
        `The requested module '${target.name}' ${problem} '${name}' (${place})`,
    );
    error.code = 'RWGRAPH_MISSING_EXPORT';
    Object.defineProperty(error, 'file', { value: importer.filename });
    return error;
}

/* ── getters and namespaces ──────────────────────────────────────────────────────────────────── */

function memberGetter(record, name) {
    return () => {
        const exports = record.module.exports;
        return exports === null || exports === undefined ? undefined : exports[name];
    };
}

/**
 * What `import d from` a CommonJS module reads. One function a record and mode, so that bindings
 * can be compared.
 */
function defaultGetter(record, nodeMode) {
    record.defaults ??= [
        () => {
            const exports = record.module.exports;
            return isBabel(exports) ? exports.default : exports;
        },
        () => record.module.exports,
    ];
    return record.defaults[nodeMode ? 1 : 0];
}

function isBabel(exports) {
    const type = typeof exports;
    return exports !== null && (type === 'object' || type === 'function') && !!exports.__esModule;
}

function namespaceGetter(target, nodeMode) {
    const mode = nodeMode ? 1 : 0;
    target.namespaceGetters ??= [() => target.namespaces[0], () => target.namespaces[1]];
    return target.namespaceGetters[target.form === 'cjs' ? mode : 0];
}

function fillSlots(record) {
    for (const target of record.imports) {
        record.slots.push(target.linkError ? undefined : namespaceOf(target, record.nodeMode));
    }
}

/**
 * The namespace object of a linked module as importers of this mode see it. Only CommonJS modules
 * have two.
 */
export function namespaceOf(record, nodeMode) {
    const mode = nodeMode && record.form === 'cjs' ? 1 : 0;
    const made = record.namespaces[mode];
    if (made || record.linkError) {
        return made;
    }
    const namespace = Object.create(null);
    Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' });
    record.namespaces[mode] = namespace;
    writeNamespace(record, namespace, mode);
    return namespace;
}

/** Properties in the order of their names; a closed namespace is final. */
function writeNamespace(record, namespace, mode) {
    const names = [...record.table.keys()];
    if (record.form === 'cjs') {
        names.push('default');
    }
    names.sort();
    for (const name of names) {
        const isDefault = isCommonJsDefault(record, name);
        const get = isDefault ? defaultGetter(record, mode === 1) : record.table.get(name);
        if (get !== AMBIGUOUS) {
            const enumerable = !record.hidden.has(name);
            Object.defineProperty(namespace, name, { get, enumerable, configurable: record.open });
        }
    }
    if (!record.open) {
        Object.preventExtensions(namespace);
    }
}

/* ── what CommonJS modules turn out to export ────────────────────────────────────────────────── */

/**
 * Called once when the module ran (or threw): its names are final now, and so are those of modules
 * that only waited for it.
 */
export function closeCommonJs(record) {
    const { exports } = record.module;
    const known = record.table;
    record.table = new Map();
    const hasMembers =
        exports !== null && (typeof exports === 'object' || typeof exports === 'function');
    record.hidden = new Set();
    if (hasMembers) {
        for (const [name, getter] of known) {
            if (name in exports) {
                record.table.set(name, getter);
            }
        }
        for (const name of ownNames(exports)) {
            if (name !== 'default' && !record.table.has(name)) {
                record.table.set(name, memberGetter(record, name));
                const isEnumerable = Object.prototype.propertyIsEnumerable.call(exports, name);
                if (!isEnumerable && name !== '__esModule') {
                    record.hidden.add(name);
                }
            }
        }
    }
    const work = [];
    for (const name of record.table.keys()) {
        if (!known.has(name) && !record.hidden.has(name)) {
            work.push(record, name);
        }
    }
    // Importing a name that was promised statically is no error: it is undefined, as in Node.
    record.promised = [...known.keys()].filter((name) => !record.table.has(name));
    propagate(work, addLate);
    close(record);
}

function ownNames(exports) {
    if (Array.isArray(exports) || ArrayBuffer.isView(exports)) {
        return [];
    }
    try {
        return Object.getOwnPropertyNames(exports);
    } catch {
        return []; // a proxy that does not want to tell
    }
}

/** A name that turns up late never takes the place of one that is there. */
function addLate(record, name, getter) {
    if (record.table.has(name) || getter === AMBIGUOUS) {
        return false;
    }
    record.table.set(name, getter);
    const namespace = record.namespaces[0];
    if (namespace) {
        Object.defineProperty(namespace, name, {
            get: getter,
            enumerable: true,
            configurable: true,
        });
    }
    return true;
}

/** Makes a record final, and then those that were open only because of it. */
function close(first) {
    const work = [first];
    while (work.length > 0) {
        const record = work.pop();
        const parents = new Set(record.starParents);
        for (const waiting of record.dependents.values()) {
            waiting.forEach(([parent]) => parents.add(parent));
        }
        record.open = false;
        forget(record);
        finishNamespaces(record);
        for (const parent of parents) {
            if (parent.open && parent.form === 'esm' && !isStillOpen(parent)) {
                work.push(parent);
            }
        }
    }
}

function isStillOpen(record) {
    const waits = ([name, index]) => !record.table.has(name) && record.imports[index].open;
    return record.stars.some((target) => target.open) || record.indirect.some(waits);
}

function finishNamespaces(record) {
    record.namespaces.forEach((namespace, mode) => {
        if (namespace) {
            Object.getOwnPropertyNames(namespace).forEach((name) => delete namespace[name]);
            writeNamespace(record, namespace, mode);
        }
    });
}
