/*
 * Wrangler's file, as far as rwgraph dev goes by it: the compatibility date and flags, and `vars`.
 * Of TOML it takes what those need (tables, and strings, numbers, booleans and lists on one line);
 * it says so where a line of theirs is something else.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { WRANGLER_FILES } from './runtimechoice.mjs';

const JSONC = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g;
const TRAILING_COMMA = /("(?:\\.|[^"\\])*")|,(?=\s*[\]}])/g;
const TOML_COMMENT = /^((?:"(?:\\.|[^"\\])*"|'[^']*'|[^"'#])*)#.*$/;
const NO_BINDINGS = [
    'name',
    'main',
    'vars',
    'assets',
    'build',
    'compatibility_date',
    'compatibility_flags',
    'observability',
    'migrations',
    'env',
    'routes',
    'route',
    'account_id',
    'workers_dev',
    'triggers',
    'rules',
    'dev',
    'placement',
    'limits',
    'upload_source_maps',
    'minify',
    '$schema',
];

/**
 * @param {string} root folder of the project
 * @returns {{ file: string, date?: string, flags: string[], vars: Record<string, unknown>,
 *     bindings: string[] }|null} null without such a file; bindings: what of it is not there in dev
 */
export function readWrangler(root) {
    for (const name of WRANGLER_FILES) {
        const file = join(root, name);
        const text = readText(file);
        if (text !== null) {
            const value = name.endsWith('.toml') ? parseToml(text, file) : parseJsonc(text, file);
            return {
                file,
                date: value.compatibility_date,
                flags: value.compatibility_flags ?? [],
                vars: value.vars ?? {},
                bindings: Object.keys(value).filter((key) => !NO_BINDINGS.includes(key)),
            };
        }
    }
    return null;
}

/** JSON with comments and trailing commas. */
export function parseJsonc(text, file) {
    const plain = text.replace(JSONC, '$1').replace(TRAILING_COMMA, '$1');
    try {
        return JSON.parse(plain);
    } catch (error) {
        throw new Error(`${file}: ${error.message}`);
    }
}

/** The top of a TOML file and its `vars`; other tables are there by name alone. */
export function parseToml(text, file) {
    const result = {};
    let table = result;
    for (const [index, raw] of text.split('\n').entries()) {
        const line = raw.replace(TOML_COMMENT, '$1').trim();
        const header = /^\[\[?\s*([^\].\s]+)(.*?)\s*\]\]?$/.exec(line);
        const pair = /^(?:"([^"]+)"|([\w-]+))\s*=\s*(.*)$/.exec(line);
        if (header) {
            const [, name, rest] = header;
            result[name] ??= {};
            table = name === 'vars' && rest === '' ? result.vars : null;
        } else if (pair && table) {
            const key = pair[1] ?? pair[2];
            const value = tomlValue(pair[3]);
            const matters = table !== result || /^(compatibility_|vars$)/.test(key);
            if (value === undefined && matters) {
                throw new Error(
                    `${file}:${index + 1}: rwgraph dev reads values of one line, without tables ` +
                        'in them; write it so, or use wrangler.jsonc',
                );
            }
            table[key] = value;
        }
    }
    return result;
}

function tomlValue(text) {
    const literal = /^'([^']*)'$/.exec(text);
    if (literal) {
        return literal[1];
    }
    try {
        const json = text.replace(/("(?:\\.|[^"\\])*")|'([^']*)'/g, (all, basic, quoted) =>
            basic === undefined ? JSON.stringify(quoted) : basic,
        );
        return JSON.parse(json.replace(TRAILING_COMMA, '$1'));
    } catch {
        return undefined;
    }
}

function readText(file) {
    try {
        return readFileSync(file, 'utf8');
    } catch (error) {
        if (error.code === 'ENOENT') {
            return null;
        }
        throw error;
    }
}
