/*
 * `import.meta.hot` and the application of updates, without a DOM.
 *
 * An update is applied in two steps. *Prepare*: every new module of the message is imported, which
 * loads, links and evaluates it. The contexts that these modules create are staged. Only when all
 * imports have succeeded comes *commit*: staged contexts take their places, accept callbacks run in
 * the order of the message. When an import fails the page runs on with what it had, and the
 * message's updates are tried again together with the next message, which does not depend on them:
 * the mistake may be in a module that goes with it. A browser evaluates a URL once: what has been
 * staged by then stays so.
 *
 *             import                       all imports succeeded
 *   (none) ──────────▶ live    staged ──────────────────────────▶ live ──prune──▶ (none)
 *                                ▲  evaluated again
 *
 * A module is disposed of when the next one is about to run: it has been loaded and linked, and
 * what it imports has evaluated. So no mistake in a text or an import costs a page what it has,
 * while `data` is filled for the new module, and what the old one has put somewhere is gone.
 */

export class HotClient {
    /**
     * @param {object} host
     * @param {(url: string) => Promise<object>} host.importModule
     * @param {(message: object) => void} host.send to the server
     * @param {(why: string) => void} host.reload the page
     * @param {(update: object) => Promise<void>} host.swapStylesheet of an update of kind "css"
     * @param {(error: unknown, update: object) => void} host.failed to import a new module
     */
    constructor(host) {
        this.host = host;
        this.owners = new Map(); // owner path → Owner
        this.batch = null; // of the update whose modules are being imported
        this.unfinished = null; // the batch of updates that could not be applied yet
        this.queue = Promise.resolve();
        this.left = []; // these updates
        this.generation = undefined; // of the update that is being applied
        this.first = null; // who began the chain of invalidations that an update belongs to
    }

    /**
     * The object that a module sees as `import.meta.hot`.
     *
     * @param {string} path the module's owner path
     * @param {Record<string, string>} named owner paths of what it names in `accept`
     */
    createContext(path, named = {}) {
        const known = this.owners.get(path);
        const owner = known ?? { path, data: {}, context: null };
        const context = new HotContext(this, owner, named);
        this.owners.set(path, owner);
        this.batch?.evaluated.add(owner);
        if (known) {
            dispose(owner, this.batch?.staged.get(owner));
            dispose(owner, owner.context);
        }
        if (known && this.batch) {
            this.batch.staged.set(owner, context);
        } else {
            owner.context = context;
        }
        return context.api;
    }

    /** Whether new modules of an update are being imported. */
    get isUpdating() {
        return this.batch !== null;
    }

    /**
     * Applies an `update` message, after those that came before it.
     *
     * @param {{ updates: object[] }} message
     * @returns {Promise<boolean>} whether it was applied
     */
    update(message) {
        const applied = this.queue.then(() => this.#apply(message));
        this.queue = applied.catch(() => {});
        return applied;
    }

    /**
     * Applies a `prune` message: nothing imports these modules any more.
     *
     * @returns {Promise<boolean>} whether updates were left, and now are not
     */
    prune({ paths }) {
        const pruned = this.queue.then(async () => {
            await this.emit('vite:beforePrune', { type: 'prune', paths });
            const gone = paths.map((path) => this.owners.get(path)).filter(Boolean);
            await Promise.all(gone.map((owner) => dispose(owner, owner.context)));
            const callbacks = gone.flatMap((owner) =>
                owner.context.pruners.map((callback) => guarded(() => callback(owner.data))),
            );
            await Promise.all(callbacks);
            gone.forEach(({ path }) => this.owners.delete(path));
            const wereLeft = this.left.length > 0;
            this.left = this.left.filter(({ path }) => !paths.includes(path));
            return wereLeft && this.left.length === 0;
        });
        this.queue = pruned.catch(() => {});
        return pruned;
    }

    /** Calls the listeners of an event. */
    async emit(event, data) {
        const callbacks = [...this.owners.values()].flatMap(
            ({ context }) => context.listeners.get(event) ?? [],
        );
        await Promise.all(callbacks.map((callback) => guarded(() => callback(data))));
    }

    /**
     * Runs at commit what an evaluating module does to what the page shows; at once outside of an
     * update.
     */
    whenCommitted(action) {
        if (this.batch) {
            this.batch.actions.push(action);
        } else {
            action();
        }
    }

    async #apply(message) {
        const updates = withLeft(this.left, message.updates);
        const payload = { type: 'update', updates: updates.map(asVite) };
        await this.emit('vite:beforeUpdate', payload);
        const due = updates.filter(({ kind }) => kind === 'js').flatMap((each) => this.#due(each));
        const declined = due.find(({ owner }) => owner.context.declined);
        if (declined) {
            this.host.reload(`${declined.update.path} declines updates`);
            return false;
        }
        const taken = due.filter(({ accepts }) => accepts.length > 0);
        const { batch, loaded, failed } = await this.#prepare(taken);
        const isWhole = !failed.some(({ update }) => message.updates.includes(update));
        this.left = isWhole ? failed.map(({ update }) => update) : updates;
        this.unfinished = isWhole ? null : batch;
        if (failed.length > 0) {
            this.host.failed(failed[0].reason, failed[0].update);
        }
        if (!isWhole) {
            return false;
        }
        this.#commit(batch, loaded);
        this.generation = message.generation;
        loaded.forEach((each) => this.#accept(each));
        due.filter((each) => !taken.includes(each)).forEach((each) => this.#pass(each));
        const sheets = updates.filter(({ kind }) => kind === 'css');
        await Promise.all(sheets.map((each) => guarded(() => this.host.swapStylesheet(each))));
        await this.emit('vite:afterUpdate', payload);
        return true;
    }

    /** An update of a module that does not accept its own, as the page has it: importers may. */
    #pass({ update, owner }) {
        const { path } = owner;
        const first = update.first ?? path;
        const { generation } = this;
        const message = 'it does not accept its updates';
        this.host.send({ type: 'invalidate', path, message, first, generation });
    }

    /** What there is to do for one update: nothing when the page has not loaded its owner. */
    #due(update) {
        const owner = this.owners.get(update.path);
        if (!owner) {
            return [];
        }
        const accepts = owner.context.acceptors.filter(({ paths }) =>
            paths.includes(update.acceptedPath),
        );
        const isSelf = update.path === update.acceptedPath;
        return isSelf || accepts.length > 0 ? [{ update, owner, accepts }] : [];
    }

    /** Imports the new modules; `batch` has what they said while they evaluated. */
    async #prepare(due) {
        const batch = this.unfinished ?? { staged: new Map(), evaluated: new Set(), actions: [] };
        this.batch = batch;
        const imports = due.map(({ update }) => this.host.importModule(update.url));
        const settled = await Promise.allSettled(imports);
        this.batch = null;
        const outcomes = due.map((each, index) => ({ ...each, ...settled[index] }));
        const loaded = outcomes.filter(({ status }) => status === 'fulfilled');
        const failed = outcomes.filter(({ status }) => status === 'rejected');
        return { batch, loaded, failed };
    }

