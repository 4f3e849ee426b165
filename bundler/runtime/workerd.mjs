/*
 * The worker that runs the server environments of an app in workerd: the same HTTP contract as
 * runner.mjs (PROTOCOL.md, 5). workerd-start.mjs configures and starts it, and writes the module
 * that hands out what is exported here, with a class for each Durable Object of the app.
 *
 * Workerd ties promises, streams and timers to the request that made them: a closure that one
 * request fetches could not be waited for by another. All requests of a Durable Object share one
 * I/O context, so there is one object, it is never evicted, and the app runs inside of it. What is
 * stricter in production (I/O objects that one request hands to another) passes here. That a client
 * has left shows when the answer's body is read no more; before there is one, workerd does not say
 * so, and the dev server does.
 *
 *   socket ──▶ default.fetch ──▶ Runner (Durable Object) ──▶ the app's fetch, in a generation
 */

import { DurableObject } from 'cloudflare:workers';
import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';

import config from './config.json';
import { ownBindings } from './appenv.mjs';
import {
    callEntry,
    failure,
    fetchModules,
    handlerOf,
    health,
    stampedGeneration,
    switchTo,
    withHead,
} from './appserver.mjs';
import { hopByHop } from './hopbyhop.mjs';
import { WorkerdHost } from './workerdhost.mjs';
import { installTimers } from './workerdtimers.mjs';

const TOKEN = Buffer.from(config.token);

/** The default export of the worker. */
export const server = {
    fetch: (request, env) => runner(env).fetch(request),

    /** Messages go as data to where the app is; what it decides of them comes back. */
    async queue(batch, env) {
        const { queue, messages } = batch;
        const data = messages.map(({ id, timestamp, body, attempts }) => ({
            id,
            timestamp,
            body,
            attempts,
        }));
        const decided = await runner(env).queue(queue, data);
        messages.forEach((message, n) => {
            const retry = decided[n];
            if (retry) {
                message.retry(retry);
            } else {
                message.ack();
            }
        });
    },
};

const runner = (env) => env.RWG_RUNNER.get('runner');
let host = null; // of the one Runner; all of the process share its isolate

/** For Durable Objects: the host, with an entry that has evaluated. */
export async function ready(env) {
    await runner(env).prepare();
    return host;
}

/** The same at once; null when it has to be waited for. */
ready.now = () => (host?.latest?.generation >= host?.loader.newest ? host : null);

export class Runner extends DurableObject {
    constructor(ctx, env) {
        super(ctx, env);
        this.requests = 0;
        this.underway = new Map(); // number of a request without an answer → what its end calls
        const fetch = (...args) => env.RWG_SERVER.fetch(...args);
        const { entry, generation } = config;
        this.host = new WorkerdHost(
            {
                entry,
                generation,
                env: config.env,
                fetchModules: (body) => fetchModules(fetch, config, body),
            },
            env.RWG_EVAL,
        );
        host = this.host;
        const native = Object.fromEntries(config.native.map((name) => [name, env[name]]));
        const readAsset = (path) => readFrom(env.RWG_ASSETS, path);
        Object.assign(host.env, native, ownBindings(host, config.plan, readAsset));
        this.host.stacks.install();
        installTimers(() => this.host.requests.getStore()?.isRunner === true);
        Object.assign(process.env, textsOf(config.env));
        addEventListener('unhandledrejection', (event) => console.error(event.reason));
    }

    /** Evaluates the newest generation's entry. */
    async prepare() {
        await this.host.importEntry(this.host.loader.newest);
    }

    /**
     * A batch for the app's `queue`.
     *
     * @returns {Promise<(object|null)[]>} for each message how it is to be retried; null: done
     */
    async queue(queue, data) {
        const { loader, requests } = this.host;
        const generation = loader.newest;
        const decided = data.map(() => null);
        const retry = (n) => (options) => (decided[n] = options ?? {});
        const ack = (n) => () => (decided[n] = null);
        const messages = data.map((each, n) => ({ ...each, ack: ack(n), retry: retry(n) }));
        const ackAll = () => decided.fill(null);
        const retryAll = (options) => decided.fill(options ?? {});
        const waitUntil = (promise) => this.ctx.waitUntil(promise);
        const context = { generation, closed: false, waitUntil, isRunner: true };
        loader.pin(generation);
        try {
            await requests.run(context, async () => {
                const { handler, ctx } = await handlerOf(this.host, context);
                if (typeof handler?.queue !== 'function') {
                    const { entry } = loader;
                    throw new TypeError(`'${entry}' has no default export with a queue method`);
                }
                await handler.queue({ queue, messages, ackAll, retryAll }, this.host.env, ctx);
            });
        } catch (error) {
            console.error(error);
            throw error;
        } finally {
            context.closed = true;
            loader.unpin(generation);
        }
        return decided;
    }

    /** @param {Request} request as the dev server forwards it */
    async fetch(request) {
        const { pathname } = new URL(request.url);
        if (!isTrusted(request)) {
            return json(403, { error: { message: 'x-rwgraph-token is missing or wrong' } });
        }
        if (pathname === '/__rwgraph/health') {
            return json(200, health(this.host, this.requests));
        }
        if (pathname === '/__rwgraph/switch' && request.method === 'POST') {
            return json(...(await switchTo(this.host, await request.json().catch(() => null))));
        }
        if (pathname === '/__rwgraph/gone' && request.method === 'POST') {
            return this.#gone(request);
        }
        return this.#serve(request);
    }

