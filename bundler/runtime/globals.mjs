/*
 * What code for workers takes for granted and Node lacks; nothing here replaces anything. A cache
 * may lose what it has, so one that keeps nothing serves. HTMLRewriter is workerd's alone, and says
 * so where it is used.
 */

import { unsupported } from './cloudflare.mjs';

class EmptyCache {
    async match() {
        return undefined;
    }

    async put(request, response) {
        await response.body?.pipeTo(new WritableStream());
    }

    async delete() {
        return false;
    }
}

globalThis.caches ??= { default: new EmptyCache(), open: async () => new EmptyCache() };

globalThis.HTMLRewriter ??= class HTMLRewriter {
    constructor() {
        throw unsupported('HTMLRewriter');
    }
};

if (typeof Promise.withResolvers !== 'function') {
    Object.defineProperty(Promise, 'withResolvers', {
        configurable: true,
        writable: true,
        value: function withResolvers() {
            const result = {};
            result.promise = new this((resolve, reject) =>
                Object.assign(result, { resolve, reject }),
            );
            return result;
        },
    });
}
