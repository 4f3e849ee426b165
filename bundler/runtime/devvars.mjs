/*
 * `.dev.vars`: NAME=value lines as dotenv knows them. Quotes may span lines; double quotes know \n,
 * \r, \t and \"; outside of quotes ` #` begins a comment.
 */

import { existsSync, readFileSync } from 'node:fs';

const LINE =
    /^\s*(?:export\s+)?([\w.-]+)\s*=[^\S\n]*("(?:\\[^]|[^"\\])*"|'[^']*'|`[^`]*`|[^\n]*)/gm;
const ESCAPES = { n: '\n', r: '\r', t: '\t' };

/**
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseDevVars(text) {
    const vars = {};
    for (const [, name, raw] of text.replaceAll('\r\n', '\n').matchAll(LINE)) {
        vars[name] = valueOf(raw);
    }
    return vars;
}

/**
 * The variables of a file; none without one. A file of the environment's own, beside it and called
 * `.dev.vars.<environment>`, stands in its place.
 *
 * @param {string} [path]
 * @param {string} [environment] of the wrangler file
 * @returns {Record<string, string>}
 */
export function readDevVars(path, environment = process.env.CLOUDFLARE_ENV) {
    if (path && environment && existsSync(`${path}.${environment}`)) {
        return readDevVars(`${path}.${environment}`, '');
    }
    if (!path) {
        return {};
    }
    try {
        return parseDevVars(readFileSync(path, 'utf8'));
    } catch (error) {
        if (error.code !== 'ENOENT') {
            console.error(error);
        }
        return {};
    }
}

function valueOf(raw) {
    const quote = /^(["'`])[^]*\1$/.exec(raw)?.[1];
    if (!quote || raw.length < 2) {
        return raw.replace(/(^|\s)#.*$/, '').trim();
    }
    const inner = raw.slice(1, -1);
    return quote === '"'
        ? inner.replace(/\\([^])/g, (_, character) => ESCAPES[character] ?? character)
        : inner;
}