    /** The clients of these requests have left. */
    async #gone(request) {
        const message = await request.json().catch(() => null);
        if (!Array.isArray(message?.requests)) {
            return json(400, { error: { message: 'requests are expected' } });
        }
        message.requests.forEach((number) => this.underway.get(number)?.());
        return json(200, { ok: true });
    }

    /** One request of the app. Its generation is kept until the body and waitUntil are through. */
    async #serve(request) {
        const { loader, requests } = this.host;
        const stamp = request.headers.get('x-rwgraph-generation');
        const generation = stampedGeneration(stamp, loader);
        const work = new Work(() => {
            context.closed = true;
            loader.unpin(generation);
        });
        const waitUntil = (promise) => work.add(promise);
        const context = { generation, closed: false, waitUntil, isRunner: true };
        this.requests++;
        loader.pin(generation);
        return requests.run(context, () => this.#answer(request, context, work));
    }

    async #answer(request, context, work) {
        const abort = new AbortController();
        const gone = () => {
            abort.abort(new DOMException('The client closed the connection', 'AbortError'));
            work.endAfter(config.grace);
        };
        const number = Number(request.headers.get('x-rwgraph-request'));
        const done = work.begin();
        this.underway.set(number, gone);
        try {
            const webRequest = toRequest(request, abort.signal);
            const result = await callEntry(this.host, webRequest, context);
            if (result.webSocket) {
                done();
                return result;
            }
            if (request.method === 'HEAD') {
                await result.body?.cancel(); // workerd would read it to its end
                return toResponse(new Response(null, result), done, gone);
            }
            const styles = request.headers.get('x-rwgraph-styles');
            return toResponse(withHead(config.head, request, result, styles), done, gone);
        } catch (error) {
            done();
            if (!abort.signal.aborted) {
                console.error(error);
            }
            return this.#failure(request, error);
        } finally {
            this.underway.delete(number);
        }
    }

    #failure(request, error) {
        const accept = request.headers.get('accept');
        const { headers, body } = failure(this.host, accept, error, config.head);
        return new Response(body, { status: 500, headers });
    }
}

/** What keeps a request's generation: its answer, and what it gave to waitUntil. */
class Work {
    constructor(end) {
        this.end = end;
        this.open = 0;
        this.timer = null;
        this.isOver = false;
    }

    /** Something has begun; returns what ends it. */
    begin() {
        let isOpen = true;
        this.open++;
        return () => {
            if (isOpen) {
                isOpen = false;
                this.open--;
                if (this.open === 0) {
                    this.#finish();
                }
            }
        };
    }

    add(promise) {
        const done = this.begin();
        Promise.resolve(promise)
            .catch((error) => console.error(error))
            .finally(done);
    }

    /** Code that never ends does not keep its generation for ever. */
    endAfter(ms) {
        this.timer ??= setTimeout(() => this.#finish(), ms);
    }

    #finish() {
        clearTimeout(this.timer);
        if (!this.isOver) {
            this.isOver = true;
            this.end();
        }
    }
}

/** What is sent of the app's response: `done` is called when that is through. */
function toResponse(result, done, gone) {
    const { body, status, statusText } = result;
    const headers = new Headers(result.headers);
    const isHop = hopByHop(result.headers.get('connection'));
    [...headers.keys()].filter(isHop).forEach((name) => headers.delete(name));
    if (!body) {
        done();
        return new Response(null, { status, statusText, headers });
    }
    return new Response(tracked(body, done, gone), { status, statusText, headers });
}

/** A body that tells when it is through; it is read in the context of the request. */
function tracked(body, done, gone) {
    const reader = body.getReader();
    const inRequest = AsyncLocalStorage.snapshot();
    return new ReadableStream({
        pull: (controller) =>
            inRequest(async () => {
                try {
                    const part = await reader.read();
                    if (part.done) {
                        done();
                        controller.close();
                    } else {
                        controller.enqueue(part.value);
                    }
                } catch (error) {
                    done();
                    console.error(error);
                    controller.error(error);
                }
            }),
        cancel: (reason) =>
            inRequest(async () => {
                gone();
                done();
                await reader.cancel(reason);
            }),
    });
}

function toRequest(request, signal) {
    const { method, body } = request;
    const headers = new Headers();
    const isHop = hopByHop(request.headers.get('connection'));
    for (const [name, value] of request.headers) {
        if (!isHop(name) && !name.startsWith('x-rwgraph-')) {
            headers.append(name, value);
        }
    }
    const url = request.headers.get('x-rwgraph-url') ?? request.url;
    return new Request(url, { method, headers, body, signal, redirect: 'manual' });
}

function isTrusted(request) {
    const given = Buffer.from(request.headers.get('x-rwgraph-token') ?? '');
    return given.length === TOKEN.length && timingSafeEqual(given, TOKEN);
}

/** A file of a disk service; folders and what is not there are none. */
async function readFrom(disk, path) {
    const answer = await disk?.fetch(`http://assets${path}`);
    const isFile = answer?.ok && answer.headers.get('content-type') !== 'application/json';
    if (!isFile) {
        await answer?.body?.cancel();
    }
    return isFile ? answer.body : null;
}

/** What of `env` fits into environment variables. */
function textsOf(env) {
    return Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === 'string'));
}

function json(status, value, headers = {}) {
    return Response.json(value, { status, headers });
}
