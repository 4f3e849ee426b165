/*
 * What the servers in front of a host have in common, on Node and in workerd: the answers to the
 * dev server's own requests, calling the app, and what is made of its answer or its failure.
 *
 * Web-standard globals only.
 */

import { describe, errorPage } from './errorpage.mjs';
import { injectHead, withNonce } from './htmlhead.mjs';

const ANSWER_TIMEOUT = 60_000; // ms; transforming a large app the first time takes a while
const SCHEDULED = '/cdn-cgi/handler/scheduled';
const EXPECTED = { error: { message: 'generation and live are expected' } };

/** The body of `GET /__rwgraph/health`. */
export function health(host, requests) {
    const { loader, registry } = host;
    return {
        ok: true,
        generation: loader.newest,
        generations: [...loader.generations.keys()],
        requests,
        modules: registry.table.size,
        evaluations: registry.evaluations,
    };
}

/**
 * `POST /__rwgraph/switch`.
 *
 * @param {import('./serverhost.mjs').ServerHost} host
 * @param {{ generation: number, live: number[] }|null} message as it was parsed
 * @returns {Promise<[number, object]>} status and body
 */
export async function switchTo({ hot, loader }, message) {
    if (!Number.isInteger(message?.generation) || !Array.isArray(message.live)) {
        return [400, EXPECTED];
    }
    hot.emit('vite:beforeUpdate', { type: 'update', updates: [] });
    const { generation, error } = await loader.switchTo(message.generation, message.live);
    hot.emit('vite:afterUpdate', { type: 'update', updates: [] });
    const told = error === undefined ? { ok: true } : { ok: false, error: describe(error) };
    return [200, { generation, ...told }];
}

/** The generation that a request was stamped with, else the newest. */
export function stampedGeneration(stamp, { newest }) {
    const generation = Number(stamp);
    return Number.isInteger(generation) && generation > 0 ? generation : newest;
}

/**
 * What answers in a generation: the default export of the app's entry, or another export, or one of
 * another environment's entry.
 *
 * @param {import('./serverhost.mjs').ServerHost} host
 * @param {{ generation: number, waitUntil: (promise: unknown) => void }} context
 * @param {{ entrypoint?: string, entry?: string }} [which] name of the export; qualified id
 * @returns {Promise<{ handler: object, ctx: object }>} an object, made of the export where that is
 *     a class, and what its methods get as ctx
 */
export async function handlerOf(host, { generation, waitUntil }, which = {}) {
    const { entrypoint = 'default', entry: id = host.loader.entry } = which;
    const { [entrypoint]: entry } = await host.importEntry(generation, id);
    const ctx = { waitUntil, passThroughOnException() {}, props: {} };
    const isClass = typeof entry === 'function' && isObjects(entry.prototype);
    return { handler: isClass ? new entry(ctx, host.env) : entry, ctx };
}

/** A prototype with methods of its own, or one of a class that extends another. */
function isObjects(prototype) {
    return (
        prototype !== undefined &&
        (Object.getOwnPropertyNames(prototype).length > 1 ||
            Object.getPrototypeOf(prototype) !== Object.prototype)
    );
}

/**
 * Calls the app's entry in a generation.
 *
 * @param {import('./serverhost.mjs').ServerHost} host
 * @param {Request} request
 * @param {{ generation: number, waitUntil: (promise: unknown) => void }} context
 * @returns {Promise<Response>} or what works like one
 */
export async function callEntry(host, request, context) {
    const { handler, ctx } = await handlerOf(host, context);
    const url = new URL(request.url);
    if (url.pathname === SCHEDULED) {
        return schedule(host, handler, ctx, url.searchParams);
    }
    if (typeof handler?.fetch !== 'function') {
        throw new TypeError(`'${host.loader.entry}' has no default export with a fetch method`);
    }
    const result = await handler.fetch(request, host.env, ctx);
    if (typeof result?.status !== 'number' || typeof result.headers?.forEach !== 'function') {
        throw new TypeError(`fetch() of '${host.loader.entry}' did not return a Response`);
    }
    return result;
}

/** A cron trigger's event, when somebody asks for one as of wrangler's dev server. */
async function schedule(host, handler, ctx, given) {
    if (typeof handler?.scheduled !== 'function') {
        throw new TypeError(
            `'${host.loader.entry}' has no default export with a scheduled method`,
        );
    }
    const controller = {
        cron: given.get('cron') ?? '',
        scheduledTime: Number(given.get('time') ?? Date.now()),
        noRetry() {},
    };
    await handler.scheduled(controller, host.env, ctx);
    return new Response('ok');
}

/**
 * A page with the dev server's scripts in it, and with a stylesheet; anything else as it is.
 *
 * @param {string} scripts HTML
 * @param {{ method: string }} request
 * @param {Response} result
 * @param {string|null} [styles] where the stylesheet is that only server code imports
 */
export function withHead(scripts, { method }, result, styles) {
    const { headers, body, status } = result;
    const isPage = /^text\/html\b/i.test(headers.get('content-type') ?? '');
    const isPlain = !headers.has('content-encoding') && method !== 'HEAD';
    if (!scripts || !body || !isPage || !isPlain) {
        return result;
    }
    const link = styles ? `<link rel="stylesheet" href="${styles}">` : '';
    const head = withNonce(scripts, headers.get('content-security-policy')) + link;
    const changed = new Response(injectHead(body, head), { status, headers });
    changed.headers.delete('content-length');
    changed.headers.delete('etag');
    return changed;
}

/**
 * What a client gets when the app failed: a page for who takes HTML, else JSON.
 *
 * @returns {{ headers: Record<string, string>, body: string }} of a 500
 */
export function failure(host, accept, error, head) {
    const told = { ...host.stacks.place(error?.stack), ...describe(error) };
    const isPage = /\btext\/html\b/.test(accept ?? '');
    const type = isPage ? 'text/html; charset=utf-8' : 'application/json';
    const body = isPage ? errorPage(told, head) : JSON.stringify({ error: told });
    return { headers: { 'content-type': type, 'x-rwgraph-error': '1' }, body };
}

/**
 * One round trip for modules (PROTOCOL.md, 4).
 *
 * @param {typeof fetch} fetch
 * @param {{ server: string, token: string }} where
 * @param {object} body
 */
export async function fetchModules(fetch, { server, token }, body) {
    const response = await fetch(`${server}/@rwgraph/modules`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-rwgraph-token': token },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
        const { message, code } = answer.error ?? {};
        const reason = message ?? `the dev server answered ${response.status}`;
        const error = new Error(`Cannot load ${body.entries.join(', ')}: ${reason}`);
        error.code = code;
        throw error;
    }
    return answer;
}
