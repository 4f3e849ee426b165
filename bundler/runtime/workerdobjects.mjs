/*
 * Durable Objects of the app, in workerd.
 *
 * Workerd wants their classes when it starts, by name; the app's come with generations. So a class
 * stands in for each: it keeps the object's identity, storage, alarm and WebSockets, and hands
 * every call to an instance of the class that the app's entry exports *now*. There is one object
 * whatever generation calls it, so it is of the newest. When an edit has made the class another
 * one, the next call makes a new instance on the same storage, as a deployment does: what was
 * stored is there, what was in memory is not, and calls under way end in the old instance. Edits
 * that leave the class's module and what it imports as they are leave the instance as well.
 *
 *   stub ──▶ stand-in (ctx, storage) ──▶ new Class(ctx, env), Class of generation 8
 */

import { DurableObject } from 'cloudflare:workers';

/** What calls on an object may name that is not the app's method. */
const OWN = new Set([...Object.getOwnPropertyNames(Object.prototype), 'ctx', 'env', 'then']);

/**
 * @param {string} name the app's export
 * @param {() => Promise<import('./serverhost.mjs').ServerHost>} ready the host, once it has
 *     evaluated the entry; `null` from `ready.now()` means that it has to be waited for
 * @returns {typeof DurableObject} for the module that workerd starts with
 */
export function standIn(name, ready) {
    class StandIn extends DurableObject {
        #instance = null;
        #class = null;

        fetch(request) {
            return this.#call('fetch', [request]);
        }

        alarm(info) {
            return this.#call('alarm', [info]);
        }

        webSocketMessage(...args) {
            return this.#call('webSocketMessage', args);
        }

        webSocketClose(...args) {
            return this.#call('webSocketClose', args, false);
        }

        webSocketError(...args) {
            return this.#call('webSocketError', args, false);
        }

        /** For the prototype's proxy, which cannot name what is private. */
        static call(object, method, args) {
            return object.#call(method, args);
        }

        #call(method, args, isNeeded = true) {
            const host = ready.now(this.env);
            return host
                ? this.#run(host, method, args, isNeeded)
                : ready(this.env).then((now) => this.#run(now, method, args, isNeeded));
        }

        async #run(host, method, args, isNeeded) {
            const { generation } = host.latest;
            const waitUntil = (promise) => this.ctx.waitUntil(promise);
            const context = { generation, closed: false, waitUntil };
            host.loader.pin(generation);
            try {
                return await host.requests.run(context, () => {
                    const instance = this.#current(host);
                    if (typeof instance[method] === 'function') {
                        return instance[method](...args);
                    }
                    if (isNeeded) {
                        throw new TypeError(`the Durable Object ${name} has no method ${method}`);
                    }
                });
            } finally {
                context.closed = true;
                host.loader.unpin(generation);
            }
        }

        #current(host) {
            const { namespace } = host.latest;
            const Class = namespace[name];
            if (typeof Class !== 'function') {
                const entry = host.loader.entry;
                throw new TypeError(`'${entry}' exports no class ${name}, a Durable Object's`);
            }
            if (Class !== this.#class) {
                this.#instance = new Class(this.ctx, host.env);
                this.#class = Class;
            }
            return this.#instance;
        }
    }
    const base = Object.getPrototypeOf(StandIn.prototype);
    const get = (target, key, receiver) =>
        typeof key === 'symbol' || key in target || OWN.has(key)
            ? Reflect.get(target, key, receiver)
            : function (...args) {
                  return StandIn.call(this, key, args);
              };
    Object.setPrototypeOf(StandIn.prototype, new Proxy(base, { get }));
    return StandIn;
}
