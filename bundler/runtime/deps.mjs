/*
 * The registry of a page's dependency chunks, served as /@rwgraph/deps. Chunks define modules,
 * facades import them.
 *
 * Inside of packages import() names modules by qualified id ("client:/node_modules/x/y.js"), or
 * asks the lookup of client modules ("client:lookup-client:/src/a.tsx"). Both come as ES modules by
 * URL: the project's own as they are, a package's through its facade, which exports the module's
 * namespace as __rwg.
 */

import { createHotContext } from '/@rwgraph/client';
import { Registry } from './registry.mjs';

const QUALIFIED = /^([\w-]+):(?:lookup-client:)?(\/.*)$/s;

function urlOf(target) {
    const [, env, id] = QUALIFIED.exec(target) ?? [null, null, target];
    return env && id.includes('/node_modules/') ? `/@deps/${env}${id}` : id;
}

export const registry = new Registry({
    external: async ({ id }) => {
        const namespace = await import(/* @vite-ignore */ id);
        return { namespace: namespace.__rwg ?? namespace };
    },
    meta: ({ id, url }) => ({ __proto__: null, url, hot: createHotContext(id) }),
    dynamic: async (definition, specifier) => {
        const target = definition.dynamic?.[specifier] ?? specifier;
        if (registry.has(target)) {
            return target;
        }
        const id = urlOf(target);
        const key = `external:${id}`;
        registry.define([{ key, id, form: 'external' }]);
        return key;
    },
});
