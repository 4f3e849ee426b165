/* Links to stylesheets in pages that a built server answers with. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withStyles } from '../../bundler/runtime/pagestyles.mjs';

const LINK = '<link rel="stylesheet" href="/a.css">';

/** What becomes of a page that comes in these parts, as it was read. */
async function read(parts, { type = 'text/html; charset=utf-8', headers = {} } = {}) {
    const chunks = parts.map((part) => Buffer.from(part));
    const body = new ReadableStream({
        pull: (controller) =>
            chunks.length > 0 ? controller.enqueue(chunks.shift()) : controller.close(),
    });
    const fetch = async () => new Response(body, { headers: { 'content-type': type, ...headers } });
    const response = await withStyles({ fetch }, ['/a.css']).fetch();
    return { response, text: await response.text() };
}

test('the link stands at the end of the head, however the page is cut', async () => {
    const page = '<!doctype html><html><head><title>ä🌕</title></head><body>b</body></html>';
    const expected = page.replace('</head>', `${LINK}</head>`);
    assert.equal((await read([page])).text, expected);
    const bytes = Buffer.from(page);
    for (let at = 1; at < bytes.length; at += 7) {
        const parts = [bytes.subarray(0, at), bytes.subarray(at)];
        assert.equal((await read(parts)).text, expected);
    }
});

test('without a head it stands where the text begins, and fragments have none', async () => {
    for (const [page, expected] of [
        ['<!doctype html><html lang="a"><body class="b">c', `<!doctype html><html lang="a">${LINK}<body class="b">c`],
        ['<!doctype html><html lang="a"><p>c', `<!doctype html><html lang="a">${LINK}<p>c`],
        ['<!doctype html><p>c', `<!doctype html>${LINK}<p>c`],
        ['<p>c', '<p>c'],
    ]) {
        assert.equal((await read([page])).text, expected);
    }
});

test('a page with a long head has it as well', async () => {
    const script = `<script>${'x'.repeat(100_000)}</script>`;
    const { text } = await read(['<!doctype html><html>', script, '<p>c']);
    assert.equal(text, `<!doctype html><html>${LINK}${script}<p>c`);
});

test('a page whose body has begun is not held back', async () => {
    let more;
    const body = new ReadableStream({
        start(controller) {
            controller.enqueue(Buffer.from('<html><body>first'));
            more = () => controller.close();
        },
    });
    const headers = { 'content-type': 'text/html' };
    const fetch = async () => new Response(body, { headers });
    const reader = (await withStyles({ fetch }, ['/a.css']).fetch()).body.getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value).toString(), `<html>${LINK}<body>first`);
    more();
});

test('other answers, and pages that have the link, stay as they are', async () => {
    const page = '<head></head>';
    assert.equal((await read([page], { type: 'text/plain' })).text, page);
    assert.equal((await read([page], { headers: { 'content-encoding': 'br' } })).text, page);
    const linked = `<head>${LINK}</head>`;
    assert.equal((await read([linked])).text, linked);
    const { response } = await read([page], { headers: { etag: '"a"', 'content-length': '13' } });
    assert.deepEqual([response.headers.get('etag'), response.headers.get('content-length')], [null, null]);
    const bare = () => {};
    assert.equal(withStyles(bare, ['/a.css']), bare);
});
