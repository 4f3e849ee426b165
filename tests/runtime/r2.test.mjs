/*
 * R2 buckets in workerd: workerd's own binding on the service of workerdr2.mjs. The app's code runs
 * what a test hands it, on the bucket.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { folder, start } from './process.mjs';
import { lines } from './program.mjs';

const WRANGLER = JSON.stringify({
    name: 'app',
    compatibility_date: '2025-08-21',
    r2_buckets: [
        { binding: 'B', bucket_name: 'one' },
        { binding: 'OTHER', bucket_name: 'two' },
    ],
});
const ends = [];
const file = { after: (end) => ends.unshift(end) };
let root, app, commits;

before(async () => {
    commits = 0;
    root = folder(file, { 'wrangler.json': WRANGLER });
    app = await start(file, 'workerd', root, { 'worker:/entry.mjs': '' });
});

after(async () => {
    for (const end of ends) {
        await end();
    }
});

/** What a function gives that runs in workerd, on a bucket; it can use nothing of this file. */
async function inWorker(run, on = app) {
    const generation = on.server.commit({
        'worker:/entry.mjs': lines(
            `const run = ${run};`,
            `export const nth = ${commits++};`,
            'const error = (e) => ({ error: e.message });',
            'export default { fetch: async (request, env) =>',
            '    Response.json((await run(env).catch(error)) ?? null) };',
        ),
    });
    return on.json('/', { generation });
}

test('an object has its bytes, metadata, etag and checksums, until it is deleted', async () => {
    const answer = await inWorker(async ({ B, OTHER }) => {
        const put = await B.put('a', 'text', {
            httpMetadata: { contentType: 'text/plain' },
            customMetadata: { by: 'ü' },
        });
        const got = await B.get('a');
        const { key, size, etag, httpMetadata, customMetadata } = await B.head('a');
        const md5 = put.checksums.toJSON().md5;
        const elsewhere = await OTHER.get('a');
        const text = await got.text();
        await B.delete(['a', 'never there']);
        const later = [await B.get('a'), await B.head('a')];
        return { key, size, etag, httpMetadata, customMetadata, md5, elsewhere, text, later };
    });
    const md5 = createHash('md5').update('text').digest('hex');
    assert.deepEqual(answer, {
        key: 'a',
        size: 4,
        etag: md5,
        httpMetadata: { contentType: 'text/plain' },
        customMetadata: { by: 'ü' },
        md5,
        elsewhere: null,
        text: 'text',
        later: [null, null],
    });
});

test('ranges, also over the pieces in which large objects are kept', async () => {
    const answer = await inWorker(async ({ B }) => {
        const bytes = new Uint8Array((3 << 20) + 7).map((_, i) => i * 7);
        await B.put('large', bytes);
        const told = [];
        for (const range of [
            { offset: (1 << 20) - 3, length: (1 << 20) + 10 },
            { suffix: 10 },
            { offset: bytes.length - 4 },
            { length: 3 },
            new Headers({ range: 'bytes=5-9' }),
            new Headers({ range: 'bytes=99999999-' }),
        ]) {
            const got = await B.get('large', { range });
            const part = new Uint8Array(await got.arrayBuffer());
            const { offset, length } = got.range;
            const isSame = part.every((byte, i) => byte === bytes[offset + i]);
            told.push([offset, length, part.length, isSame]);
        }
        const beyond = await B.get('large', { range: { offset: 1e9 } }).catch((e) => e.message);
        return { told, beyond };
    });
    const size = (3 << 20) + 7;
    assert.deepEqual(answer.told, [
        [(1 << 20) - 3, (1 << 20) + 10, (1 << 20) + 10, true],
        [size - 10, 10, 10, true],
        [size - 4, 4, 4, true],
        [0, 3, 3, true],
        [5, 5, 5, true],
        [0, size, size, true],
    ]);
    assert.match(answer.beyond, /\(10039\)$/);
});

test('conditions decide about reading and writing', async () => {
    const answer = await inWorker(async ({ B }) => {
        const { etag, uploaded } = await B.put('c', 'first');
        const at = (ms) => new Date(uploaded.getTime() + ms);
        const reads = {
            same: { etagMatches: etag },
            other: { etagMatches: 'x' },
            unlike: { etagDoesNotMatch: 'x' },
            like: { etagDoesNotMatch: etag },
            newer: { uploadedAfter: at(-5000) },
            older: { uploadedAfter: at(5000) },
            before: { uploadedBefore: at(5000) },
            late: { uploadedBefore: at(-5000) },
            both: { etagMatches: etag, uploadedBefore: at(-5000) },
            header: new Headers({ 'if-none-match': `"${etag}"` }),
        };
        const told = {};
        for (const [name, onlyIf] of Object.entries(reads)) {
            told[name] = 'body' in (await B.get('c', { onlyIf }));
        }
        told.stale = await B.put('c', 'never', { onlyIf: { etagMatches: 'x' } });
        told.absent = await B.put('none', 'never', { onlyIf: { etagMatches: '*' } });
        told.first = (await B.put('fresh', 'v', { onlyIf: { etagDoesNotMatch: '*' } })).key;
        told.again = await B.put('fresh', 'w', { onlyIf: { etagDoesNotMatch: '*' } });
        told.text = [await (await B.get('c')).text(), await (await B.get('fresh')).text()];
        return told;
    });
    const yes = ['same', 'unlike', 'newer', 'before', 'both'];
    const no = ['other', 'like', 'older', 'late', 'header'];
    yes.forEach((name) => assert.equal(answer[name], true, name));
    no.forEach((name) => assert.equal(answer[name], false, name));
    const { stale, absent, first, again, text } = answer;
    assert.deepEqual([stale, absent, first, again], [null, null, 'fresh', null]);
    assert.deepEqual(text, ['first', 'v']);
});

