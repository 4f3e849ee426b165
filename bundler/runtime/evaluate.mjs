/*
 * Evaluation, after the ECMAScript specification (cyclic module records): depth-first, each module
 * once, cycles as one component; what top-level await holds up continues when it may, in the order
 * in which it would have come. The specification recurses; here every walk has its own stack.
 *
 * One thing is ours: require() of an ES module evaluates inside of somebody else's evaluation. Each
 * walk is a *run*; a module that another run is in the middle of counts as done, so a cycle through
 * require() sees what is there, as cycles do.
 */

import { checkLate, closeCommonJs } from './link.mjs';
import { EVALUATED, EVALUATING, EVALUATING_ASYNC, LINKED, SETTLED, SYNC } from './record.mjs';

/**
 * Evaluates a linked record and what it imports.
 *
 * @returns {Promise<void>|null} null when all is done, else when it will be. Throws or rejects with
 *     the module's error, the same one every time.
 */
export function evaluate(registry, record) {
    if (record.status === EVALUATING) {
        return null; // inside of its own evaluation: the caller gets what is there
    }
    if (record.status === LINKED) {
        walk(registry, record, {});
    }
    const root = record.error ? record : record.cycleRoot;
    if (root.error) {
        throw root.error.value;
    }
    return root.status === EVALUATED ? null : settled(root);
}

/** Whether the record and the cycle that it is in have evaluated, with or without an error. */
export function isDone(record) {
    return record.status === EVALUATED && record.cycleRoot.status === EVALUATED;
}

/** The promise of the evaluation of a cycle's root. */
function settled(root) {
    if (!root.capability) {
        const capability = {};
        capability.promise = new Promise((resolve, reject) =>
            Object.assign(capability, { resolve, reject }),
        );
        root.capability = capability;
    }
    return root.capability.promise;
}

function walk(registry, root, run) {
    const stack = []; // entered, component not complete
    const frames = [];
    let index = 0;
    const enter = (record) => {
        record.status = EVALUATING;
        record.run = run;
        record.dfsIndex = record.dfsAncestor = index++;
        record.pendingAsync = 0;
        stack.push(record);
        frames.push({ record, next: 0 });
    };
    enter(root);
    try {
        while (frames.length > 0) {
            const frame = frames[frames.length - 1];
            const { record } = frame;
            if (frame.next < record.imports.length) {
                const target = record.imports[frame.next];
                if (target.status === LINKED) {
                    enter(target);
                } else {
                    frame.next++;
                    visited(record, target, run);
                }
            } else {
                start(registry, record);
                if (record.dfsAncestor === record.dfsIndex) {
                    completeComponent(stack, record);
                }
                frames.pop();
            }
        }
    } catch (error) {
        for (const record of stack) {
            fail(registry, record, error);
            record.cycleRoot = record;
        }
        throw error;
    }
}

/** `record` imports `target`, which is not new any more. */
function visited(record, target, run) {
    let waitsFor = target;
    if (target.status === EVALUATING) {
        if (target.run !== run) {
            return;
        }
        record.dfsAncestor = Math.min(record.dfsAncestor, target.dfsAncestor);
    } else {
        waitsFor = target.cycleRoot;
        if (waitsFor.error) {
            throw waitsFor.error.value;
        }
    }
    if (waitsFor.asyncOrder > 0) {
        record.pendingAsync++;
        waitsFor.asyncParents.push(record);
    }
}

function start(registry, record) {
    if (record.pendingAsync > 0 || record.async) {
        record.asyncOrder = ++registry.asyncCount;
        if (record.pendingAsync === 0) {
            executeAsync(registry, record);
        }
    } else {
        execute(registry, record);
    }
}

function completeComponent(stack, root) {
    let record;
    do {
        record = stack.pop();
        record.cycleRoot = root;
        record.run = null;
        record.status = record.asyncOrder === SYNC ? EVALUATED : EVALUATING_ASYNC;
        if (record.status === EVALUATED) {
            release(record);
        }
    } while (record !== root);
}

function fail(registry, record, error) {
    record.status = EVALUATED;
    record.error = { value: error };
    registry.failed.add(record);
    release(record);
}

/** What only linking and evaluating needed. */
function release(record) {
    record.generator = null;
    record.instantiated = null;
}

/* ── running a body ──────────────────────────────────────────────────────────────────────────── */

function execute(registry, record) {
    if (record.form === 'esm') {
        registry.evaluations++;
        checkLate(record);
        record.generator.next();
    } else if (record.form === 'cjs') {
        registry.evaluations++;
        executeCommonJs(registry, record);
    }
}

function executeCommonJs(registry, record) {
    const { module } = record;
    try {
        const factory = registry.host.compile(record.definition);
        const dynamicImport = (specifier, options) => registry.dynamic(record, specifier, options);
        const { exports, require, filename, path } = module;
        factory.call(exports, module, exports, require, filename, path, dynamicImport);
        module.loaded = true;
    } finally {
        closeCommonJs(record);
    }
}

function executeAsync(registry, record) {
    registry.evaluations++;
    let body;
    try {
        checkLate(record);
        body = record.generator.next();
    } catch (error) {
        body = Promise.reject(error);
    }
    body.then(
        () => fulfilled(registry, record),
        (error) => rejected(registry, record, error),
    );
}

/* ── when an asynchronous body ends ──────────────────────────────────────────────────────────── */

function fulfilled(registry, record) {
    if (record.status === EVALUATED) {
        return; // something it was waited for together with has failed
    }
    settle(record);
    for (const ready of availableAncestors(record)) {
        if (ready.status === EVALUATED) {
            continue;
        }
        if (ready.async) {
            executeAsync(registry, ready);
            continue;
        }
        try {
            execute(registry, ready);
        } catch (error) {
            rejected(registry, ready, error);
            continue;
        }
        settle(ready);
    }
}

function settle(record) {
    record.asyncOrder = SETTLED;
    record.status = EVALUATED;
    release(record);
    record.capability?.resolve();
}

/** Who waited for `done` alone, and who for those, in the order in which they were reached. */
function availableAncestors(done) {
    const ready = [];
    const work = [done];
    while (work.length > 0) {
        for (const parent of work.pop().asyncParents) {
            if (parent.status === EVALUATED || parent.cycleRoot.error) {
                continue;
            }
            if (--parent.pendingAsync === 0) {
                ready.push(parent);
                if (!parent.async) {
                    work.push(parent);
                }
            }
        }
    }
    return ready.sort((a, b) => a.asyncOrder - b.asyncOrder);
}

function rejected(registry, first, error) {
    const work = [first];
    while (work.length > 0) {
        const record = work.pop();
        if (record.status === EVALUATED) {
            continue;
        }
        record.asyncOrder = SETTLED;
        fail(registry, record, error);
        record.capability?.reject(error);
        for (let i = record.asyncParents.length - 1; i >= 0; i--) {
            work.push(record.asyncParents[i]);
        }
    }
}
