/*
 * Stylesheets that only server code imports, in the pages that it answers with: what is built has
 * them linked at the end of the page's head, else where the page's text begins. It runs wherever
 * the server's code runs.
 *
 * Bytes are looked at as Latin-1: tags are ASCII, and everything else is passed on untouched.
 */

const LIMIT = 64 * 1024; // bytes that may come before </head>
const END = /<\/head\s*>/i;
const START = /<body[\s>]|<html(?:\s[^>]*)?>|<!doctype\s[^>]*>/i;

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

/** Puts text in front of </head>; a page that names the addresses itself stays as it is. */
function inject(text, addresses) {
    let start = '';
    let isDone = false;
    const put = (isLast) => {
        const end = END.exec(start) ?? (isLast ? START.exec(start) : null);
        if (!end || addresses.every((address) => start.includes(address))) {
            return start;
        }
        const isTag = /^<(?:html|!doctype)/i.test(end[0]);
        const at = end.index + (isTag ? end[0].length : 0);
        return start.slice(0, at) + text + start.slice(at);
    };
    return new TransformStream({
        transform(chunk, controller) {
            if (isDone) {
                controller.enqueue(chunk);
                return;
            }
            start += decode(chunk);
            if (END.test(start) || start.length > LIMIT) {
                isDone = true;
                controller.enqueue(encode(put(false)));
            }
        },
        flush(controller) {
            if (!isDone && start) {
                controller.enqueue(encode(put(true)));
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