test('what is not served says so', async () => {
    const answer = await inWorker(async ({ B }) => {
        const error = (e) => e.message;
        return Promise.all([
            B.put('x', 'x', { storageClass: 'InfrequentAccess' }).catch(error),
            B.put('x', 'x', { ssecKey: '0'.repeat(64) }).catch(error),
            B.head('x'),
        ]);
    });
    assert.match(answer[0], /a storage class is not served by rwgraph dev/);
    assert.match(answer[1], /encryption with a key is not served by rwgraph dev/);
    assert.equal(answer[2], null);
});

test('bytes that are not those of a checksum leave what was there', async () => {
    const answer = await inWorker(async ({ B }) => {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('right'));
        const { checksums } = await B.put('sum', 'right', { sha256: digest });
        const wrong = await B.put('sum', 'wrong', { sha256: digest }).catch((e) => e.message);
        return [checksums.toJSON().sha256, wrong, await (await B.get('sum')).text()];
    });
    assert.equal(answer[0], createHash('sha256').update('right').digest('hex'));
    assert.match(answer[1], /\(10037\)$/);
    assert.equal(answer[2], 'right');
});

test('lists go by prefix, delimiter and cursor', async () => {
    const answer = await inWorker(async ({ OTHER: B }) => {
        for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c/3', 'l/d', 'm']) {
            await B.put(key, key, { customMetadata: { key } });
        }
        const pages = [];
        let page;
        do {
            const { cursor } = page ?? {};
            page = await B.list({ prefix: 'l/', delimiter: '/', limit: 2, cursor });
            pages.push([page.objects.map(({ key }) => key), page.delimitedPrefixes]);
        } while (page.truncated);
        const after = await B.list({ startAfter: 'l/c/3', include: ['customMetadata'] });
        const wrong = await B.list({ limit: 1001 }).catch((e) => e.message);
        return { pages, after: after.objects.map((o) => o.customMetadata.key), wrong };
    });
    const pages = [
        [['l/a'], ['l/b/']],
        [['l/d'], ['l/c/']],
    ];
    assert.deepEqual(answer.pages, pages);
    assert.deepEqual(answer.after, ['l/d', 'm']);
    assert.match(answer.wrong, /\(10022\)$/);
});

test('uploads in parts become one object, or nothing', async () => {
    const answer = await inWorker(async ({ B }) => {
        const full = (byte) => new Uint8Array(5 << 20).fill(byte);
        const upload = await B.createMultipartUpload('parts', { customMetadata: { z: '1' } });
        const { uploadId } = upload;
        const second = await B.resumeMultipartUpload('parts', uploadId).uploadPart(2, 'end');
        const stale = await upload.uploadPart(1, full(9));
        const first = await upload.uploadPart(1, full(1));
        const early = await upload.complete([stale, second]).catch((e) => e.message);
        const { size, etag } = await upload.complete([first, second]);
        const got = await B.get('parts', { range: { offset: (5 << 20) - 1 } });
        const bytes = [...new Uint8Array(await got.arrayBuffer())];
        const over = await upload.uploadPart(3, 'x').catch((e) => e.message);
        const small = await B.createMultipartUpload('small');
        const pieces = [await small.uploadPart(1, 'a'), await small.uploadPart(2, 'b')];
        const tooSmall = await small.complete(pieces).catch((e) => e.message);
        await small.abort();
        return { early, size, etag, bytes, over, tooSmall, small: await B.head('small') };
    });
    assert.match(answer.early, /\(10025\)$/);
    assert.equal(answer.size, (5 << 20) + 3);
    assert.match(answer.etag, /^[0-9a-f]{32}-2$/);
    assert.deepEqual(answer.bytes, [1, ...Buffer.from('end')]);
    assert.match(answer.over, /\(10024\)$/);
    assert.match(answer.tooSmall, /\(10011\)$/);
    assert.equal(answer.small, null);
});

test('an object that is replaced while it is read is read to its end', async () => {
    const answer = await inWorker(async ({ B }) => {
        const size = 4 << 20;
        await B.put('read', new Uint8Array(size).fill(1));
        const reader = (await B.get('read')).body.getReader();
        const first = await reader.read();
        await B.put('read', 'new');
        let length = first.value.length;
        let sum = 0;
        for (;;) {
            const { value, done } = await reader.read();
            if (done) {
                break;
            }
            length += value.length;
            sum += value.reduce((total, byte) => total + byte, 0);
        }
        return [length, sum + first.value.length, await (await B.get('read')).text()];
    });
    assert.deepEqual(answer, [4 << 20, 4 << 20, 'new']);
});

test('what a bucket holds outlives the process', async (t) => {
    await inWorker(async ({ B }) => B.put('stays', 'here'));
    await app.stop();
    const again = await start(t, 'workerd', root, { 'worker:/entry.mjs': '' });
    assert.equal(await inWorker(async ({ B }) => (await B.get('stays')).text(), again), 'here');
});