    #commit({ staged, evaluated, actions }, loaded) {
        for (const { update } of loaded) {
            const owner = this.owners.get(update.acceptedPath);
            if (owner && update.path !== update.acceptedPath && !evaluated.has(owner)) {
                dispose(owner, owner.context); // the new version does not use `hot` any more
                staged.set(owner, new HotContext(this, owner));
            }
        }
        staged.forEach((context, owner) => {
            owner.context = context;
        });
        actions.forEach((action) => guarded(action));
    }

    #accept({ update, accepts, value }) {
        this.first = update.first ?? update.path;
        for (const { paths, callback } of accepts) {
            const modules = paths.map((path) =>
                path === update.acceptedPath ? value : undefined,
            );
            guarded(() => callback(modules));
        }
        this.first = null;
    }
}

/** What one instance of a module has said to its `import.meta.hot`. */
class HotContext {
    constructor(client, owner, named = {}) {
        this.acceptors = []; // { paths, callback }
        this.disposers = [];
        this.pruners = [];
        this.listeners = new Map(); // event → callbacks
        this.declined = false;
        this.api = makeApi(client, owner, this, named);
    }
}

function makeApi(client, owner, context, named) {
    const acceptPaths = (names, callback = () => {}) => {
        const paths = names.map((name) => (Object.hasOwn(named, name) ? named[name] : name));
        context.acceptors.push({ paths, callback });
    };
    return {
        get data() {
            return owner.data;
        },

        accept(what, callback) {
            if (typeof what === 'function' || !what) {
                acceptPaths([owner.path], ([module]) => what && what(module));
            } else if (typeof what === 'string') {
                acceptPaths([what], ([module]) => callback?.(module));
            } else if (Array.isArray(what)) {
                acceptPaths(what, callback);
            } else {
                throw new TypeError('import.meta.hot.accept() takes a function, a path or paths');
            }
        },

        acceptExports(names, callback) {
            acceptPaths([owner.path], ([module]) => callback?.(module));
        },

        dispose: (callback) => void context.disposers.push(callback),
        prune: (callback) => void context.pruners.push(callback),

        decline() {
            context.declined = true;
        },

        invalidate(message) {
            const first = client.first ?? owner.path;
            client.emit('vite:invalidate', {
                path: owner.path,
                message,
                firstInvalidatedBy: first,
            });
            const { generation } = client;
            client.host.send({ type: 'invalidate', path: owner.path, message, first, generation });
        },

        on(event, callback) {
            const callbacks = context.listeners.get(event) ?? [];
            context.listeners.set(event, [...callbacks, callback]);
        },

        off(event, callback) {
            const callbacks = context.listeners.get(event) ?? [];
            const rest = callbacks.filter((each) => each !== callback);
            context.listeners.set(event, rest);
        },

        send(event, data) {
            client.host.send({ type: 'custom', event, data });
        },
    };
}

/** Runs the dispose callbacks of an instance that goes, once. */
function dispose(owner, context) {
    const disposers = context?.disposers.splice(0) ?? [];
    return Promise.all(disposers.map((callback) => guarded(() => callback(owner.data))));
}

/** What an earlier message left behind, unless this one has a newer word on it; then this one. */
function withLeft(left, updates) {
    const nameOf = ({ kind, path, acceptedPath }) => `${kind} ${path} ${acceptedPath}`;
    const names = new Set(updates.map(nameOf));
    return [...left.filter((update) => !names.has(nameOf(update))), ...updates];
}

/** An update as listeners that know Vite's events expect it. */
function asVite(update) {
    return { ...update, type: `${update.kind}-update` };
}

/** One callback that throws does not keep the others from running. */
async function guarded(run) {
    try {
        await run();
    } catch (error) {
        console.error(error);
    }
}
