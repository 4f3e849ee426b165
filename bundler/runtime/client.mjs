/*
 * The HMR client, served as /@rwgraph/client: joins the core (hot.mjs), the connection
 * (channel.mjs) and the overlay to a page. The server replaces the __RWG_…__ names by JSON
 * (PROTOCOL.md, 6).
 */

import { Channel } from './channel.mjs';
import { HotClient } from './hot.mjs';
import { hideOverlay, showOverlay } from './overlay.mjs';

let token = __RWG_TOKEN__;
const BASE = __RWG_BASE__;
const HMR = __RWG_HMR__;
const STATE = {
    session: __RWG_SESSION__,
    version: __RWG_VERSION__,
};

const PING_INTERVAL = 1000; // ms
const RELOAD_DELAY = 20; // ms; several reasons to reload come together
const SWAP_TIME = 2000; // ms; after that, updates no longer wait for a stylesheet
const START_TIME = 3000; // ms; a page whose scripts wait for something is updated all the same
const SERVER_STYLES = `${BASE}@rwgraph/styles.css`;
const RELOADED_FOR = 'rwgraph:reloaded-for';
const LINK_ERROR = /module ['"]([^'"]+)['"] (?:does not|doesn.t) provide an export/;

const server = new URL(import.meta.url); // not the page's: its HTML may come from elsewhere
/*
 * A worker loads the same modules, and has no page: it is told nothing, and shows nothing. An edit
 * of what it runs loads the page again, and that starts it anew.
 */
const page = globalThis.document;
const nonce = page?.querySelector('meta[property=csp-nonce]')?.nonce;
let isBroken = false; // a module of the page could not be loaded, so the page did not start
let reloading = 0;

/*
 * The page's own scripts have run. One that was fetched before an update, and is evaluated after
 * it, would be missed by it: its owner is not known until then.
 */
const hasStarted = new Promise((resolve) => {
    const [navigation] = performance.getEntriesByType('navigation');
    if (navigation?.domContentLoadedEventStart > 0) {
        resolve();
    } else {
        page?.addEventListener('DOMContentLoaded', resolve, { once: true });
        setTimeout(resolve, START_TIME);
    }
});

const hot = new HotClient({
    async importModule(url) {
        const module = await import(/* @vite-ignore */ new URL(url, server).href);
        return module.__rwg ?? module; // a facade has the namespace as its one export
    },
    send: (message) => channel.send(message),
    reload,
    swapStylesheet,
    failed(error, update) {
        console.error(error);
        console.error(`[rwgraph] ${update.url} could not be loaded. The page runs on without it.`);
        const { message, stack } = error instanceof Error ? error : new Error(String(error));
        showError({ message, stack, id: update.acceptedPath });
        explain(message);
    },
});

const channel = page ? connect() : { send() {}, moved() {} };

function connect() {
    const host = {
        connect: () => new WebSocket(socketUrl(), 'rwgraph-hmr'),
        serverIsBack,
        receive,
        reload,
        changed(event, webSocket) {
            const isBack = event === 'ws:connect';
            console.debug(`[rwgraph] ${isBack ? 'connected' : 'connection lost, waiting'}`);
            hot.emit(`vite:${event}`, { webSocket });
        },
        reloadedFor: {
            get: () => sessionStorage.getItem(RELOADED_FOR),
            set: (version) => sessionStorage.setItem(RELOADED_FOR, version),
        },
    };
    return new Channel(host, STATE);
}

/**
 * What a module's `import.meta.hot` is.
 *
 * @param {string} path the module's owner path
 * @param {Record<string, string>} [named] owner paths of what it names in `accept`
 */
export function createHotContext(path, named) {
    return hot.createContext(path, named);
}

/* ── messages ────────────────────────────────────────────────────────────────────────────────── */

async function receive(message) {
    switch (message.type) {
        case 'update':
            await update(message);
            break;
        case 'prune':
            await hasStarted; // not before the update that it comes after
            if (await hot.prune(message)) {
                hideOverlay();
            }
            break;
        case 'full-reload':
            await hot.emit('vite:beforeFullReload', message);
            if (isThisPage(message.path)) {
                reload(message.why ?? 'the server asks for it');
            }
            break;
        case 'custom':
            await hot.emit(message.event, message.data);
            break;
        case 'error':
            await hot.emit('vite:error', message);
            console.error(`[rwgraph] ${message.err.message}\n${message.err.stack ?? ''}`);
            showError(message.err);
            break;
    }
}

/* What new modules import for the first time: fetched with them, not after them. */
function preload(urls) {
    for (const url of urls) {
        const link = page.createElement('link');
        link.rel = 'modulepreload';
        link.href = new URL(url, server).href;
        if (nonce) {
            link.nonce = nonce;
        }
        link.onload = link.onerror = () => link.remove();
        page.head.append(link);
    }
}

async function update(message) {
    if (message.preload && message.updates.some(({ path }) => hot.owners.has(path))) {
        preload(message.preload);
    }
    await hasStarted;
    hideOverlay();
    if (isBroken) {
        // Its modules never got to say what they accept.
        reload('the page could not be loaded before');
        return;
    }
    if (await hot.update(message)) {
        channel.moved(message);
        for (const { path, why } of message.updates) {
            console.debug(`[rwgraph] updated ${path}${why ? `: ${why}` : ''}`);
        }
    }
}

/* ── errors ──────────────────────────────────────────────────────────────────────────────────── */

/**
 * Shows an error that keeps a module from running: what the server answers with instead of it.
 *
 * @param {{ message: string, stack?: string, id?: string, frame?: string }} error
 */
