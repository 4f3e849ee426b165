/*
 * The part of the app's `env` that we make ourselves, the same on Node and in workerd: bindings to
 * the worker itself and to other environments, its assets, and bindings that are not served, whose
 * use says why.
 *
 * Web-standard globals only.
 */

import { handlerOf } from './appserver.mjs';

/** What is asked of any object by who only looks at it. */
const LOOKS = new Set(['$$typeof', 'constructor', 'nodeType', 'prototype', 'then', 'toJSON']);

const TYPES = {
    css: 'text/css; charset=utf-8',
    gif: 'image/gif',
    html: 'text/html; charset=utf-8',
    ico: 'image/x-icon',
    jpeg: 'image/jpeg',
    jpg: 'image/jpeg',
    js: 'text/javascript; charset=utf-8',
    json: 'application/json',
    mjs: 'text/javascript; charset=utf-8',
    pdf: 'application/pdf',
    png: 'image/png',
    svg: 'image/svg+xml',
    txt: 'text/plain; charset=utf-8',
    wasm: 'application/wasm',
    webp: 'image/webp',
    woff2: 'font/woff2',
    xml: 'application/xml',
};

/**
 * @param {import('./serverhost.mjs').ServerHost} host
 * @param {object} plan what wrangler's file asks for (envPlan of wrangler.mjs)
 * @param {(path: string) => Promise<BodyInit|null>} readAsset a file of the assets' folder
 * @returns {Record<string, object>}
 */
export function ownBindings(host, { absent, selves, assets }, readAsset) {
    const env = {};
    for (const { name, message } of absent) {
        env[name] = absentBinding(message);
    }
    for (const { name, entrypoint, entry } of selves) {
        env[name] = workerBinding(host, entrypoint, entry);
    }
    if (assets) {
        env[assets.name] = assetsBinding(assets, readAsset);
    }
    return env;
}

/** Can be passed around and looked at; any use throws. */
function absentBinding(message) {
    const fail = () => {
        throw new Error(message);
    };
    const get = (target, key) => (typeof key === 'symbol' || LOOKS.has(key) ? undefined : fail());
    return new Proxy({}, { get, set: fail });
}

/**
 * The worker itself, or another environment's, in the generation of who calls: `fetch`, and the
 * methods of its entrypoint.
 */
function workerBinding(host, entrypoint, entry = host.loader.entry) {
    const call = async (method, args) => {
        const generation = host.generation();
        const context = { generation, waitUntil: (promise) => host.waitUntil(promise) };
        const { handler, ctx } = await handlerOf(host, context, { entrypoint, entry });
        if (typeof handler?.[method] !== 'function') {
            throw new TypeError(`'${entry}' has no method ${String(method)} to call`);
        }
        return method === 'fetch'
            ? handler.fetch(new Request(...args), host.env, ctx)
            : handler[method](...args);
    };
    const get = (target, key) =>
        typeof key === 'symbol' || LOOKS.has(key) ? undefined : (...args) => call(key, args);
    return new Proxy({}, { get });
}

/** Files of a folder, pages also without their ending, and else what `not_found_handling` says. */
function assetsBinding({ notFound }, readAsset) {
    const answer = async (path, status = 200) => {
        const body = await readAsset(path);
        if (body === null) {
            return null;
        }
        const extension = /\.(\w+)$/.exec(path)?.[1].toLowerCase();
        const type = TYPES[extension] ?? 'application/octet-stream';
        return new Response(body, { status, headers: { 'content-type': type } });
    };
    const find = async (path) => {
        const places = path.endsWith('/')
            ? [`${path}index.html`]
            : [path, `${path}.html`, `${path}/index.html`];
        for (const place of places) {
            const found = await answer(place);
            if (found) {
                return found;
            }
        }
        switch (notFound) {
            case 'single-page-application':
                return answer('/index.html');
            case '404-page':
                return answer('/404.html', 404);
            default:
                return null;
        }
    };
    return {
        async fetch(input, init) {
            const { method, url } = new Request(input, init);
            if (method !== 'GET' && method !== 'HEAD') {
                return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
            }
            const found = await find(new URL(url).pathname);
            const { body = null, status = 404, headers = {} } = found ?? {};
            return new Response(method === 'HEAD' ? null : body, { status, headers });
        },
    };
}
