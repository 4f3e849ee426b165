/*
 * Stack traces of evaluated modules, told in terms of their sources.
 *
 * Every module is compiled under a file name of its own (its URL with the key's hash), so that two
 * versions of one file can be told apart; here is which map belongs to which name. Frames of the
 * runtime itself are left out.
 */

import { fileURLToPath } from 'node:url';

import { urlOf } from './record.mjs';

const INLINE_MAP = /\n?\/\/# sourceMappingURL=data:application\/json[^,]*?(;base64)?,([^\s]+)\s*$/;
const PLACE = /(?:^|[\s(])(?:file:\/\/)?(\/[^\s()]+?):(\d+):(\d+)\)?$/gm;
// Workerd has no import.meta.url; workerd-start.mjs gives our modules names that begin so.
const RUNTIME = import.meta.url ? new URL('.', import.meta.url).href : 'rwgraph/';

export class Stacks {
    /** @param {typeof import('node:module').SourceMap} SourceMap or one that works alike */
    constructor(SourceMap) {
        this.SourceMap = SourceMap;
        this.scripts = new Map(); // file name of the script → { url, map, parsed }
        this.names = new Map(); // key → file name of the script
    }

    /** The name to compile a definition under. */
    register(definition) {
        const { key, code, map } = definition;
        const url = urlOf(definition);
        const env = key.slice(0, key.indexOf(':'));
        const name = `${url}?${env}@${key.slice(key.lastIndexOf('@') + 1)}`;
        this.scripts.set(name, { url, map: map ?? inlineMap(code), parsed: null });
        this.names.set(key, name);
        return name;
    }

    forget(keys) {
        for (const key of keys) {
            this.scripts.delete(this.names.get(key));
            this.names.delete(key);
        }
    }

    /** Makes Error.prepareStackTrace use the maps. */
    install() {
        Error.prepareStackTrace = (error, sites) => {
            const frames = sites.filter(isOfTheApp).map((site) => `    at ${this.#frame(site)}`);
            return [headOf(error), ...frames].join('\n');
        };
    }

    /**
     * The first place in the app's sources that a stack names, with the lines around it.
     *
     * @returns {{ file: string, line: number, column: number, frame?: string }|null}
     */
    place(stack) {
        for (const [, file, line, column] of `${stack}`.matchAll(PLACE)) {
            if (!file.includes('/node_modules/')) {
                const where = { file, line: Number(line), column: Number(column) };
                const text = this.#sourceOf(file);
                return text ? { ...where, frame: codeFrame(text, where) } : where;
            }
        }
        return null;
    }

    /**
     * A script that does not compile: the engine puts the place and the line, with carets below, in
     * front of the stack. Afterwards the stack names the source, as for errors at run time.
     * `offset`: columns that stand before the code on its first line.
     */
    explain(error, name, offset) {
        const [place, text = '', carets = ''] = `${error.stack}`.split('\n');
        const line = Number(/:(\d+)$/.exec(place)?.[1]);
        if (place !== `${name}:${line}`) {
            return;
        }
        const script = this.scripts.get(name);
        const caret = carets.indexOf('^') + 1;
        const column = Math.max(1, line === 1 ? caret - offset : caret);
        const at =
            this.#original(script, line, column) ?? `${pathOf(script.url)}:${line}:${column}`;
        error.stack = `${headOf(error)}\n    at ${at}\n\n${text}\n${carets}`;
    }

    #frame(site) {
        const text = site.toString();
        const script = this.scripts.get(site.getScriptNameOrSourceURL());
        if (!script) {
            return text;
        }
        const line = site.getLineNumber();
        const column = site.getColumnNumber();
        const at =
            this.#original(script, line, column) ?? `${pathOf(script.url)}:${line}:${column}`;
        const name = text.endsWith(')') ? text.slice(0, text.lastIndexOf(' (')) : '';
        return name ? `${name} (${at})` : at;
    }

    #original(script, line, column) {
        if (!script.map) {
            return null;
        }
        script.parsed ??= parse(script.map, this.SourceMap);
        const entry = script.parsed?.map.findEntry(line - 1, column - 1);
        if (!entry || entry.originalSource === undefined) {
            return null;
        }
        const file = sourcePath(script, entry.originalSource);
        return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    }

    #sourceOf(file) {
        for (const script of this.scripts.values()) {
            const { sources = [], sourcesContent = [] } = script.parsed?.payload ?? {};
            const index = sources.findIndex((source) => sourcePath(script, source) === file);
            if (index >= 0 && sourcesContent[index]) {
                return sourcesContent[index];
            }
        }
        return null;
    }
}

function parse(map, SourceMap) {
    try {
        const payload = typeof map === 'string' ? JSON.parse(map) : map;
        return { payload, map: new SourceMap(payload) };
    } catch {
        return { payload: {}, map: { findEntry: () => undefined } };
    }
}

function inlineMap(code) {
    const match = INLINE_MAP.exec(code ?? '');
    if (!match) {
        return null;
    }
    return match[1] ? Buffer.from(match[2], 'base64').toString() : decodeURIComponent(match[2]);
}

/** The file of a source. A map with one source is that of the module's own file. */
function sourcePath(script, source) {
    if (script.parsed.payload.sources?.length === 1) {
        return pathOf(script.url);
    }
    try {
        return pathOf(new URL(source, script.url).href);
    } catch {
        return source;
    }
}

function pathOf(url) {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** Not a frame of the runtime, nor one of the engine that the runtime called or was called by. */
function isOfTheApp(site, index, sites) {
    const isEngine = !site.getScriptNameOrSourceURL();
    const neighbours = isEngine ? [sites[index - 1], sites[index + 1]] : [site];
    return !neighbours.some((each) => each?.getScriptNameOrSourceURL()?.startsWith(RUNTIME));
}

function headOf(error) {
    try {
        return `${error}`;
    } catch {
        return 'Error';
    }
}

function codeFrame(text, { line, column }) {
    const lines = text.split('\n');
    const first = Math.max(1, line - 2);
    const last = Math.min(lines.length, line + 2);
    const width = `${last}`.length;
    const out = [];
    for (let n = first; n <= last; n++) {
        out.push(`${n === line ? '>' : ' '} ${`${n}`.padStart(width)} | ${lines[n - 1]}`);
        if (n === line) {
            out.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`);
        }
    }
    return out.join('\n');
}
