/*
 * CommonJS in the registry. Where Node has an answer it is asked for it: the same files are written
 * to a folder and run by Node itself.
 */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { lines, program } from './program.mjs';

const folder = mkdtempSync(join(tmpdir(), 'rwgraph-cjs-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;

/**
 * Runs the files in Node and in the registry and compares the log and what `look` makes of the
 * result.
 */
async function sameAsNode(files, entry, look = (result) => result) {
    const base = join(folder, `${++count}`);
    const log = [];
    globalThis.log = (value) => log.push(value);
    mkdirSync(base);
    for (const [name, source] of Object.entries(files)) {
        writeFileSync(join(base, name), source);
    }
    const require = createRequire(`${base}/`);
    const isCjs = entry.endsWith('.cjs');
    const load = (requireFile, importFile) => (isCjs ? requireFile() : importFile());
    const theirs = await load(
        () => attempt(() => require(`${base}/${entry}`)),
        () => attempt(() => import(pathToFileURL(`${base}/${entry}`))),
    );
    const p = program(files);
    const ours = await load(
        () => attempt(() => p.require(entry)),
        () => attempt(() => p.import(entry)),
    );
    const view = ({ value, error }) =>
        error ? { error: error.code ?? error.name } : { value: look(value) };
    assert.deepEqual(view(ours), view(theirs));
    assert.deepEqual(p.log, log);
    return { ours: ours.value, theirs: theirs.value };
}

async function attempt(run) {
    try {
        return { value: await run() };
    } catch (error) {
        return { error };
    }
}

const entriesOf = (namespace) =>
    Object.entries(namespace)
        .filter(([name]) => name !== 'module.exports') // newer Nodes add it
        .map(([name, value]) => [name, typeof value === 'function' ? 'function' : value]);

test('a module is run once, and exports what module.exports holds at the end', async () => {
    await sameAsNode(
        {
            'a.cjs': lines(
                'log("a"); const b = require("./b.cjs");',
                'module.exports = { b, again: require("./b.cjs") === b };',
            ),
            'b.cjs': 'log("b"); exports.lost = 1; module.exports = { kept: 2 };',
        },
        'a.cjs',
    );
});

test('cycles see what is exported so far', async () => {
    await sameAsNode(
        {
            'a.cjs': lines(
                'exports.early = 1; const b = require("./b.cjs"); exports.late = 2;',
                'exports.b = b.saw;',
            ),
            'b.cjs': 'const a = require("./a.cjs"); exports.saw = Object.keys(a).join();',
        },
        'a.cjs',
    );
});

test('the world of a CommonJS module is as in Node', async () => {
    const { ours } = await sameAsNode(
        {
            'a.cjs': [
                lines(
                    'exports.this = this === exports;',
                    'exports.sloppy = (function () { return this === globalThis })();',
                ),
                lines(
                    'const b = require("./b.cjs"); exports.child = module.children.length;',
                    'exports.parent = b.parent;',
                ),
                lines(
                    'exports.loaded = [module.loaded, b.module.loaded];',
                    'exports.resolved = require.resolve("./b.cjs") === b.file;',
                ),
                'const all = [require.cache, require.extensions, module.require];',
                'exports.types = all.map((each) => typeof each);',
                lines(
                    'exports.same = module.require("./b.cjs") === b;',
                    'exports.json = require("./c.json");',
                ),
                'exports.cached = require.cache[b.file] === b.module;',
            ].join('\n'),
            'b.cjs': lines(
                'exports.parent = typeof module.parent; exports.file = __filename;',
                'exports.module = module;',
            ),
            'c.json': '{ "x": [1, 2] }',
        },
        'a.cjs',
        ({ module, ...rest }) => rest,
    );
    assert.equal(ours.resolved, true);
});

test('what is not there throws MODULE_NOT_FOUND where it is required', async () => {
    await sameAsNode(
        {
            'a.cjs':
                'try { require("nowhere-" + "to-be-found") } catch (e) { exports.code = e.code }',
        },
        'a.cjs',
    );
});

test('in Node mode default is module.exports, named imports are its members', async () => {
    await sameAsNode(
        {
            'main.mjs': lines(
                'import d, { x } from "./c.cjs";',
                'import * as ns from "./c.cjs";',
                'const names = Object.keys(ns).filter((k) => k !== "module.exports").join();',
                'export const out = [d.x, x, ns.default === d, names];',
            ),
            'c.cjs': 'exports.x = 1; exports.y = 2;',
        },
        'main.mjs',
        ({ out }) => out,
    );
});

test('in Node mode __esModule means nothing for the default', async () => {
    await sameAsNode(
        {
            'main.mjs': 'import d from "./c.cjs";\nexport default Object.keys(d).join();',
            'c.cjs': lines(
                'Object.defineProperty(exports, "__esModule", { value: true });',
                'exports.default = 1; exports.x = 2;',
            ),
        },
        'main.mjs',
        (namespace) => namespace.default,
    );
});

test('elsewhere __esModule makes exports.default the default, as bundlers do', async () => {
    const p = program({
        'main.js': lines(
            'import d, { x } from "./babel.cjs";',
            'import p from "./plain.cjs";',
            'export const out = [d, x, p.y];',
        ),
        'babel.cjs': lines(
            'Object.defineProperty(exports, "__esModule", { value: true });',
            'exports.default = 1; exports.x = 2;',
        ),
        'plain.cjs': 'module.exports = { y: 3 };',
    });
    assert.deepEqual((await p.import('main.js')).out, [1, 2, 3]);
});

test('a function or class as module.exports can be imported, with its members', async () => {
    const p = program({
        'main.mjs': lines(
            'import f, { helper } from "./f.cjs";',
            'import C, { create } from "./c.cjs";',
            'export const out = [f(), helper, create() instanceof C];',
        ),
        'f.cjs': 'module.exports = () => "called"; module.exports.helper = "helped";',
        'c.cjs': lines(
            'module.exports = class { static create() { return new this() } };',
            'module.exports.create = module.exports.create.bind(module.exports)',
        ),
    });
    assert.deepEqual((await p.import('main.mjs')).out, ['called', 'helped', true]);
});

test('names that only running the module shows can be imported', async () => {
    const p = program({
        'main.mjs': lines(
            'import { dynamic } from "./c.cjs";',
            'import { viaStar } from "./star.mjs";',
            'import { renamed } from "./named.mjs";',
            'export const out = [dynamic, viaStar, renamed];',
        ),
        'star.mjs': 'export * from "./c.cjs";',
        'named.mjs': 'export { dynamic as renamed } from "./c.cjs";',
        'c.cjs': 'for (const name of ["dynamic", "viaStar"]) exports[name] = name;',
    });
    assert.deepEqual((await p.import('main.mjs')).out, ['dynamic', 'viaStar', 'dynamic']);
    const star = await p.import('star.mjs');
    assert.deepEqual(Object.keys(star), ['dynamic', 'viaStar']);
    assert.ok(!Object.isExtensible(star));
});

test('a name that the module turns out not to have fails the importer before it runs', async () => {
    const files = { 'c.cjs': 'log("c"); exports.x = 1;' };
    for (const source of [
        'import { nope } from "./c.cjs";\nlog(nope);',
        'export { nope } from "./c.cjs";\nlog(1);',
    ]) {
        const p = program({ ...files, 'main.mjs': source });
        await assert.rejects(
            p.import('main.mjs'),
            /'\/c\.cjs' does not provide an export named 'nope'/,
        );
        assert.deepEqual(p.log, ['c']);
    }
});

test('a static name that was not set this time is undefined', async () => {
    const p = program({
        'main.mjs': 'import { dev } from "./c.cjs";\nexport const out = dev;',
        'c.cjs': 'if (globalThis.never) exports.dev = 1;',
    });
    assert.equal((await p.import('main.mjs')).out, undefined);
});

test('import and require of one module give one instance', async () => {
    const p = program({
        'main.mjs': lines(
            'import d from "./c.cjs";',
            'import v from "./v.cjs";',
            'export const same = d.token === v;',
        ),
        'v.cjs': 'module.exports = require("./c.cjs").token;',
        'c.cjs': 'log("once"); exports.token = {};',
    });
    assert.ok((await p.import('main.mjs')).same);
    assert.deepEqual(p.log, ['once']);
});

test('require of an ES module gives its namespace as Node does', async () => {
    const look = (value) => value;
    await sameAsNode(
        {
            'a.cjs':
                'const m = require("./m.mjs"); module.exports = Object.keys(m).sort().join() + m.x',
            'm.mjs': 'export const x = 1;',
        },
        'a.cjs',
        look,
    );
    await sameAsNode(
        {
            'a.cjs':
                'const m = require("./m.mjs"); module.exports = [m.__esModule, m.default, m.x]',
            'm.mjs': 'export const x = 1;\nexport default 2;',
        },
        'a.cjs',
        look,
    );
    await sameAsNode(
        {
            'a.cjs': 'module.exports = require("./m.mjs")',
            'm.mjs': 'const f = 5;\nexport { f as "module.exports" };',
        },
        'a.cjs',
        look,
    );
});

test('require of a module with top-level await says what waits', async () => {
    const p = program({
        'a.cjs': 'require("./m.mjs")',
        'm.mjs': 'import "./t.mjs";',
        't.mjs': 'await 1;',
    });
    assert.throws(() => p.require('a.cjs'), {
        code: 'ERR_REQUIRE_ASYNC_MODULE',
        message: /'\/t\.mjs' uses top-level await/,
    });
    await p.import('t.mjs');
    assert.throws(
        () => p.require('a.cjs'),
        { code: 'ERR_REQUIRE_ASYNC_MODULE' },
        'the error of a key stays',
    );
});

test('after its top-level await is over, a module can be required', async () => {
    const p = program({
        'a.cjs': 'exports.v = require("./t.mjs").v',
        't.mjs': 'export const v = await 1;',
    });
    await p.import('t.mjs');
    assert.equal(p.require('a.cjs').v, 1);
});

test('a cycle of import and require sees what is there', async () => {
    const p = program({
        'a.mjs': lines(
            'import c from "./c.cjs";',
            'export function f() { return "f"; }',
            'export const saw = c.saw;',
        ),
        'c.cjs': 'const a = require("./a.mjs"); exports.saw = a.f();',
    });
    assert.equal((await p.import('a.mjs')).saw, 'f');
});

test('builtins can be required and imported, and are the same', async () => {
    const fs = await import('node:fs');
    const p = program(
        {
            'main.mjs': lines(
                'import d from "./c.cjs";',
                'import fs from "node:fs";',
                'export const same = d.fs === fs;',
            ),
            'c.cjs': 'exports.fs = require("node:fs")',
        },
        {
            host: { external: () => ({ namespace: fs, exports: fs.default }) },
            external: { 'node:fs': fs },
        },
    );
    assert.ok((await p.import('main.mjs')).same);
    assert.ok(p.importSync('main.mjs').same);
});

test('JSON has a default and a name for each key that is one', async () => {
    const p = program({
        'main.mjs': lines(
            'import d, { name } from "./p.json";',
            'import * as ns from "./p.json";',
            'export const out = [d.name, name, Object.keys(ns).join()];',
        ),
        'p.json': '{ "name": "p", "not-a-name": 1, "default": 2 }',
    });
    assert.deepEqual((await p.import('main.mjs')).out, ['p', 'p', 'default,name']);
});

test('dynamic import from CommonJS works, also of CommonJS', async () => {
    const { ours } = await sameAsNode(
        {
            'a.cjs': 'module.exports = () => import("./b.cjs")',
            'b.cjs': 'exports.x = 1; exports.f = () => 2;',
        },
        'a.cjs',
        () => null,
    );
    assert.deepEqual(entriesOf(await ours()), [
        ['default', { x: 1, f: (await ours()).f }],
        ['f', 'function'],
        ['x', 1],
    ]);
});

test('collect drops what nothing live reaches, and nothing else', async () => {
    const files = {
        'old.mjs': 'import "./both.mjs";',
        'new.mjs': 'import "./both.mjs";\nimport "./c.cjs";',
        'both.mjs': 'log("both");',
        'c.cjs': 'exports.lazy = () => require("./lazy.cjs")',
        'lazy.cjs': 'log("lazy")',
    };
    const pinned = {
        key: 'pinned:state',
        id: 'state',
        form: 'pinned',
        code: 'function* (i, x) { x({}); yield; }',
    };
    const p = program({ ...files, pinned });
    await p.import('old.mjs');
    await p.import('new.mjs');
    assert.deepEqual(p.registry.collect(['t:/new.mjs@0']), ['t:/old.mjs@0']);
    (await p.import('c.cjs')).lazy();
    await p.import('new.mjs');
    assert.deepEqual(p.log, ['both', 'lazy']);
    assert.deepEqual(
        p.registry.collect([]).sort(),
        ['both.mjs', 'c.cjs', 'lazy.cjs', 'new.mjs'].map((n) => `t:/${n}@0`),
    );
    assert.deepEqual([...p.registry.keys()], ['pinned:state']);
});
