/*
 * The registry of a page's dependency chunks, served as /@rwgraph/deps. Chunks define modules,
 * facades evaluate them and export the namespace as `__rwg`.
 *
 * Dynamic imports name modules by qualified id. Here they become URLs: what is not in the registry
 * yet is imported natively, and is an external of the registry under its URL.
 */

import { createHotContext } from '/@rwgraph/client';
import { Registry } from './registry.mjs';

const PREFIX = new URL('..', import.meta.url).pathname.slice(0, -1); // the server's base
const QUALIFIED = /^([\w-]+):(?:lookup-\w+:)?(\/(?!\/).*)$/s;
const VIRTUAL = /^[\w-]+:(virtual:.*?)(?:@\w+)?$/s;
const SCRIPT = /\.[cm]?[jt]sx?(?:\?|$)/;

export const registry = new Registry({
    async external({ id }) {
        const namespace = await import(/* @vite-ignore */ id);
        return { namespace: namespace.__rwg ?? namespace };
    },
    // The file as this server serves it, so that what lies beside it can be fetched.
    meta: ({ id }) => ({
        __proto__: null,
        url: new URL(`${PREFIX}${id}`, globalThis.location.href).href,
        hot: createHotContext(id),
    }),
    dynamic(definition, specifier) {
        const target = definition.dynamic?.[specifier] ?? specifier;
        if (registry.has(target)) {
            return target;
        }
        const id = urlOf(target, definition.id);
        const key = `external:${id}`;
        registry.define([{ key, id, form: 'external' }]);
        return key;
    },
});

function urlOf(target, importer) {
    const [, env, id] = QUALIFIED.exec(target) ?? [];
    if (id) {
        return moduleUrl(env, id);
    }
    const name = VIRTUAL.exec(target)?.[1];
    if (name) {
        return `${PREFIX}/@deps/virtual/${name}`;
    }
    if (target.startsWith('pinned:')) {
        return `${PREFIX}/@deps/pinned/${target.slice('pinned:'.length)}`;
    }
    if (target.startsWith('missing:')) {
        throw new Error(
            `Cannot find what '${importer}' imports: ${target.slice('missing:'.length)}`,
        );
    }
    return target.replace(/^external:/, '');
}

/**
 * Packages have facades; of the app's files, those that are no scripts have to be asked for as
 * modules.
 */
function moduleUrl(env, id) {
    if (id.includes('/node_modules/')) {
        return `${PREFIX}/@deps/${env}${id}`;
    }
    const url = `${PREFIX}${id}`;
    return SCRIPT.test(id) ? url : `${url}${url.includes('?') ? '&' : '?'}import`;
}