export function report(error) {
    isBroken ||= !hot.isUpdating;
    showError(error);
}

addEventListener('error', ({ message }) => {
    if (LINK_ERROR.test(message)) {
        isBroken = true;
        showError({ message });
        explain(message);
    }
});

/**
 * An import that does not link keeps the module that it is about from running. That may be one that
 * only says what is wrong with it: run it, so that it can.
 */
function explain(message) {
    const url = LINK_ERROR.exec(message)?.[1];
    if (url) {
        import(/* @vite-ignore */ new URL(url, server).href).catch(() => {});
    }
}

function showError(error) {
    if (page && HMR.overlay !== false) {
        const openFile = (place) =>
            fetch(new URL(`${BASE}@rwgraph/open?file=${encodeURIComponent(place)}`, server));
        showOverlay(error, { openFile, nonce });
    }
}

function reload(why) {
    console.debug(`[rwgraph] reloading: ${why}`);
    clearTimeout(reloading);
    reloading = setTimeout(() => location.reload(), RELOAD_DELAY);
}

/** Whether a message about an HTML file is about the page that is shown. */
function isThisPage(path) {
    if (!path?.endsWith('.html')) {
        return true;
    }
    const shown = decodedPath(location);
    const named = `${BASE}${path.replace(/^\//, '')}`;
    const isFallback = named === `${BASE}index.html` && !shown.endsWith('.html');
    const names = [shown, `${shown}.html`, `${shown.replace(/\/$/, '')}/index.html`];
    return isFallback || names.includes(named);
}

/** The path of an address as files are named; one that is no text stays as it is. */
function decodedPath({ pathname }) {
    try {
        return decodeURIComponent(pathname);
    } catch {
        return pathname;
    }
}

/* ── the connection ──────────────────────────────────────────────────────────────────────────── */

function socketUrl() {
    const { host, protocol } = server;
    const scheme = protocol === 'https:' ? 'wss' : 'ws';
    const url = HMR.url ?? `${scheme}://${host}${BASE}@rwgraph/ws`;
    return `${url}?token=${token}`;
}

/** Asks once a second, as long as somebody is looking at the page. */
async function serverIsBack() {
    for (;;) {
        await new Promise((resolve) => setTimeout(resolve, PING_INTERVAL));
        if (document.visibilityState !== 'visible') {
            await new Promise((resolve) => {
                document.addEventListener('visibilitychange', resolve, { once: true });
            });
        }
        const url = new URL(`${BASE}@rwgraph/ping`, server);
        const answer = await fetch(url, { cache: 'no-store' }).catch(() => null);
        if (answer?.ok) {
            await renewToken().catch(() => {});
            return;
        }
    }
}

/** Another server process has another token, which it writes into this file. */
async function renewToken() {
    const answer = await fetch(import.meta.url, { cache: 'no-store' });
    token = /^let token = "(\w+)"/m.exec(await answer.text())?.[1] ?? token;
}

/* ── styles ──────────────────────────────────────────────────────────────────────────────────── */

const styles = new Map(); // id → <style>; those that came with the HTML are taken over
for (const style of page?.querySelectorAll('style[data-rwgraph-id]') ?? []) {
    styles.set(style.getAttribute('data-rwgraph-id'), style);
}

/**
 * Puts a style sheet into the page, or changes it in place. A change that is part of an update
 * comes with it.
 *
 * @param {string} id
 * @param {string} css
 */
export function updateStyle(id, css) {
    if (!page) {
        return;
    }
    const known = styles.get(id);
    if (known) {
        hot.whenCommitted(() => {
            known.textContent = css;
        });
        return;
    }
    const style = document.createElement('style');
    style.setAttribute('data-rwgraph-id', id);
    if (nonce) {
        style.nonce = nonce;
    }
    style.textContent = css;
    document.head.append(style);
    styles.set(id, style);
}

/** @param {string} id */
export function removeStyle(id) {
    styles.get(id)?.remove();
    styles.delete(id);
}

/** The links that a stylesheet is reached by: its own, else those of all that may import it. */
function swapStylesheet({ acceptedPath, url }) {
    const links = [...document.querySelectorAll('link[rel~=stylesheet][href]')].filter(
        (link) => addressOf(link).origin === server.origin && !leaving.has(link),
    );
    const own = links.filter((link) => decodedPath(addressOf(link)) === acceptedPath);
    const { searchParams } = new URL(url, server);
    if (own.length === 0 && acceptedPath === SERVER_STYLES) {
        const first = document.createElement('link'); // the first sheet that server code imports
        first.rel = 'stylesheet';
        first.href = new URL(url, server).href;
        document.head.prepend(first);
        return undefined;
    }
    const swaps = (own.length > 0 ? own : links).map((link) => swapLink(link, searchParams));
    return Promise.race([Promise.all(swaps), elapsed(SWAP_TIME)]);
}

const leaving = new WeakSet(); // links that have been replaced
const addressOf = ({ href }) => new URL(href, server);
const elapsed = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The new sheet is there before the old one goes, so the page is never without. What is switched
 * off loads nothing, and one that the page takes away meanwhile never comes.
 */
function swapLink(old, version) {
    const next = old.cloneNode();
    const address = addressOf(old);
    version.forEach((value, name) => address.searchParams.set(name, value));
    next.href = address.href;
    if (old.disabled) {
        old.replaceWith(next);
        return undefined;
    }
    const done = new Promise((resolve) => {
        next.addEventListener('load', () => resolve(old.remove()));
        next.addEventListener('error', () => {
            leaving.delete(old);
            resolve(next.remove());
        });
    });
    leaving.add(old);
    old.after(next);
    return done;
}
