/*
 * R2 buckets in dev: the service behind workerd's own R2 bindings, which turn calls into requests.
 *
 *   GET  `cf-r2-request` is the call; the answer is its JSON, then the object's bytes
 *   PUT  the body is the call's JSON (`cf-r2-metadata-size` bytes of it), then the bytes
 *
 * A bucket is a Durable Object, so what it holds is in one SQLite database, on disk beside those of
 * the app. Bytes are *blobs*, in pieces that fit into rows. A blob is written before anything names
 * it and is never changed; an object names one, or those of the parts that it was uploaded in. What
 * is named no more is deleted once nobody reads it, and what a process that ended has left over when
 * the next one begins.
 */

import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';

import { R2Error, firstBytes, isAllowed, numberOf, rangeOf, required } from './workerdr2rules.mjs';

const PIECE = 1 << 20; // of a blob, in a row
const STORAGE_CLASS = 'Standard';
const MAX_LIST = 1000;
const MIN_PART = 5 << 20; // of all but the last
const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']; // checksums have these numbers
const FIELDS = { http: 0, custom: 1 }; // numbers in a list's `include`

const TABLES = `
    CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, version TEXT, size INTEGER,
        etag TEXT, uploaded INTEGER, http TEXT, custom TEXT, checksums TEXT, blobs TEXT);
    CREATE TABLE IF NOT EXISTS pieces (blob TEXT, n INTEGER, bytes BLOB, PRIMARY KEY (blob, n));
    CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, key TEXT, http TEXT, custom TEXT);
    CREATE TABLE IF NOT EXISTS parts (upload TEXT, number INTEGER, etag TEXT, size INTEGER,
        blob TEXT, PRIMARY KEY (upload, number));
    DELETE FROM pieces WHERE blob NOT IN (SELECT blob FROM parts
        UNION SELECT json_extract(each.value, '$.id') FROM objects, json_each(blobs) AS each);`;

export default class extends WorkerEntrypoint {
    fetch(request) {
        const { BUCKET } = this.env;
        return BUCKET.get(BUCKET.idFromName(this.ctx.props.bucket)).fetch(request);
    }
}

export class R2Bucket extends DurableObject {
    constructor(ctx, env) {
        super(ctx, env);
        this.sql = ctx.storage.sql;
        this.sql.exec(TABLES);
        this.reads = new Map(); // blob → how many read it
        this.doomed = new Set(); // blobs that go once nobody reads them
    }

    async fetch(request) {
        try {
            return await this.#answer(request);
        } catch (error) {
            if (!(error instanceof R2Error)) {
                throw error;
            }
            return error.response();
        }
    }

    async #answer(request) {
        if (request.method === 'GET') {
            const call = JSON.parse(request.headers.get('cf-r2-request'));
            const { body = null, ...answer } = this.#read(call);
            return withMetadata(answer, body);
        }
        const size = Number(request.headers.get('cf-r2-metadata-size'));
        const { head, rest } = await firstBytes(request.body, size);
        try {
            return Response.json(await this.#write(JSON.parse(head.toString()), rest));
        } finally {
            await drain(rest); // who calls sends all of it before it looks for an answer
        }
    }

    #read(call) {
        switch (call.method) {
            case 'head':
                return inRange(this.#object(call.object));
            case 'get':
                return this.#get(call);
            case 'list':
                return this.#list(call);
            default:
                throw new R2Error(501, 10000, `${call.method} is not served by rwgraph dev`);
        }
    }

