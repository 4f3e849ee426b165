import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Registry } from '../../bundler/runtime/registry.mjs';
import { lines, program } from './program.mjs';

test('a module and its imports evaluate once, dependencies first', async () => {
    const p = program({
        'main.mjs': lines(
            'import { b } from "./b.mjs";',
            'import "./c.mjs";',
            'log("main");',
            'export const sum = b + 1;',
        ),
        'b.mjs': 'import "./c.mjs";\nlog("b");\nexport const b = 1;',
        'c.mjs': 'log("c");',
    });
    assert.equal((await p.import('main.mjs')).sum, 2);
    assert.equal(await p.import('main.mjs'), p.importSync('main.mjs'));
    assert.deepEqual(p.log, ['c', 'b', 'main']);
});

test('bindings are live', async () => {
    const p = program({
        'main.mjs': lines(
            'import { n, inc } from "./n.mjs";',
            'inc();',
            'inc();',
            'export const seen = n;',
            'export { n };',
        ),
        'n.mjs': 'export let n = 0;\nexport function inc() { n++; }',
    });
    const main = await p.import('main.mjs');
    assert.equal(main.seen, 2);
    (await p.import('n.mjs')).inc();
    assert.equal(main.n, 3);
});

test('in a cycle, functions are hoisted and other bindings are in their dead zone', async () => {
    const p = program({
        'a.mjs': lines(
            'import { b } from "./b.mjs";',
            'export function f() { return "f"; }',
            'export const a = 1;',
            'log(b);',
        ),
        'b.mjs': [
            'import { a, f } from "./a.mjs";',
            'log(f());',
            'let error;',
            'try { a; } catch (e) { error = e; }',
            'log(error.name);',
            'export const b = "b";',
        ].join('\n'),
    });
    await p.import('a.mjs');
    assert.deepEqual(p.log, ['f', 'ReferenceError', 'b']);
});

test('a namespace looks and behaves like one', async () => {
    const p = program({ 'a.mjs': 'export const z = 1;\nexport const a = 2;\nexport default 3;' });
    const namespace = await p.import('a.mjs');
    assert.deepEqual(Object.keys(namespace), ['a', 'default', 'z']);
    assert.equal(Object.prototype.toString.call(namespace), '[object Module]');
    assert.equal(Object.getPrototypeOf(namespace), null);
    assert.ok('a' in namespace && !('b' in namespace));
    assert.throws(() => (namespace.a = 1), TypeError);
    assert.throws(() => (namespace.b = 1), TypeError);
    assert.throws(() => delete namespace.a, TypeError);
    assert.equal(await p.import('a.mjs'), namespace);
});

test('export *: own names win, ambiguous ones vanish, default stays behind', async () => {
    const p = program({
        'main.mjs':
            'export * from "./a.mjs";\nexport * from "./b.mjs";\nexport const own = "main";',
        'a.mjs': lines(
            'export const own = "a";',
            'export const both = 1;',
            'export default 1;',
            'export { s } from "./s.mjs";',
        ),
        'b.mjs': 'export const both = 2;\nexport * from "./s.mjs";\nexport const onlyB = 3;',
        's.mjs': 'export const s = "s";',
    });
    const namespace = await p.import('main.mjs');
    assert.deepEqual({ ...namespace }, { onlyB: 3, own: 'main', s: 's' });
});

test('importing an ambiguous name is an error that says so', async () => {
    const p = program({
        'main.mjs': 'import { both } from "./stars.mjs";',
        'stars.mjs': 'export * from "./a.mjs";\nexport * from "./b.mjs";',
        'a.mjs': 'export const both = 1;',
        'b.mjs': 'export const both = 2;',
    });
    await assert.rejects(
        p.import('main.mjs'),
        /conflicting star exports for name 'both'.*\/main\.mjs/,
    );
});

