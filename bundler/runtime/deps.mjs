/*
 * The registry of a page's dependency chunks, served as /@rwgraph/deps. Chunks define modules,
 * facades import them. Dynamic imports inside of packages name facades by URL: a chunk's `dynamic`
 * has what import() takes.
 */

import { Registry } from './registry.mjs';

export const registry = new Registry({
    external: ({ id }) => import(/* @vite-ignore */ id).then((namespace) => ({ namespace })),
    dynamic: async (definition, specifier) => {
        const target = definition.dynamic?.[specifier] ?? specifier;
        if (registry.has(target)) {
            return target;
        }
        const key = `external:${target}`;
        registry.define([{ key, id: target, form: 'external' }]);
        return key;
    },
});
