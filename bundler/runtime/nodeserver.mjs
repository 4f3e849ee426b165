/*
 * HTTP in front of a NodeHost: requests of the app, each pinned to the generation that the dev
 * server stamped on it, and the few requests of the dev server itself (PROTOCOL.md, 5).
 */

import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

import { callEntry, failure, health, stampedGeneration, switchTo, withHead } from './appserver.mjs';
import { hopByHop } from './hopbyhop.mjs';

const LIMIT = 1 << 20; // of a body meant for the runner itself

export class NodeServer {
    /**
     * @param {import('./nodehost.mjs').NodeHost} host
     * @param {string} token that every request has to bring
     * @param {object} [options]
     * @param {number} [options.grace] ms that work may go on after its connection is closed
     * @param {string} [options.head] HTML that goes into the head of the app's pages
     */
    constructor(host, token, { grace = 30_000, head = '' } = {}) {
        this.host = host;
        this.grace = grace;
        this.head = head;
        this.token = Buffer.from(token);
        this.requests = 0;
        this.server = createServer((request, response) => this.#handle(request, response));
        this.server.requestTimeout = 0; // bodies may stream for as long as they like
        this.server.keepAliveTimeout = 0; // the dev server keeps connections and closes them
    }

    /** Listens on a free port of the loopback interface and returns its number. */
    async listen() {
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        return this.server.address().port;
    }

    async close() {
        this.server.close();
        this.server.closeAllConnections();
        await once(this.server, 'close');
    }

    #handle(request, response) {
        const answer = (promise) => {
            promise.catch((error) => {
                console.error(error);
                response.destroy();
            });
        };
        if (!this.#isTrusted(request)) {
            json(response, 403, { error: { message: 'x-rwgraph-token is missing or wrong' } });
        } else if (request.url === '/__rwgraph/health') {
            json(response, 200, { ...health(this.host, this.requests), pid: process.pid });
        } else if (request.url === '/__rwgraph/switch' && request.method === 'POST') {
            answer(this.#switch(request, response));
        } else {
            answer(this.#serve(request, response));
        }
    }

    #isTrusted(request) {
        const given = Buffer.from(request.headers['x-rwgraph-token'] ?? '');
        return given.length === this.token.length && timingSafeEqual(given, this.token);
    }

    async #switch(request, response) {
        json(response, ...(await switchTo(this.host, await readJson(request))));
    }

    /** One request of the app, from pin to unpin. */
    async #serve(request, response) {
        const { loader, requests } = this.host;
        const stamp = request.headers['x-rwgraph-generation'];
        const generation = stampedGeneration(stamp, loader);
        const pending = new Set();
        const waitUntil = (promise) => {
            const settled = Promise.resolve(promise)
                .catch((error) => console.error(error))
                .finally(() => pending.delete(settled));
            pending.add(settled);
        };
        const context = { generation, closed: false, waitUntil };
        const work = async () => {
            await this.#answer(request, response, context);
            while (pending.size > 0) {
                await Promise.all(pending);
            }
        };
        this.requests++;
        loader.pin(generation);
        const { isOver, cancel } = this.#grace(response);
        try {
            await Promise.race([requests.run(context, work), isOver]);
        } finally {
            cancel();
            context.closed = true;
            loader.unpin(generation);
        }
    }

    /**
     * Ends a while after the connection has: code that never ends does not keep its generation for
     * ever.
     */
    #grace(response) {
        let timer, start;
        const isOver = new Promise((resolve) => {
            start = () => {
                timer = setTimeout(resolve, this.grace).unref();
            };
        });
        response.once('close', start);
        const cancel = () => {
            response.off('close', start);
            clearTimeout(timer);
        };
        return { isOver, cancel };
    }

    async #answer(request, response, context) {
        const abort = new AbortController();
        response.on('close', () => {
            if (!response.writableFinished) {
                abort.abort(new DOMException('The client closed the connection', 'AbortError'));
            }
        });
        let result;
        try {
            const webRequest = toRequest(request, abort.signal);
            result = await callEntry(this.host, webRequest, context);
        } catch (error) {
            if (!abort.signal.aborted) {
                console.error(error);
            }
            this.#fail(request, response, error);
            return;
        }
        const styles = request.headers['x-rwgraph-styles'];
        await sendResponse(request, response, withHead(this.head, request, result, styles));
    }

    #fail(request, response, error) {
        if (response.headersSent || response.destroyed) {
            response.destroy();
            return;
        }
        const { headers, body } = failure(this.host, request.headers.accept, error, this.head);
        response.writeHead(500, headers);
        response.end(body);
    }
}

/* ── between Node's HTTP and the web's ───────────────────────────────────────────────────────── */

function toRequest(request, signal) {
    const { method } = request;
    const headers = new Headers();
    const raw = request.rawHeaders;
    const isHop = hopByHop(request.headers.connection);
    for (let i = 0; i < raw.length; i += 2) {
        const name = raw[i].toLowerCase();
        if (!isHop(name) && !name.startsWith('x-rwgraph-')) {
            headers.append(name, raw[i + 1]);
        }
    }
    const path = request.url.startsWith('/') ? request.url : `/${request.url}`;
    const url = request.headers['x-rwgraph-url'] ?? `http://${request.headers.host}${path}`;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const body = hasBody ? { body: Readable.toWeb(request), duplex: 'half' } : {};
    return new Request(url, { method, headers, signal, redirect: 'manual', ...body });
}

async function sendResponse(request, response, result) {
    writeHead(response, result);
    const { body } = result;
    if (!body || request.method === 'HEAD') {
        response.end();
        await body?.cancel();
        return;
    }
    const reader = body.getReader();
    response.on('close', () => reader.cancel().catch(() => {}));
    // A body that is there goes out with its head; one that takes time does not hold it up.
    const flush = setImmediate(() => response.flushHeaders());
    try {
        for (;;) {
            const { done, value } = await reader.read();
            clearImmediate(flush);
            if (done || response.destroyed) {
                break;
            }
            if (!response.write(value) && !response.destroyed) {
                await drained(response);
            }
        }
        response.end();
    } catch (error) {
        clearImmediate(flush);
        console.error(error);
        response.destroy(); // a cut-off body must not look like a whole one
    }
}

/** Until the client has taken what was written, or is gone. */
function drained(response) {
    return new Promise((resolve) => {
        const done = () => {
            response.off('drain', done);
            response.off('close', done);
            resolve();
        };
        response.on('drain', done);
        response.on('close', done);
    });
}

function writeHead(response, result) {
    // What fetch() returned is decoded already.
    const isDecoded = result.url !== '' && result.headers.has('content-encoding');
    const isHop = hopByHop(result.headers.get('connection'));
    response.statusCode = result.status;
    response.statusMessage = result.statusText;
    result.headers.forEach((value, name) => {
        const isStale = isDecoded && (name === 'content-encoding' || name === 'content-length');
        if (!isHop(name) && name !== 'set-cookie' && !isStale) {
            response.setHeader(name, value);
        }
    });
    const cookies = result.headers.getSetCookie();
    if (cookies.length > 0) {
        response.setHeader('set-cookie', cookies);
    }
}

/* ── small things ────────────────────────────────────────────────────────────────────────────── */

function json(response, status, value) {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
}

async function readJson(request) {
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
        size += chunk.length;
        if (size > LIMIT) {
            return null;
        }
        chunks.push(chunk);
    }
    try {
        return JSON.parse(Buffer.concat(chunks).toString());
    } catch {
        return null;
    }
}