test('stars may form cycles', async () => {
    const p = program({
        'a.mjs': 'export * from "./b.mjs";\nexport const a = 1;',
        'b.mjs': 'export * from "./c.mjs";\nexport const b = 2;',
        'c.mjs': 'export * from "./a.mjs";\nexport const c = 3;',
    });
    assert.deepEqual({ ...(await p.import('a.mjs')) }, { a: 1, b: 2, c: 3 });
    assert.deepEqual({ ...(await p.import('c.mjs')) }, { a: 1, b: 2, c: 3 });
});

test('a missing export is told with module, name and importer, before anything runs', async () => {
    const p = program({
        'main.mjs': 'import "./first.mjs";\nimport { nope } from "./b.mjs";',
        'first.mjs': 'log("ran");',
        'b.mjs': 'export const b = 1;',
    });
    const check = (error) => {
        assert.ok(error instanceof SyntaxError);
        assert.match(
            error.message,
            /'\/b\.mjs' does not provide an export named 'nope' .*'\/main\.mjs' in t\b/,
        );
        return true;
    };
    await assert.rejects(p.import('main.mjs'), check);
    assert.deepEqual(p.log, []);
    await assert.rejects(p.import('main.mjs'), check);
});

test('a circular re-export is a link error, not an endless loop', async () => {
    const p = program({
        'main.mjs': 'import { x } from "./a.mjs";',
        'a.mjs': 'export { x } from "./b.mjs";',
        'b.mjs': 'export { x } from "./a.mjs";',
    });
    await assert.rejects(p.import('main.mjs'), SyntaxError);
});

test('a module that throws gives everybody its error; importers do not run', async () => {
    const p = program({
        'main.mjs': 'import "./bad.mjs";\nlog("main");',
        'other.mjs': 'import "./bad.mjs";\nlog("other");',
        'bad.mjs': 'log("bad");\nthrow new Error("no");',
    });
    const errors = [];
    for (const name of ['main.mjs', 'main.mjs', 'other.mjs', 'bad.mjs']) {
        await p.import(name).catch((error) => errors.push(error));
    }
    assert.equal(errors.length, 4);
    assert.equal(new Set(errors).size, 1);
    assert.deepEqual(p.log, ['bad']);
});

test('what failed is evaluated again once the host says so, and what did not is not', async () => {
    const p = program({
        'main.mjs': 'import "./well.mjs";\nimport "./ill.mjs";\nimport "./ring.mjs";\nlog("main");',
        'well.mjs': 'log("well");\nexport const lazy = () => import("./slow.mjs");',
        'ill.mjs': 'log("ill");\nif (!globalThis.isUp) { throw new Error("down"); }',
        'slow.mjs': lines(
            'import "./ring.mjs";',
            'log("slow");',
            'await 0;',
            'if (!globalThis.isUp) { throw new Error("slow is down"); }',
        ),
        'ring.mjs': 'import "./slow.mjs";\nlog("ring");',
    });
    const { lazy } = await p.import('well.mjs');
    const errors = [];
    for (const ask of [() => p.import('main.mjs'), lazy, () => p.import('ill.mjs'), lazy]) {
        errors.push(await ask().catch((error) => error));
    }
    assert.deepEqual(errors.map(({ message }) => message), ['down', 'slow is down', 'down', 'slow is down']);
    assert.equal(errors[0], errors[2]);
    assert.equal(errors[1], errors[3]);
    assert.deepEqual(p.log.splice(0), ['well', 'ill', 'ring', 'slow']);
    p.registry.retry();
    await assert.rejects(p.import('main.mjs'), /down/);
    assert.deepEqual(p.log.splice(0), ['ill']);
    globalThis.isUp = true;
    p.registry.retry();
    await p.import('main.mjs');
    delete globalThis.isUp;
    await lazy();
    assert.deepEqual(p.log, ['ill', 'slow', 'ring', 'main']);
    p.registry.retry();
    await p.import('main.mjs');
    assert.deepEqual(p.log.slice(4), []);
});

