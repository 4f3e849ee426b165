/*
 * What the transform writes in the factory form, run by the registry, against the same sources run
 * by Node itself: the same log. Each program is a few files; `log` is a global that takes anything.
 * Its first file is imported.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import { Registry } from '../../bundler/runtime/registry.mjs';

const program = process.env.RWGRAPH_BIN;
const STATIC = ['static', 'reexport', 'star'];
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'rwg-factory-'));
after(() => fs.rmSync(scratch, { recursive: true }));

const PROGRAMS = {
    'bindings are live, and cannot be assigned to': {
        'a.mjs': `
            import { n, up } from './b.mjs';
            log(n); up(); log(n);
            try { n = 5 } catch (error) { log(error.name) }
            try { ({ n } = { n: 1 }) } catch (error) { log(error.name) }
            try { n++ } catch (error) { log(error.name) }
            log(typeof n, { n }, [n], \`\${n}\`);
            { let n = 'inner'; log(n, { n }); }
            const f = (n, m = n) => [n, m];
            log(f('x'));
            for (const n of [1]) log(n);
            function g() { return n; var n; }
            log(g());`,
        'b.mjs': 'export let n = 1; export function up() { n++ }',
    },
    'calls of imported functions have no this': {
        'a.mjs': `
            import d, { self, tag, K } from './b.mjs'
            import * as all from './b.mjs'
            self()
            log(self(), (self)(), self?.(), d(), all.self() === all)
            self()
            tag\`x\`
            log(tag\`y\`, new K(1).v, new K instanceof K)
            if (self() === undefined) self(); else self()
            const o = { self, d }
            log(o.self() === o)
            ;[self].forEach((f) => log(f()))`,
        'b.mjs': `
            export function self() { return this; }
            export default function () { return this }
            export function tag(strings) { log(this === undefined, strings[0]); return 1 }
            export class K { constructor(v) { this.v = v } }`,
    },
    'functions are hoisted over a cycle, and constants are not': {
        'a.mjs': `
            import { b, late } from './b.mjs';
            export function a() { return 'a' }
            export const c = 1;
            export default class A {}
            log('a', b, late());`,
        'b.mjs': `
            import A, { a, c } from './a.mjs';
            log(a());
            try { c } catch (error) { log(error.name) }
            try { A } catch (error) { log(error.name) }
            try { typeof c } catch (error) { log(error.name) }
            export const b = 'b';
            export const late = () => [c, A.name];`,
    },
    'default exports have the names that the language gives them': {
        'a.mjs': `
            import f from './f.mjs'; import c from './c.mjs'; import r from './r.mjs';
            import n from './n.mjs'; import k from './k.mjs'; import g from './g.mjs';
            import p from './p.mjs'; import v from './v.mjs'; import s from './s.mjs';
            import async from './async.mjs';
            log([f, c, r, n, k, g, p, s, async].map((x) => x.name), v, f(), n(), r());
            log([...g()], new k() instanceof k, p.name, s.own);
            async().then(log);`,
        'f.mjs': 'export default function () { return 1 }',
        'c.mjs': 'export default class {}\n[1].map(log)',
        'r.mjs': 'export default () => 2\n;[2].map(log)',
        'n.mjs': 'export default function named() { return named.name } log(named())',
        'k.mjs': 'export default class Named {}; log(Named.name)',
        'g.mjs': 'export default function* () { yield 3 }',
        'p.mjs': 'export default (class {})',
        's.mjs': 'export default class { static own = 4; static x() {} }',
        'v.mjs': 'let x = 5; export default x; x = 6',
        'async.mjs': 'export default async function () { return 7 }',
    },
    'a default function is there before its module runs': {
        'a.mjs': `import { seen } from './b.mjs'; export default function () { return 'd' }
            log(seen)`,
        'b.mjs': `import d from './a.mjs'; export const seen = [d(), d.name];`,
    },
    'every form of export': {
        'a.mjs': `
            import * as b from './b.mjs';
            log(Object.keys(b), b.p, b.r, b.rest, b.o, b.ns.x, b['a b'], b.q, b.__proto__);
            log(b.f(), new b.K().x, b.viaImport, b.default, b.g.name, b.x, b.again);
            log(Reflect.getPrototypeOf(b), 'y' in b, b[Symbol.toStringTag]);
            log((await import('./e.mjs')).default.x);`,
        'b.mjs': `
            import d, { x as viaImport } from './c.mjs';
            export const { p, q: [r = 1, ...rest] = [], ...o } = { p: 2, q: [3, 4, 5], s: 6 };
            export function f() { return 'f' }
            export class K { x = 7 }
            export async function* g() {}
            export * from './c.mjs';
            export * as ns from './c.mjs';
            export { x as 'a b', x as again } from './c.mjs';
            export { viaImport, d as default };
            let q = 8, y = 9;
            export { q, y as __proto__ };
            export var hoisted;
            export {};`,
        'e.mjs': `export * as default from './c.mjs';`,
        'c.mjs': `export const x = 'x'; export default 'd';
            export { x as 'string name' }; import { 'string name' as s } from './c.mjs'; log(s)`,
    },
    'stars: own names first, ambiguous ones are absent': {
        'a.mjs': `
            import * as b from './b.mjs'; import { mine } from './b.mjs';
            log(Object.keys(b), mine);`,
        'b.mjs': `export * from './c.mjs'; export * from './d.mjs'; export const mine = 'b';`,
        'c.mjs': `export const mine = 'c', both = 'c', c = 1; export default 1;`,
        'd.mjs': `export const both = 'd', d = 1;`,
    },
    'top-level await, also in loops, holds importers back': {
        'a.mjs': `import { v } from './b.mjs'; import './c.mjs'; log('a', v);`,
        'b.mjs': `
            log('b1'); export const v = await Promise.resolve(1);
            for await (const x of [Promise.resolve(2)]) log(x);
            log(await (async () => { await null; return 3 })());`,
        'c.mjs': `log('c')`,
    },
    'this, arguments and strictness of a module': {
        'a.mjs': `
            log(this, typeof this, (() => this)());
            try { arguments } catch (error) { log(error.name) }
            log(typeof arguments, (function () { return arguments.length })(1, 2));
            log((function () { return this })(), { f() { return arguments[0] } }.f(3));
            try { undeclared = 1 } catch (error) { log(error.name) }
            class A { x = this; static y = this.name; [typeof this]() {} }
            log(new A().x instanceof A, A.y, Object.getOwnPropertyNames(A.prototype));`,
    },
    'a module that fails throws the same error to all its importers': {
        'a.mjs': `
            for (let i = 0; i < 2; i++) await import('./b.mjs').catch((e) => log(e.message));
            const { x } = await import('./c.mjs'); log(x);
            const name = 'c';
            log((await import(\`./\${name}.mjs\`)) === (await import('./c.mjs')));`,
        'b.mjs': `log('b'); throw new Error('no')`,
        'c.mjs': `export const x = 1`,
    },
    'imports stand for values in every place': {
        'a.mjs': `
            import { v as x, f, o, Base } from './b.mjs'
            const a = { x, [x]: x, y: x, x2() { return x } }
            log(a, a.x2())
            const { z = x, [x]: w = f(x) } = {}
            log(z, w)
            class C extends Base { static s = x; [x] = f(x); get x() { return x } #p = x
                p() { return this.#p } }
            log(new C().p(), new C()[1], C.s, new C().x, new C().base)
            const g = (y = x, { q = f(y) } = {}) => [y, q]
            log(g(), g(5))
            label: for (let x = 0; x < 1; x++) { log(x); continue label }
            switch (x) { case f(0): log('no'); break; case x: log('yes') }
            log(x ? f(x) : 0, -x, x?.toFixed(1), o.f(x), o?.['f'](x), \`\${x}\${f(x)}\`)
            var y = x
            ++o.n; o.n += x
            log(o.n, y, [...[x]], { ...o }.n, typeof f, void f(1), x in [0, 1], !x)
            try { throw f(x) } catch (x) { log(x) }
            const h = async () => await f(x); log(await h())
            function* gen() { yield x; yield* [f(x)] } log([...gen()])
            log(((x) => x)(8), (function x() { return typeof x })())
            new Base
            f(1)
            ;(0, f)(2)
            delete o.f
            x
            f(3)`,
        'b.mjs': `
            export let v = 1; export const f = (n) => { log('f', n); return n + 1 };
            export const o = { n: 1, f };
            export class Base { base = 'base' }`,
    },
    'statements that end at their line still do': {
        'a.mjs': `
            import { f } from './b.mjs'
            const a = f
            f(1)
            let b = a
            import './b.mjs'
            ;(f)(2)
            export { b }
            ;[f][0](3)
            export default a
            f(4)
            do f(5); while (0) f(6)
            if (a) f(7)
            else f(8)
            a
            ++b
            f(9)`,
        'b.mjs': `export const f = (x) => (log(x), f)`,
    },
    "names that begin like the factory's own": {
        'a.mjs': `
            import { __rwg_i } from './b.mjs';
            const __rwg_x = 1, __rwg_m = 2; let __rwg_d = 3, __rwg_default = 4;
            log(__rwg_i, __rwg_x, __rwg_m, __rwg_d, __rwg_default, import.meta.url.slice(-5));
            export default () => 5;
            import self from './a.mjs'; log(self());`,
        'b.mjs': `export const __rwg_i = 'i'`,
    },
    'directives, hashbang, comments and html-like text': {
        'a.mjs': `#!/usr/bin/env node
            'use strict'; "use client"
            // a comment
            import /* one */ { x } /* two */ from /* three */ './b.mjs' // four
            log(x) // the end`,
        'b.mjs': `/* first */ export /* second */ const /* third */ x = 1 // last`,
    },
};