    async #write(call, bytes) {
        if (call.ssec || (call.storageClass && call.storageClass !== STORAGE_CLASS)) {
            const what = call.ssec ? 'encryption with a key' : 'a storage class';
            throw new R2Error(501, 10000, `${what} is not served by rwgraph dev`);
        }
        switch (call.method) {
            case 'put':
                return this.#put(call, bytes);
            case 'delete':
                return this.#delete(call.objects ?? [call.object]);
            case 'createMultipartUpload':
                return this.#begin(call);
            case 'uploadPart':
                return this.#uploadPart(call, bytes);
            case 'completeMultipartUpload':
                return this.#complete(call);
            case 'abortMultipartUpload':
                return this.#abort(call);
            default:
                throw new R2Error(501, 10000, `${call.method} is not served by rwgraph dev`);
        }
    }

    /* ── objects ─────────────────────────────────────────────────────────────────────────────── */

    #find(key) {
        return this.sql.exec('SELECT * FROM objects WHERE key = ?', key).toArray()[0];
    }

    #object(key) {
        return this.#find(key) ?? R2Error.raise('noSuchKey');
    }

    #get({ object: key, onlyIf, range, rangeHeader }) {
        const object = this.#object(key);
        if (!isAllowed(onlyIf, object)) {
            throw new R2Error(412, 10031, R2Error.PRECONDITION, inRange(object));
        }
        const { offset, length } = rangeOf(range, rangeHeader, object.size);
        return { ...inRange(object, offset, length), body: this.#stream(object, offset, length) };
    }

    #list({ prefix = '', delimiter, startAfter = '', cursor, limit, include }) {
        const from = cursor ? JSON.parse(Buffer.from(cursor, 'base64').toString()) : {};
        const after = from.after ?? startAfter;
        const most = numberOf(limit) ?? MAX_LIST;
        if (most < 1 || most > MAX_LIST) {
            R2Error.raise('badLimit');
        }
        const objects = [];
        const groups = new Set();
        let last = from;
        const where = 'SELECT * FROM objects WHERE key > ? AND key >= ? ORDER BY key';
        for (const object of this.sql.exec(where, after, prefix)) {
            const { key } = object;
            if (!key.startsWith(prefix)) {
                break;
            }
            const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
            const group = end < 0 ? null : key.slice(0, end + delimiter.length);
            if (group !== null && (group === from.group || groups.has(group))) {
                continue;
            }
            if (objects.length + groups.size >= most) {
                const text = Buffer.from(JSON.stringify(last)).toString('base64');
                return { objects, truncated: true, cursor: text, delimitedPrefixes: [...groups] };
            }
            if (group === null) {
                objects.push(described(object, include));
            } else {
                groups.add(group);
            }
            last = { after: key, group };
        }
        return { objects, truncated: false, delimitedPrefixes: [...groups] };
    }

    async #put(call, bytes) {
        const { object: key, onlyIf, httpFields = {}, customFields = [] } = call;
        required(key, customFields);
        const wanted = wantedDigests(call);
        const blob = await this.#store(bytes, ['md5', ...Object.keys(wanted)]);
        const wrong = Object.keys(wanted).find((name) => blob.digests[name] !== wanted[name]);
        if (wrong || !isAllowed(onlyIf, this.#find(key))) {
            this.#drop([blob.id]);
            throw wrong ? R2Error.digest(wrong) : new R2Error(412, 10031, R2Error.PRECONDITION);
        }
        return this.#name(key, {
            etag: blob.digests.md5,
            http: httpFields,
            custom: customFields,
            checksums: blob.digests,
            blobs: [{ id: blob.id, size: blob.size }],
        });
    }

    /** Puts an object in its place. */
    #name(key, { etag, http, custom, checksums, blobs }) {
        const old = this.#find(key);
        const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
        this.sql.exec(
            'INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
            ...[key, randomBytes(16).toString('hex'), size, etag, Date.now()],
            ...[http, custom, checksums, blobs].map((value) => JSON.stringify(value)),
        );
        this.#drop(blobsOf(old));
        return described(this.#find(key));
    }

    #delete(keys) {
        for (const key of keys) {
            this.#drop(blobsOf(this.#find(key)));
            this.sql.exec('DELETE FROM objects WHERE key = ?', key);
        }
        return {};
    }

    /* ── uploads in parts ────────────────────────────────────────────────────────────────────── */

    #begin({ object: key, httpFields = {}, customFields = [] }) {
        required(key, customFields);
        const uploadId = randomBytes(32).toString('hex');
        const fields = [httpFields, customFields].map((value) => JSON.stringify(value));
        this.sql.exec('INSERT INTO uploads VALUES (?, ?, ?, ?)', uploadId, key, ...fields);
        return { uploadId };
    }

    #upload({ object: key, uploadId }) {
        const where = 'SELECT * FROM uploads WHERE id = ? AND key = ?';
        return (
            this.sql.exec(where, uploadId, key).toArray()[0] ?? R2Error.raise('noSuchUpload')
        );
    }

    async #uploadPart(call, bytes) {
        this.#upload(call);
        const { id, size, digests } = await this.#store(bytes, ['md5']);
        try {
            this.#upload(call); // which may have ended meanwhile
        } catch (error) {
            this.#drop([id]);
            throw error;
        }
        const place = [call.uploadId, call.partNumber];
        const where = 'SELECT blob FROM parts WHERE upload = ? AND number = ?';
        const old = this.sql.exec(where, ...place).toArray();
        const values = [...place, digests.md5, size, id];
        this.sql.exec('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)', ...values);
        this.#drop(old.map(({ blob }) => blob));
        return { etag: digests.md5 };
    }

    #complete(call) {
        const { object: key, uploadId, parts: asked = [] } = call;
        const { http, custom } = this.#upload(call);
        const rows = this.sql.exec('SELECT * FROM parts WHERE upload = ?', uploadId).toArray();
        const byNumber = new Map(rows.map((row) => [row.number, row]));
        const chosen = asked.map(({ part, etag }) => {
            const row = byNumber.get(part);
            return row?.etag === etag ? row : R2Error.raise('noSuchPart');
        });
        if (new Set(chosen).size < chosen.length) {
            R2Error.raise('badUpload');
        }
        const before = chosen.slice(0, -1);
        if (before.some(({ size }) => size < MIN_PART)) {
            R2Error.raise('tooSmall');
        }
        if (before.some(({ size }) => size !== before[0].size) || isLarger(chosen)) {
            R2Error.raise('badUpload');
        }
        chosen.sort((a, b) => a.number - b.number);
        const digest = createHash('md5');
        chosen.forEach(({ etag }) => digest.update(Buffer.from(etag, 'hex')));
        const used = new Set(chosen.map(({ blob }) => blob));
        const object = this.#name(key, {
            etag: `${digest.digest('hex')}-${chosen.length}`,
            http: JSON.parse(http),
            custom: JSON.parse(custom),
            checksums: {},
            blobs: chosen.map(({ blob, size }) => ({ id: blob, size })),
        });
        this.#end(uploadId);
        this.#drop(rows.map(({ blob }) => blob).filter((blob) => !used.has(blob)));
        return object;
    }

    #abort(call) {
        this.#upload(call);
        const where = 'SELECT blob FROM parts WHERE upload = ?';
        const blobs = this.sql.exec(where, call.uploadId).toArray();
        this.#end(call.uploadId);
        this.#drop(blobs.map(({ blob }) => blob));
        return {};
    }

    #end(uploadId) {
        this.sql.exec('DELETE FROM uploads WHERE id = ?', uploadId);
        this.sql.exec('DELETE FROM parts WHERE upload = ?', uploadId);
    }

    /* ── blobs ───────────────────────────────────────────────────────────────────────────────── */

    async #store(bytes, names) {
        const id = randomBytes(16).toString('hex');
        const hashes = [...new Set(names)].map((name) => [name, createHash(name)]);
        let size = 0;
        let n = 0;
        try {
            for await (const piece of pieces(bytes)) {
                hashes.forEach(([, hash]) => hash.update(piece));
                this.sql.exec('INSERT INTO pieces VALUES (?, ?, ?)', id, n++, piece);
                size += piece.length;
            }
        } catch (error) {
            this.#drop([id]);
            throw error;
        }
        const digests = hashes.map(([name, hash]) => [name, hash.digest('hex')]);
        return { id, size, digests: Object.fromEntries(digests) };
    }

    #drop(blobs) {
        for (const blob of blobs) {
            if (this.reads.has(blob)) {
                this.doomed.add(blob);
            } else {
                this.sql.exec('DELETE FROM pieces WHERE blob = ?', blob);
            }
        }
    }

    /** Bytes of an object; its blobs stay until they are read. */
    #stream(object, offset, length) {
        const blobs = blobsOf(object);
        const done = () => {
            for (const blob of blobs.splice(0)) {
                const left = this.reads.get(blob) - 1;
                if (left > 0) {
                    this.reads.set(blob, left);
                } else {
                    this.reads.delete(blob);
                    this.#drop(this.doomed.delete(blob) ? [blob] : []);
                }
            }
        };
        blobs.forEach((blob) => this.reads.set(blob, (this.reads.get(blob) ?? 0) + 1));
        const parts = this.#bytes(object, offset, length);
        return new ReadableStream({
            pull(controller) {
                const { value, done: isOver } = parts.next();
                if (isOver) {
                    done();
                    controller.close();
                } else {
                    controller.enqueue(value);
                }
            },
            cancel: done,
        });
    }

    *#bytes(object, offset, length) {
        let start = 0; // of a blob in the object
        const end = offset + length;
        for (const { id, size } of JSON.parse(object.blobs)) {
            const from = Math.max(offset - start, 0);
            const to = Math.min(end - start, size);
            for (let at = from; at < to; ) {
                const n = Math.floor(at / PIECE);
                const where = 'SELECT bytes FROM pieces WHERE blob = ? AND n = ?';
                const { bytes } = this.sql.exec(where, id, n).one();
                const first = at - n * PIECE;
                const part = new Uint8Array(bytes).subarray(first, first + to - at);
                yield part;
                at += part.length;
            }
            start += size;
        }
    }
}

