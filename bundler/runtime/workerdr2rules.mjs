/*
 * R2's rules, apart from where objects are kept: names, conditions, ranges, and what goes wrong,
 * with the numbers that R2 has for it.
 */

import { Buffer } from 'node:buffer';

const ABSENT = '18446744073709551615'; // a number that was not given
const MAX_KEY = 1024;
const MAX_METADATA = 8192;
const VERSION = 1;

const KNOWN = {
    noSuchKey: [404, 10007, 'The specified key does not exist.'],
    metadataTooLarge: [400, 10012, 'The metadata of the object is larger than 8192 bytes.'],
    tooSmall: [400, 10011, 'A part other than the last is smaller than 5 MiB.'],
    badKey: [400, 10020, 'The name of the object is empty or longer than 1024 bytes.'],
    noSuchUpload: [400, 10024, 'The specified multipart upload does not exist.'],
    noSuchPart: [400, 10025, 'One or more of the specified parts could not be found.'],
    badLimit: [400, 10022, 'The limit of a list is between 1 and 1000.'],
    badRange: [416, 10039, 'The requested range is not satisfiable'],
    badUpload: [400, 10048, 'Parts have to be of one size, but for a smaller last one.'],
};

/** What the binding throws, or makes `null` of. */
export class R2Error extends Error {
    static PRECONDITION = 'At least one of the preconditions of the call did not hold.';

    /** @param {object} [object] what the answer tells all the same */
    constructor(status, code, message, object) {
        super(message);
        Object.assign(this, { status, code, object });
    }

    static raise(name) {
        throw new R2Error(...KNOWN[name]);
    }

    static digest(name) {
        const what = name.toUpperCase();
        return new R2Error(400, 10037, `The ${what} checksum is not that of the bytes received.`);
    }

    response() {
        const told = { version: VERSION, v4code: this.code, message: this.message };
        const json = this.object && JSON.stringify(this.object);
        const size = json && { 'cf-r2-metadata-size': `${Buffer.byteLength(json)}` };
        const headers = { 'cf-r2-error': JSON.stringify(told), ...size };
        return new Response(json ?? null, { status: this.status, headers });
    }
}

/** A number of a call, which is a text where it may be large; undefined where none was given. */
export const numberOf = (value) =>
    value === undefined || `${value}` === ABSENT || value === 0xffffffff
        ? undefined
        : Number(value);

/** Throws unless an object may have this name and metadata. */
export function required(key, customFields) {
    if (!key || Buffer.byteLength(key) > MAX_KEY) {
        R2Error.raise('badKey');
    }
    const sizes = customFields.map(({ k = '', v = '' }) => Buffer.byteLength(k + v));
    if (sizes.reduce((sum, size) => sum + size, 0) > MAX_METADATA) {
        R2Error.raise('metadataTooLarge');
    }
}

/**
 * Does a call's condition hold for the object that is there? As HTTP has it: a date does not count
 * beside an etag that says yes.
 *
 * @param {object} [onlyIf]
 * @param {{ etag: string, uploaded: number }} [object]
 */
export function isAllowed(onlyIf, object) {
    if (!onlyIf) {
        return true;
    }
    if (!object) {
        return !(onlyIf.etagMatches?.length > 0) && numberOf(onlyIf.uploadedAfter) === undefined;
    }
    const { etagMatches, etagDoesNotMatch, secondsGranularity } = onlyIf;
    const before = numberOf(onlyIf.uploadedBefore);
    const after = numberOf(onlyIf.uploadedAfter);
    const has = (etags) => etags.some((etag) => isSame(etag, object));
    const time = (ms) => (secondsGranularity ? Math.floor(ms / 1000) : ms);
    const given = (etags) => (etags?.length > 0 ? etags : undefined);
    const wanted = given(etagMatches);
    const unwanted = given(etagDoesNotMatch);
    if ((wanted && !has(wanted)) || (unwanted && has(unwanted))) {
        return false;
    }
    const isOld = time(object.uploaded) < time(before);
    const isNew = time(object.uploaded) > time(after);
    return Boolean(
        (before === undefined || isOld || wanted) && (after === undefined || isNew || unwanted),
    );
}

const isSame = ({ type, value }, { etag }) => type === 'wildcard' || value === etag;

/** The bytes that a call asks for, of an object of this size. A header may ask for what is not. */
export function rangeOf(range, header, size) {
    const asked = header ? fromHeader(header, size) : range;
    const suffix = numberOf(asked?.suffix);
    if (suffix !== undefined) {
        const length = Math.min(suffix, size);
        return length > 0 || size === 0
            ? { offset: size - length, length }
            : R2Error.raise('badRange');
    }
    const offset = numberOf(asked?.offset) ?? 0;
    const length = Math.min(numberOf(asked?.length) ?? size, size - offset);
    return length > 0 || (size === 0 && offset === 0)
        ? { offset, length }
        : R2Error.raise('badRange');
}

/** `bytes=0-9`, `bytes=5-` and `bytes=-3`; anything else asks for the whole. */
function fromHeader(header, size) {
    const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? [];
    if (!first && !last) {
        return undefined;
    }
    if (!first) {
        return { suffix: last };
    }
    if (Number(first) >= size || (last && Number(last) < Number(first))) {
        return undefined;
    }
    return last ? { offset: first, length: Number(last) - Number(first) + 1 } : { offset: first };
}

/** The first bytes of a body, and the rest as a body of its own. */
export async function firstBytes(body, size) {
    const chunks = body[Symbol.asyncIterator]();
    let head = Buffer.alloc(0);
    while (head.length < size) {
        const { value, done } = await chunks.next();
        if (done) {
            throw new TypeError('a call to R2 is cut off');
        }
        head = Buffer.concat([head, value]);
    }
    async function* rest() {
        yield head.subarray(size);
        yield* { [Symbol.asyncIterator]: () => chunks };
    }
    return { head: head.subarray(0, size), rest: rest() };
}
