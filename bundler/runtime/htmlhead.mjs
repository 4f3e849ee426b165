/*
 * Scripts of the dev server in pages that the app renders: put right after the opening <head> (else
 * <html>, else the doctype), while the page streams through. What has none of these is a fragment
 * and passes as it is.
 *
 * Bytes are looked at as Latin-1: tags are ASCII, and everything else is passed on untouched.
 */

const BODY = /<body[\s>]/i; // what has begun without a head gets none
const LIMIT = 64 * 1024; // bytes that may come before <head>
const PLACES = [/<head(?:\s[^>]*)?>/i, /<html(?:\s[^>]*)?>/i, /<!doctype\s[^>]*>/i];

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {string} head ASCII
 * @returns {ReadableStream<Uint8Array>}
 */
export function injectHead(body, head) {
    let start = Buffer.alloc(0);
    let isDone = false;
    const put = (places) => {
        const text = start.toString('latin1');
        for (const place of places) {
            const match = place.exec(text);
            if (match) {
                const at = match.index + match[0].length;
                return Buffer.concat([
                    start.subarray(0, at),
                    Buffer.from(head),
                    start.subarray(at),
                ]);
            }
        }
        return null;
    };
    return body.pipeThrough(
        new TransformStream({
            transform(chunk, controller) {
                if (isDone) {
                    controller.enqueue(chunk);
                    return;
                }
                start = Buffer.concat([start, chunk]);
                const isPast = start.length > LIMIT || BODY.test(start.toString('latin1'));
                const whole = put(PLACES.slice(0, 1)) ?? (isPast ? put(PLACES) ?? start : null);
                if (whole) {
                    isDone = true;
                    controller.enqueue(whole);
                }
            },
            flush(controller) {
                if (!isDone && start.length > 0) {
                    controller.enqueue(put(PLACES) ?? start);
                }
            },
        }),
    );
}

/** The scripts with the nonce that the page's policy asks for. */
export function withNonce(head, policy) {
    const nonce = /'nonce-([\w+/=-]+)'/.exec(policy ?? '')?.[1];
    return nonce ? head.replaceAll('<script', `<script nonce="${nonce}"`) : head;
}
