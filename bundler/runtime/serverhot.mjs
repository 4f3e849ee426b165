/*
 * `import.meta.hot` in server environments.
 *
 * Nothing has to be accepted here: a new generation evaluates exactly the modules whose code or
 * links changed, up to the entry. What remains of the API is handing over: when a module is
 * evaluated under a new key, the instance that had its id before is disposed of, after the new one
 * is linked and before it runs, and `data` goes from one to the other. Accept callbacks of the old
 * instance get the new namespace once it has evaluated.
 *
 * A request of an older generation may evaluate an old version of a module later than the new one.
 * It gets a context of its own, which disposes of nobody.
 */

export class ServerHot {
    /** @param {() => number} generation the one that the running code belongs to */
    constructor(generation) {
        this.generation = generation;
        this.current = new Map(); // qualified id → HotContext of the newest instance
        this.created = new Map(); // key → HotContext, between instantiation and evaluation
        this.listeners = new Map(); // event → Set of callbacks
        this.replaced = []; // [old context, key] whose accept callbacks are due
    }

    /** The object that the module with this definition sees as `import.meta.hot`. */
    create(definition) {
        const context = new HotContext(this, definition.key);
        this.created.set(definition.key, context);
        return context.api;
    }

    /** The host's beforeEvaluate. */
    beforeEvaluate(definitions) {
        const generation = this.generation();
        for (const { key } of definitions) {
            const context = this.created.get(key);
            if (!context) {
                continue;
            }
            this.created.delete(key);
            const id = key.slice(0, Math.max(0, key.lastIndexOf('@'))) || key;
            const old = this.current.get(id);
            if (old && old.generation > generation) {
                continue;
            }
            context.generation = generation;
            this.current.set(id, context);
            if (old) {
                old.dispose();
                context.data = old.data;
                this.replaced.push([old, key]);
            }
        }
    }

    /**
     * Tells old instances about new ones. `namespaceOf(key)` is undefined for what did not
     * evaluate.
     */
    afterEvaluate(namespaceOf) {
        const replaced = this.replaced;
        this.replaced = [];
        for (const [old, key] of replaced) {
            const namespace = namespaceOf(key);
            if (namespace) {
                old.acceptors.forEach((callback) => guarded(() => callback(namespace)));
            }
        }
    }

    /** The keys are gone; so are contexts that were made and never ran. */
    forget(keys) {
        keys.forEach((key) => this.created.delete(key));
    }

    emit(event, data) {
        this.listeners.get(event)?.forEach((callback) => guarded(() => callback(data)));
    }
}

class HotContext {
    constructor(hot, key) {
        this.key = key;
        this.generation = 0;
        this.data = {};
        this.acceptors = [];
        this.disposers = [];
        this.subscriptions = [];
        this.api = makeApi(hot, this);
    }

    dispose() {
        this.subscriptions.forEach((end) => end());
        this.disposers.forEach((callback) => guarded(() => callback(this.data)));
        this.disposers = [];
    }
}

function makeApi(hot, context) {
    const accept = (first, callback) => {
        const own = typeof first === 'function' ? first : first === undefined ? callback : null;
        if (own) {
            context.acceptors.push(own);
        }
    };
    return {
        get data() {
            return context.data;
        },
        accept,
        acceptExports: (names, callback) => accept(callback),
        dispose: (callback) => context.disposers.push(callback),
        /**
         * Modules are evaluated again whenever they change, and dropped when nothing reaches them.
         */
        prune() {},
        decline() {},
        invalidate() {},
        /** There is no other side to talk to. */
        send() {},
        on(event, callback) {
            const callbacks = hot.listeners.get(event) ?? new Set();
            hot.listeners.set(event, callbacks.add(callback));
            context.subscriptions.push(() => callbacks.delete(callback));
        },
        off(event, callback) {
            hot.listeners.get(event)?.delete(callback);
        },
    };
}

/** One callback that throws does not keep the others from running. */
function guarded(run) {
    try {
        run();
    } catch (error) {
        console.error(error);
    }
}
