/*
 * Stylesheets that only server code imports, in the pages that it answers with: what is built has
 * them linked at the end of the page's head, else where the page's text begins. It runs wherever
 * the server's code runs.
 *
 * Bytes are looked at as Latin-1: tags are ASCII, and everything else is passed on untouched.
 */

const LIMIT = 64 * 1024; // bytes that may come before </head>
const END = /<\/head\s*>/i;
const BODY = /<body[\s>]/i;
const BEFORE = [END, BODY];
const BEHIND = [/<html(?:\s[^>]*)?>/i, /<!doctype\s[^>]*>/i];

/**
 * The handler of a server, with stylesheets in its pages. One that is no object with a `fetch`
 * method stays as it is.
 *
 * @param {object} handler
 * @param {string[]} addresses
 */
export function withStyles(handler, addresses) {
    if (typeof handler !== 'object' || typeof handler?.fetch !== 'function') {
        return handler;
    }
    return {
        __proto__: handler,
        async fetch(...args) {
            return styled(await handler.fetch(...args), addresses);
        },
    };
}

function styled(response, addresses) {
    const { headers, body } = response;
    const isPage = /^text\/html\b/i.test(headers.get('content-type') ?? '');
    if (!isPage || !body || headers.has('content-encoding')) {
        return response;
    }
    const links = addresses.map((href) => `<link rel="stylesheet" href="${href}">`).join('');
    const changed = new Response(body.pipeThrough(inject(links, addresses)), response);
    changed.headers.delete('content-length');
    changed.headers.delete('etag');
    return changed;
}

/** Where the text goes in what has come of a page; -1: it is none. */
function placeIn(start) {
    for (const place of BEFORE) {
        const match = place.exec(start);
        if (match) {
            return match.index;
        }
    }
    for (const place of BEHIND) {
        const match = place.exec(start);
        if (match) {
            return match.index + match[0].length;
        }
    }
    return -1;
}

/** Puts text in front of </head>; a page that names the addresses itself stays as it is. */
function inject(text, addresses) {
    let start = '';
    let isDone = false;
    const put = () => {
        const at = placeIn(start);
        if (at < 0 || addresses.every((address) => start.includes(address))) {
            return start;
        }
        return start.slice(0, at) + text + start.slice(at);
    };
    return new TransformStream({
        transform(chunk, controller) {
            if (isDone) {
                controller.enqueue(chunk);
                return;
            }
            start += decode(chunk);
            if (END.test(start) || BODY.test(start) || start.length > LIMIT) {
                isDone = true;
                controller.enqueue(encode(put()));
            }
        },
        flush(controller) {
            if (!isDone && start) {
                controller.enqueue(encode(put()));
            }
        },
    });
}

function decode(bytes) {
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) {
        text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    }
    return text;
}

const encode = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
