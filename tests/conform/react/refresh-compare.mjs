/*
 * React Refresh: what `rwgraph transform --refresh` writes into modules, beside what the Babel
 * plugin of react-refresh does. Compared are the ids of components in order, and of each signed
 * function the hooks of its own that it lists, whether state is reset, and its signature: ours is a
 * hash, so equal texts of Babel must have equal hashes and others different ones.
 *
 *     node refresh-compare.mjs FOLDER…      every .tsx and .jsx below, with a report of differences
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { parseSync, transformSync, traverse } from '@babel/core';
import refreshBabel from 'react-refresh/babel';

const PARSER = {
    plugins: ['jsx', 'typescript', 'decorators-legacy', 'explicitResourceManagement'],
    errorRecovery: false,
};
const QUIET = { babelrc: false, configFile: false, compact: true, comments: true };

/** `rwgraph transform --refresh --json-lines`: ask(code, lang) → { code } or { error }. */
export class Ours {
    constructor(program = process.env.RWGRAPH_BIN) {
        const args = ['transform', '--json-lines', '--refresh', '--verbatim-module-syntax'];
        this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }

    async ask(code, lang) {
        this.child.stdin.write(`${JSON.stringify({ code, lang, module: true })}\n`);
        const { value } = await this.lines.next();
        return JSON.parse(value);
    }

    async close() {
        this.child.stdin.end();
        await once(this.child, 'exit');
    }
}

/** The variable that a hook is read from: `useA` or `a.useA`. */
const rootOf = (hook) => (hook.type === 'MemberExpression' ? hook.object : hook).name;

/** What code with registrations and signatures says: { ids, signed: [{ key, reset, hooks }] }. */
function read(code) {
    const ids = [];
    const signed = [];
    const source = (node) => code.slice(node.start, node.end).replace(/\s+/g, '');
    const tree = parseSync(code, { ...QUIET, parserOpts: PARSER, sourceType: 'module' });
    traverse(tree, {
        CallExpression(path) {
            const { node } = path;
            const { callee, arguments: args } = node;
            if (callee.name === '$RefreshReg$') {
                ids.push(args[1].value);
            } else if (/^_s\d*$/.test(callee.name) && args.length > 1) {
                const list = args[3]?.body.elements ?? args[3]?.body.body?.[0].argument.elements;
                // Babel lists variables of the function too. They are not there where they are
                // read: the runtime catches that, and resets.
                const seen = (list ?? []).filter((hook) => path.scope.hasBinding(rootOf(hook)));
                signed.push({
                    key: args[1].value,
                    reset: (args[2]?.value ?? false) || seen.length < (list ?? []).length,
                    hooks: seen.map(source),
                });
            }
        },
    });
    return { ids, signed };
}

/** What the Babel plugin makes of it. */
export function babel(code, filename = '/a.jsx') {
    const plugins = [[refreshBabel, { skipEnvCheck: true, emitFullSignatures: true }]];
    const options = { ...QUIET, filename, plugins, parserOpts: PARSER, sourceType: 'module' };
    return transformSync(code, options).code;
}

/** What that says; null when Babel cannot read the text. */
function theirs(code, filename) {
    try {
        return read(babel(code, filename));
    } catch {
        return null;
    }
}

/** Compares files one by one; signatures are held against those of all files before. */
export class Comparison {
    constructor() {
        this.ours = new Ours();
        this.textOf = new Map();
        this.hashOf = new Map();
    }

    close() {
        return this.ours.close();
    }

    /** @returns {Promise<string[]|null>} differences; null when one side does not read the text */
    async of(code, filename) {
        const expected = theirs(code, filename);
        const answer =
            expected && (await this.ours.ask(code, filename.slice(filename.lastIndexOf('.') + 1)));
        if (!expected || answer.error) {
            return null;
        }
        const actual = read(answer.code);
        const found = [];
        if (JSON.stringify(actual.ids) !== JSON.stringify(expected.ids)) {
            found.push(`ids: ${actual.ids.join(' ')} | expected: ${expected.ids.join(' ')}`);
        }
        // Nested calls are written in another order; what is said is the same.
        const said = ({ reset, hooks }) => `${reset} ${hooks.join(' ')}`;
        const sort = (list) => list.map(said).sort().join('\n');
        if (sort(actual.signed) !== sort(expected.signed)) {
            found.push(`signed:\n${sort(actual.signed)}\n-- expected:\n${sort(expected.signed)}`);
        } else {
            this.#keys(actual.signed, expected.signed, found);
        }
        return found;
    }

    /** Functions that say the same of their hooks are told apart by nothing but their keys. */
    #keys(actual, expected, found) {
        for (let i = 0; i < actual.length; i++) {
            const hash = actual[i].key;
            const text = expected[i].key.replace(/\s+/g, ' ');
            const knownText = this.textOf.get(hash) ?? text;
            const knownHash = this.hashOf.get(text) ?? hash;
            if (knownText !== text || knownHash !== hash) {
                found.push(`signature ${hash} of ${text} | before: ${knownHash} of ${knownText}`);
            }
            this.textOf.set(hash, knownText);
            this.hashOf.set(text, knownHash);
        }
    }
}

function* filesBelow(folder) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const file = path.join(folder, entry.name);
        if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') {
            yield* filesBelow(file);
        } else if (entry.isFile() && /\.[jt]sx$/.test(entry.name)) {
            yield file;
        }
    }
}

async function main(folders) {
    const comparison = new Comparison();
    const counts = { equal: 0, different: 0, unread: 0 };
    for (const file of folders.flatMap((folder) => [...filesBelow(folder)])) {
        const found = await comparison.of(fs.readFileSync(file, 'utf8'), file);
        counts[!found ? 'unread' : found.length > 0 ? 'different' : 'equal']++;
        for (const text of found ?? []) {
            console.log(`${file}\n    ${text.replaceAll('\n', '\n    ')}`);
        }
    }
    await comparison.close();
    console.log(counts);
    return counts.different > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    process.exitCode = await main(process.argv.slice(2));
}