const isLarger = (parts) => parts.length > 1 && parts.at(-1).size > parts[0].size;

const blobsOf = (object) => (object ? JSON.parse(object.blobs).map(({ id }) => id) : []);

/** An object as answers tell of it. */
function described(object, include = Object.values(FIELDS)) {
    const { key, version, size, etag, uploaded } = object;
    const checksums = Object.entries(JSON.parse(object.checksums));
    return {
        name: key,
        version,
        size: `${size}`,
        etag,
        uploaded: `${uploaded}`,
        storageClass: STORAGE_CLASS,
        checksums: Object.fromEntries(
            checksums.map(([name, hex]) => [ALGORITHMS.indexOf(name), hex]),
        ),
        httpFields: include.includes(FIELDS.http) ? JSON.parse(object.http) : {},
        customFields: include.includes(FIELDS.custom) ? JSON.parse(object.custom) : [],
    };
}

const inRange = (object, offset = 0, length = object.size) => ({
    ...described(object),
    range: { offset: `${offset}`, length: `${length}` },
});

async function drain(body) {
    for await (const chunk of body) {
        void chunk;
    }
}

/** The digests that a call brings, in hex. */
function wantedDigests(call) {
    const given = ALGORITHMS.filter((name) => call[name]);
    const hex = (name) =>
        name === 'md5' ? Buffer.from(call.md5, 'base64').toString('hex') : call[name].toLowerCase();
    return Object.fromEntries(given.map((name) => [name, hex(name)]));
}

/** A body in pieces of one size, but for the last. */
async function* pieces(body) {
    let parts = [];
    let size = 0;
    for await (let chunk of body) {
        while (chunk.length > 0) {
            const taken = chunk.subarray(0, PIECE - size);
            chunk = chunk.subarray(taken.length);
            parts.push(taken);
            size += taken.length;
            if (size === PIECE) {
                yield Buffer.concat(parts);
                parts = [];
                size = 0;
            }
        }
    }
    if (size > 0) {
        yield Buffer.concat(parts);
    }
}

/** JSON, then bytes, as the binding reads them. */
function withMetadata(answer, body) {
    const json = Buffer.from(JSON.stringify(answer));
    const headers = { 'cf-r2-metadata-size': `${json.length}` };
    if (!body) {
        return new Response(json, { headers });
    }
    const reader = body.getReader();
    const stream = new ReadableStream({
        start: (controller) => controller.enqueue(json),
        async pull(controller) {
            const { value, done } = await reader.read();
            if (done) {
                controller.close();
            } else {
                controller.enqueue(value);
            }
        },
        cancel: (reason) => reader.cancel(reason),
    });
    return new Response(stream, { headers });
}