test('top-level await holds up importers only', async () => {
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    const p = program(
        {
            'main.mjs': 'import "./waits.mjs";\nimport "./free.mjs";\nlog("main");',
            'waits.mjs': 'log("before");\nawait (await import("gate")).default;\nlog("after");',
            'free.mjs': 'log("free");',
        },
        { external: { gate: { default: gate } } },
    );
    const done = p.import('main.mjs');
    await new Promise(setImmediate);
    assert.deepEqual(p.log, ['before', 'free']);
    open();
    await done;
    assert.deepEqual(p.log, ['before', 'free', 'after', 'main']);
});

test('dynamic import gives the same namespace, also of a module that is evaluating', async () => {
    const p = program({
        'main.mjs': lines(
            'export const self = import("./main.mjs");',
            'export const b = import("./b.mjs");',
            'log("main");',
        ),
        'b.mjs': 'log("b");',
    });
    const main = await p.import('main.mjs');
    assert.equal(await main.self, main);
    assert.equal(await main.b, await p.import('b.mjs'));
    assert.deepEqual(p.log, ['main', 'b']);
});

test('what is missing fails its importers with its own error, and nobody else', async () => {
    const missing = {
        key: 'missing:t:./gone@1',
        id: './gone',
        form: 'missing',
        error: {
            message: 'Cannot find ./gone',
            code: 'ERR_MODULE_NOT_FOUND',
            file: '/app/main.mjs',
            line: 3,
        },
    };
    const p = program({
        gone: missing,
        'main.mjs': 'import "./gone";',
        'lazy.mjs': 'export const result = import("./gone").catch((e) => e.code + e.line);',
        'cjs.cjs': 'try { require("./gone") } catch (e) { exports.code = e.code }',
    });
    await assert.rejects(p.import('main.mjs'), {
        message: 'Cannot find ./gone',
        file: '/app/main.mjs',
    });
    assert.equal(await (await p.import('lazy.mjs')).result, 'ERR_MODULE_NOT_FOUND3');
    assert.deepEqual(p.require('cjs.cjs'), { code: 'MODULE_NOT_FOUND' });
});

test('externals are loaded first, and a failing one fails who imports it', async () => {
    const p = program(
        { 'main.mjs': 'import { join } from "node:path";\nexport const path = join("a", "b");' },
        {
            host: { external: ({ id }) => import(id).then((namespace) => ({ namespace })) },
            external: { 'node:path': {} },
        },
    );
    assert.equal((await p.import('main.mjs')).path, 'a/b');
    const q = program(
        { 'main.mjs': 'import "cloudflare:nope";' },
        {
            host: {
                external: async () => {
                    throw new Error('no such thing here');
                },
            },
            external: { 'cloudflare:nope': {} },
        },
    );
    await assert.rejects(q.import('main.mjs'), /no such thing here/);
});

test('import.meta, and nothing of the host, is what a module sees', async () => {
    const p = program({
        'a.mjs': 'export const url = import.meta.url;\nexport const self = this;',
    });
    const { url, self } = await p.import('a.mjs');
    assert.equal(url, 'file:///app/a.mjs');
    assert.equal(self, undefined);
});

test('a chain of 100,000 modules links and evaluates', async () => {
    const LENGTH = 100_000;
    let evaluated = 0;
    const chain = (async) => {
        const registry = new Registry();
        const definitions = [];
        for (let i = 0; i < LENGTH; i++) {
            const last = i === LENGTH - 1;
            const exports = last ? { v: () => 7 } : { v: [0, 'v'] };
            const factory = function* (imports, declare) {
                declare(exports, []);
                yield;
                evaluated++;
            };
            const asyncFactory = async function* (imports, declare) {
                declare(exports, []);
                yield;
                evaluated++;
            };
            const isAsync = async && last;
            definitions.push({
                key: `t:/${i}@0`,
                id: `/${i}`,
                form: 'esm',
                async: isAsync,
                imports: last ? [] : [`t:/${i + 1}@0`],
                factory: isAsync ? asyncFactory : factory,
            });
        }
        registry.define(definitions);
        return registry;
    };
    assert.equal(chain(false).importSync('t:/0@0').v, 7);
    assert.equal((await chain(true).import('t:/0@0')).v, 7);
    assert.equal(evaluated, 2 * LENGTH);
});