function runTool(args, input) {
    const { stdout, stderr, status } = spawnSync(program, args, { input, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
}

/** Definitions of the files, as the transform and the record say. */
function definitions(folder, names, log) {
    const jobs = names.map((name) => {
        const code = fs.readFileSync(path.join(folder, name), 'utf8');
        return JSON.stringify({ code, lang: 'js', module: true });
    });
    const outputs = runTool(['transform', '--json-lines', '--runner'], jobs.join('\n') + '\n');
    const records = runTool(['parse', ...names.map((name) => path.join(folder, name))], '');
    const keyOf = (specifier) => path.basename(specifier);
    return names.map((name, i) => {
        const { imports } = records[i];
        const { code, error } = outputs[i];
        assert.ok(code, `${name}: ${error?.message}`);
        return {
            key: name,
            id: `/${name}`,
            form: 'esm',
            async: code.startsWith('async '),
            imports: imports.filter((x) => STATIC.includes(x.kind)).map((x) => keyOf(x.specifier)),
            url: pathToFileURL(path.join(folder, name)).href,
            factory: new Function('log', `return (${code}\n)`)(log),
        };
    });
}

const shown = (value) => (typeof value === 'string' ? value : inspect(value));

async function runRegistry(folder, names) {
    const log = [];
    const registry = new Registry({
        compile: ({ factory }) => factory,
        dynamic: (definition, specifier) => path.basename(specifier),
    });
    registry.define(definitions(folder, names, (...all) => log.push(all.map(shown))));
    await registry.import(names[0]);
    await new Promise((resolve) => setImmediate(resolve));
    return log;
}

async function runNative(folder, names) {
    const log = [];
    globalThis.log = (...all) => log.push(all.map(shown));
    await import(pathToFileURL(path.join(folder, names[0])));
    await new Promise((resolve) => setImmediate(resolve));
    return log;
}

let number = 0;
for (const [name, files] of Object.entries(PROGRAMS)) {
    test(name, async () => {
        const folder = path.join(scratch, String(number++));
        fs.mkdirSync(folder);
        for (const [file, text] of Object.entries(files)) {
            fs.writeFileSync(path.join(folder, file), text);
        }
        const names = Object.keys(files);
        const expected = await runNative(folder, names);
        assert.deepEqual(await runRegistry(folder, names), expected);
        assert.ok(expected.length > 0);
    });
}
