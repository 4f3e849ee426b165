/*
 * React Refresh in a page, served as /@rwgraph/refresh. The server resolves react-refresh to the
 * app's own copy. It has to be evaluated before react-dom, which looks for the hook when it starts.
 */

import * as module from 'react-refresh/runtime';

import { createRefresh, newestReferences } from './refreshcore.mjs';

const DELAY = 16; // ms

// A facade of a dependency has the namespace as its one export.
const runtime = module.__rwg ?? module.default ?? module;

runtime.injectIntoGlobalHook(globalThis); // a worker has no window
const refresh = createRefresh(runtime, (run) => setTimeout(run, DELAY));

export const { register, signature } = refresh;

/*
 * React's client looks this name up whenever the server's answer names a client component. Whoever
 * provides it does so later than here.
 */
let resolveReference = globalThis.__webpack_require__;
Object.defineProperty(globalThis, '__webpack_require__', {
    configurable: true,
    get: () => resolveReference,
    set(resolve) {
        const isResolver = typeof resolve === 'function';
        resolveReference = isResolver ? newestReferences(runtime, resolve) : resolve;
    },
});

/**
 * Ends every module with components: registers its exports, and accepts its updates where they can
 * be refreshed.
 *
 * @param {object|undefined} hot the module's import.meta.hot
 * @param {string} id
 * @param {() => Promise<object>} load the module's own namespace
 */
export function boundary(hot, id, load) {
    let own = {};
    load().then(
        (exports) => {
            own = exports;
            refresh.registerExports(id, exports);
        },
        () => {}, // the module threw; whoever imports it is told
    );
    hot?.accept((next) => {
        refresh.registerExports(id, next);
        const reason = refresh.reasonAgainst(own, next);
        if (reason) {
            hot.invalidate(`cannot be refreshed in place: ${reason}`);
        } else {
            refresh.enqueueUpdate();
        }
    });
}
