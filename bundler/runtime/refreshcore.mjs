/*
 * When a changed module can be refreshed in place, with React's state kept: when all it exports are
 * components, before and after. Else its importers have to be updated as well (`hot.invalidate`).
 */

/**
 * @param {object} runtime react-refresh/runtime
 * @param {(run: () => void) => void} schedule puts off a refresh, so that updates are
 *     refreshed together
 */
export function createRefresh(runtime, schedule) {
    let isScheduled = false;

    function enqueueUpdate() {
        if (!isScheduled) {
            isScheduled = true;
            schedule(() => {
                isScheduled = false;
                runtime.performReactRefresh();
            });
        }
    }

    /** Whatever the compiler has said about the component already stays. */
    function register(type, id) {
        runtime.register(type, id);
        runtime.setSignature(type, hooksOf(type));
    }

    /** A component, or a plain object of components (`Menu.Item`). */
    function isComponentLike(value) {
        if (runtime.isLikelyComponentType(value)) {
            return true;
        }
        const members = isPlainObject(value) ? Object.entries(value) : [];
        return (
            members.length > 0 &&
            members.every(
                ([name, each]) => /^[A-Z]/.test(name) && runtime.isLikelyComponentType(each),
            )
        );
    }

    return {
        /** What a module calls as $RefreshSig$. */
        signature: () => runtime.createSignatureFunctionForTransform(),

        /** Makes what a module calls as $RefreshReg$. */
        register: (id) => (type, name) => runtime.register(type, `${id} ${name}`),

        /**
         * Registers what a module exports, so that anonymous and wrapped components are known too.
         */
        registerExports(id, exports) {
            for (const [name, value] of entriesOf(exports)) {
                if (runtime.isLikelyComponentType(value)) {
                    register(value, `${id} export ${name}`);
                } else if (isPlainObject(value) && isComponentLike(value)) {
                    for (const [member, each] of Object.entries(value)) {
                        register(each, `${id} export ${name}-${member}`);
                    }
                }
            }
        },

        /** Why a change cannot be refreshed in place; null when it can. */
        reasonAgainst(previous, next) {
            const before = new Map(entriesOf(previous));
            const after = new Map(entriesOf(next));
            const removed = [...before.keys()].find((name) => !after.has(name));
            if (removed !== undefined) {
                return `export '${removed}' was removed`;
            }
            const added = [...after.keys()].find((name) => !before.has(name));
            if (added !== undefined) {
                return `export '${added}' is new`;
            }
            if (after.size === 0) {
                return 'it exports no component';
            }
            for (const [name, value] of after) {
                if (!isComponentLike(value) && value !== before.get(name)) {
                    return `export '${name}' is no component and has changed`;
                }
            }
            return null;
        },

        enqueueUpdate,
    };
}

/**
 * A resolver of client references that gives the newest version of every component.
 *
 * An answer of the server names client components by reference, and React takes what the reference
 * leads to for the component that is there if both are the same. After a refresh the component
 * that is there is the new version, and the reference, which was resolved once, leads to the old
 * one: the state that the refresh has kept would go with the next answer.
 *
 * @param {object} runtime react-refresh/runtime
 * @param {(id: string) => object} resolve gives a module's exports, or a promise of them, and the
 *     same promise each time
 */
export function newestReferences(runtime, resolve) {
    const seen = new WeakMap(); // what was resolved → what stands for it
    const newest = (value) => runtime.getFamilyByType(value)?.current ?? value;

    function standIn(resolved) {
        if (typeof resolved !== 'object' || resolved === null) {
            return newest(resolved);
        }
        if (!seen.has(resolved)) {
            const isPromise = typeof resolved.then === 'function';
            seen.set(resolved, isPromise ? resolved.then(standIn) : newestExports(resolved));
        }
        return seen.get(resolved);
    }

    /** Own properties like those of the exports: React asks for no others. */
    function newestExports(exports) {
        const made = {};
        for (const name of Reflect.ownKeys(exports)) {
            const get = () => newest(exports[name]);
            Object.defineProperty(made, name, { enumerable: true, get });
        }
        return made;
    }

    return new Proxy(resolve, {
        apply: (target, self, ids) => standIn(Reflect.apply(target, self, ids)),
    });
}

/**
 * The hooks that a component calls, in order, read off its text: while they are the same its state
 * can be kept. Stands in for the signature that a compiler would make.
 */
function hooksOf(type) {
    let inner = type;
    while (typeof inner === 'object' && inner !== null) {
        inner = inner.render ?? inner.type; // forwardRef, memo, one around the other
    }
    const text = typeof inner === 'function' ? Function.prototype.toString.call(inner) : '';
    const calls = text.matchAll(/\buse[A-Z]\w*(?=\)?\s*\()/g);
    return [...calls].map(([name]) => name).join();
}

/** Exports by name; a getter that throws (a binding in its dead zone) counts as no component. */
function entriesOf(exports) {
    return Object.keys(exports)
        .filter((name) => name !== '__esModule')
        .map((name) => {
            try {
                return [name, exports[name]];
            } catch {
                return [name, undefined];
            }
        });
}

function isPlainObject(value) {
    return (
        typeof value === 'object' &&
        value !== null &&
        Object.getPrototypeOf(value) === Object.prototype
    );
}
