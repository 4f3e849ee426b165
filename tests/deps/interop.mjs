/*
 * Small packages, each for one question about how modules of different kinds see each other. A case
 * has files below node_modules and a module whose default export is what is compared: with what
 * Node makes of the same files, or with `expect` where Node cannot run them.
 */

const json = (value) => JSON.stringify(value);
const esm = (name, more = {}) => json({ name, type: 'module', ...more });
const cjs = (name, more = {}) => json({ name, ...more });

const NAMES = 'const names = (value) => Object.keys(value).sort();\n';

/** A module that says what it runs as, under a name. */
const KIND_OF_FILE = (name) =>
    `(globalThis.c32 ??= {}).${name} = [typeof this, typeof module, typeof exports, typeof __dirname,` +
    ' (function () { return this === undefined; })()];';

/** @type {Record<string, { files: Record<string, string>, probe: string, expect?: unknown }>} */
export const CASES = {
    'default and named exports of CommonJS': {
        files: {
            'c1/package.json': cjs('c1'),
            'c1/index.js': 'exports.a = 1; exports.b = () => "b"; exports.default = "d";',
        },
        probe: `import all, { a, b } from "c1"; import * as ns from "c1";
export default [all, a, b(), names(ns.default)];`,
    },
    '__esModule seen from a module of Node, and from one that is not': {
        files: {
            'c2/package.json': cjs('c2'),
            'c2/index.js':
                'Object.defineProperty(exports, "__esModule", { value: true });' +
                'exports.default = class Main {}; exports.named = 2;',
            'c2-esm/package.json': esm('c2-esm'),
            'c2-esm/index.js': 'import x from "c2"; export default typeof x;',
        },
        probe: `import x, { named } from "c2"; import seen from "c2-esm";
export default [typeof x, names(x), typeof x.default, named, seen];`,
    },
    'module.exports is a function with members': {
        files: {
            'c3/package.json': cjs('c3'),
            'c3/index.js':
                'module.exports = function main(a, b) { return a + b; };' +
                'module.exports.extra = 1; module.exports.default = module.exports;',
        },
        probe: `import f, { extra } from "c3"; export default [f(1, 2), f.name, f.length, extra, f.default === f];`,
    },
    'module.exports is a class': {
        files: {
            'c4/package.json': cjs('c4'),
            'c4/index.js':
                'module.exports = class Thing { static make() { return new this(); } get x() { return 4; } };',
        },
        probe: `import Thing from "c4"; export default [new Thing().x, Thing.make() instanceof Thing, Thing.name];`,
    },
    'module.exports is a primitive, and null': {
        files: {
            'c5/package.json': cjs('c5'),
            'c5/index.js': 'module.exports = 42;',
            'c5/null.js': 'module.exports = null;',
        },
        probe: `import n from "c5"; import nil from "c5/null.js"; export default [n, nil];`,
    },
    'CommonJS re-exports CommonJS': {
        files: {
            'c6/package.json': cjs('c6'),
            'c6/index.js': 'module.exports = require("./inner");',
            'c6/inner.js': 'exports.deep = 1; exports.deeper = { x: 2 };',
            'c6/star.js':
                '"use strict"; var __exportStar = function (m, e) { for (var p in m) e[p] = m[p]; };' +
                'Object.defineProperty(exports, "__esModule", { value: true });' +
                '__exportStar(require("./inner"), exports); exports.own = 3;',
        },
        probe: `import { deep, deeper } from "c6"; import * as star from "c6/star.js";
export default [deep, deeper, star.deep, star.own];`,
    },
    'ES module re-exports CommonJS, by name and by star': {
        files: {
            'c7/package.json': esm('c7'),
            'c7/index.js':
                'export { one, default as main } from "./data.cjs"; export * from "./data.cjs";' +
                'export * as space from "./data.cjs";',
            'c7/data.cjs': 'exports.one = 1; exports.two = 2;',
        },
        probe: `import * as ns from "c7"; export default [names(ns).filter((n) => n !== "module.exports"), ns.one, ns.two, names(ns.main), ns.space.two];`,
    },
    'getters are read late': {
        files: {
            'c8/package.json': cjs('c8'),
            'c8/index.js':
                'let n = 0; Object.defineProperty(exports, "value", { enumerable: true, get: () => 7 });' +
                'Object.defineProperty(exports, "lazy", { enumerable: true, get() { return ++n > 0; } });',
        },
        probe: `import c from "c8"; export default [c.value, c.lazy];`,
    },
    'a require that a condition decides': {
        files: {
            'c9/package.json': cjs('c9'),
            'c9/index.js':
                'if (process.env.NODE_ENV === "production") { module.exports = require("./prod.js"); }' +
                ' else { module.exports = require("./dev.js"); }' +
                ' exports.late = () => require("./late.js"); exports.never = () => require("./absent.js");',
            'c9/prod.js': 'exports.kind = "prod";',
            'c9/dev.js': 'exports.kind = "dev";',
            'c9/late.js': 'module.exports = "late";',
        },
        probe: `import c from "c9"; import d from "c9/dev.js"; export default [c.kind, d.kind, typeof c.late];`,
    },
    'require inside try of what is not there': {
        files: {
            'c10/package.json': cjs('c10'),
            'c10/index.js':
                'let found = "no"; try { require("c10-optional"); found = "yes"; }' +
                ' catch (error) { found = error.code; } exports.found = found;',
        },
        probe: `import { found } from "c10"; export default found;`,
    },
    'JSON, required and by its members': {
        files: {
            'c11/package.json': cjs('c11', { version: '1.2.3' }),
            'c11/index.js':
                'exports.version = require("./package.json").version; exports.data = require("./data");',
            'c11/data.json': '{ "a": [1, 2, { "b": null }], "__proto__": 5, "default": 1 }',
        },
        probe: `import { version, data } from "c11"; export default [version, data, names(data)];`,
    },
    'builtins of Node, with and without prefix': {
        files: {
            'c12/package.json': cjs('c12'),
            'c12/index.js':
                'const { join } = require("path"); const fs = require("node:fs");' +
                'module.exports = [join("a", "..", "b"), typeof fs.readFileSync, typeof require("events").once];',
            'c12-esm/package.json': esm('c12-esm'),
            'c12-esm/index.js':
                'import path, { sep } from "path"; import * as events from "node:events";' +
                'export default [path.sep === sep, typeof events.default, typeof events.once];',
        },
        probe: `import a from "c12"; import b from "c12-esm"; export default [a, b];`,
    },
    'a cycle between two packages of CommonJS': {
        files: {
            'c13-a/package.json': cjs('c13-a'),
            'c13-a/index.js':
                'exports.early = 1; const b = require("c13-b"); exports.seen = b.saw; exports.late = 2;',
            'c13-b/package.json': cjs('c13-b'),
            'c13-b/index.js': 'const a = require("c13-a"); exports.saw = Object.keys(a);',
        },
        probe: `import a from "c13-a"; import b from "c13-b"; export default [a.seen, b.saw, a.late];`,
    },
    'a cycle between two packages of ES modules': {
        files: {
            'c14-a/package.json': esm('c14-a'),
            'c14-a/index.js':
                'import { b, readA } from "c14-b"; export const a = "a" + b; export function hoisted() { return "h"; }' +
                'export const later = readA();',
            'c14-b/package.json': esm('c14-b'),
            'c14-b/index.js':
                'import { a, hoisted } from "c14-a"; let tdz; try { tdz = a; } catch (e) { tdz = e.name; }' +
                'export const b = hoisted() + tdz; export const readA = () => a;',
        },
        probe: `import * as a from "c14-a"; import * as b from "c14-b"; export default [a.a, a.later, b.b];`,
    },
    'a dual package is one module for import and another for require': {
        files: {
            'c15/package.json': json({
                name: 'c15',
                exports: { '.': { import: './index.mjs', require: './index.cjs' } },
            }),
            'c15/index.mjs': 'export const kind = "module"; export default "m";',
            'c15/index.cjs': 'exports.kind = "commonjs";',
            'c15-user/package.json': cjs('c15-user'),
            'c15-user/index.js': 'exports.kind = require("c15").kind;',
        },
        probe: `import main, { kind } from "c15"; import user from "c15-user"; export default [main, kind, user.kind];`,
    },
    'two versions of one package': {
        files: {
            'c16/package.json': cjs('c16', { version: '2.0.0' }),
            'c16/index.js': 'exports.version = 2; exports.id = Symbol.for("x") && {};',
            'c16-old/package.json': cjs('c16-old'),
            'c16-old/index.js': 'exports.inner = require("c16");',
            'c16-old/node_modules/c16/package.json': cjs('c16', { version: '1.0.0' }),
            'c16-old/node_modules/c16/index.js': 'exports.version = 1; exports.id = {};',
        },
        probe: `import now from "c16"; import { inner } from "c16-old"; export default [now.version, inner.version, now.id === inner.id];`,
    },
    'one package reached twice is one instance': {
        files: {
            'c17/package.json': cjs('c17'),
            'c17/index.js': 'exports.count = 0; exports.next = () => ++exports.count;',
            'c17-a/package.json': cjs('c17-a'),
            'c17-a/index.js': 'module.exports = require("c17").next();',
            'c17-b/package.json': esm('c17-b'),
            'c17-b/index.js': 'import c from "c17"; export default c.next();',
        },
        probe: `import a from "c17-a"; import b from "c17-b"; import c from "c17"; export default [a, b, c.count];`,
    },
    'an optional peer that is not there fails when it is evaluated, and says what is missing': {
        files: {
            'c18/package.json': cjs('c18'),
            'c18/index.js':
                'exports.use = () => { try { require("c18-peer"); return "found"; } catch (e) { return [e.code, /c18-peer/.test(e.message)]; } };',
            'c18-esm/package.json': esm('c18-esm'),
            'c18-esm/index.js':
                'export const use = () => import("c18-peer").then(() => "found", (e) => [e.code, /c18-peer/.test(e.message)]);',
        },
        probe: `import { use } from "c18"; import { use as load } from "c18-esm"; export default load().then((late) => [use(), late]);`,
        expect: [
            ['MODULE_NOT_FOUND', true],
            ['ERR_MODULE_NOT_FOUND', true],
        ],
    },
    'require of an ES module': {
        files: {
            'c19/package.json': cjs('c19'),
            'c19/index.js':
                'const m = require("c19-esm"); exports.names = Object.keys(m).sort(); exports.main = m.default(); exports.flag = m.__esModule;' +
                'exports.whole = require("c19-whole");',
            'c19-esm/package.json': esm('c19-esm'),
            'c19-esm/index.js': 'export default () => "d"; export const x = 1;',
            'c19-whole/package.json': esm('c19-whole'),
            'c19-whole/index.js':
                'const it = "whole"; export { it as "module.exports" }; export const y = 1;',
        },
        probe: `import c from "c19"; export default [c.names, c.main, c.flag, c.whole];`,
        expect: [['__esModule', 'default', 'x'], 'd', true, 'whole'],
    },
    'import() inside of packages': {
        files: {
            'c20/package.json': cjs('c20'),
            'c20/index.js':
                'exports.load = () => import("c20-esm"); exports.own = () => import("./own.js");',
            'c20/own.js': 'exports.own = 1;',
            'c20-esm/package.json': esm('c20-esm'),
            'c20-esm/index.js':
                'export const x = 5; export const more = () => import("./more.js");',
            'c20-esm/more.js': 'export default "more";',
        },
        probe: `import c from "c20"; export default (async () => {
    const m = await c.load(); const o = await c.own();
    return [m.x, (await m.more()).default, o.own, names(o.default)];
})();`,
    },
    'top-level await in a package': {
        files: {
            'c21/package.json': esm('c21'),
            'c21/index.js': 'import { v } from "./value.js"; export const w = v + 1;',
            'c21/value.js': 'export const v = await Promise.resolve(1);',
        },
        probe: `import { w } from "c21"; export default w;`,
    },
    'exports: subpaths, patterns, self-reference and imports': {
        files: {
            'c22/package.json': esm('c22', {
                exports: {
                    '.': './index.js',
                    './feature/*.js': './src/*.js',
                    './feature/private/*': null,
                    './data': './data.json',
                },
                imports: { '#inner': { node: './src/node.js', default: './src/other.js' } },
            }),
            'c22/index.js':
                'export { default as self } from "c22/feature/a.js"; export { default as inner } from "#inner";',
            'c22/src/a.js': 'export default "a";',
            'c22/src/node.js': 'export default "node";',
            'c22/src/other.js': 'export default "other";',
        },
        probe: `import { self, inner } from "c22"; import a from "c22/feature/a.js"; export default [self, inner, a];`,
    },
    '__dirname, __filename, module and require in CommonJS': {
        files: {
            'c23/package.json': cjs('c23'),
            'c23/index.js':
                'const path = require("path"); module.exports = [path.basename(__filename), path.basename(__dirname),' +
                ' module.id === __filename, module.exports === exports, this === exports,' +
                ' path.basename(require.resolve("./other")), typeof require.cache, require.main === module,' +
                ' module.loaded, module.children.length, typeof module.paths];',
            'c23/other.js': '',
        },
        probe: `import all from "c23"; export default all;`,
    },
    'import.meta in a package': {
        files: {
            'c24/package.json': esm('c24'),
            'c24/index.js':
                'import { fileURLToPath } from "node:url"; import { basename } from "node:path"; import { readFileSync } from "node:fs";' +
                'export default [basename(import.meta.filename), basename(import.meta.dirname),' +
                ' basename(fileURLToPath(import.meta.url)),' +
                ' readFileSync(new URL("./text.txt", import.meta.url), "utf8")];',
            'c24/text.txt': 'text',
        },
        probe: `import all from "c24"; export default all;`,
    },
    'a hashbang, strict and sloppy code, and names that only scripts may use': {
        files: {
            'c25/package.json': cjs('c25'),
            'c25/index.js':
                '#!/usr/bin/env node\nvar let_ = 010; undeclared = 3; with ({ z: 1 }) { exports.z = z; }' +
                'exports.octal = let_; exports.global = globalThis.undeclared; delete globalThis.undeclared;' +
                'var yield = 2; exports.sum = yield + 1; exports.self = (function () { return this === globalThis; })();',
        },
        probe: `import c from "c25"; export default c;`,
    },
    'a package without "main", with "main" as a folder, and without ending': {
        files: {
            'c26/package.json': cjs('c26'),
            'c26/index.js': 'module.exports = "index";',
            'c26-dir/package.json': cjs('c26-dir', { main: './lib' }),
            'c26-dir/lib/index.js': 'module.exports = "lib/index";',
            'c26-end/package.json': cjs('c26-end', { main: 'main' }),
            'c26-end/main.js': 'module.exports = "main.js";',
        },
        probe: `import a from "c26"; import b from "c26-dir"; import c from "c26-end"; export default [a, b, c];`,
    },
    'the error of a package that throws is the same each time': {
        files: {
            'c27/package.json': cjs('c27'),
            'c27/index.js': 'throw new RangeError("no");',
        },
        probe: `export default (async () => {
    const errors = [];
    for (let i = 0; i < 2; i++) { await import("c27").catch((e) => errors.push(e)); }
    return [errors[0].name, errors[0].message, errors[0] === errors[1]];
})();`,
    },
    'delete, reassignment and prototypes of module.exports': {
        files: {
            'c28/package.json': cjs('c28'),
            'c28/index.js':
                'exports.gone = 1; delete exports.gone; exports.kept = 2;' +
                'Object.setPrototypeOf(exports, { inherited: 3 });',
        },
        probe: `import c, { kept } from "c28"; export default [kept, c.inherited, "gone" in c];`,
    },
    'a module that CommonJS requires twice, by two names': {
        files: {
            'c31/package.json': cjs('c31'),
            'c31/index.js':
                'exports.same = require("./a") === require("./a.js") && require("./a.js") === require("c31/a.js"); exports.cached = Object.keys(require.cache).some((k) => k.endsWith("c31/a.js"));',
            'c31/a.js': 'module.exports = {};',
        },
        probe: `import c from "c31"; export default c;`,
    },
    'a file without import and export is what its name and the nearest "type" say': {
        files: {
            'c32/package.json': esm('c32', { exports: { './*': './*' } }),
            'c32/plain.js': KIND_OF_FILE('plain'),
            'c32/deep/er/plain.js': KIND_OF_FILE('deep'),
            'c32/old.cjs': KIND_OF_FILE('old'),
            'c32/lib/package.json': '{ "type": "commonjs" }',
            'c32/lib/inner.js': KIND_OF_FILE('inner'),
            'c32-plain/package.json': cjs('c32-plain'),
            'c32-plain/plain.js': KIND_OF_FILE('js'),
            'c32-plain/new.mjs': KIND_OF_FILE('mjs'),
            'c32-plain/es/package.json': '{ "type": "module" }',
            'c32-plain/es/inner.js': KIND_OF_FILE('es'),
        },
        probe: `import "c32/plain.js"; import "c32/deep/er/plain.js"; import "c32/old.cjs";
import "c32/lib/inner.js"; import "c32-plain/plain.js"; import "c32-plain/new.mjs";
import "c32-plain/es/inner.js";
export default globalThis.c32;`,
    },
    'a file with the exports of CommonJS that is an ES module fails as it does in Node': {
        files: {
            'c33/package.json': esm('c33', { exports: { './*': './*' } }),
            'c33/exports.js': 'exports.a = 1;',
            'c33/module.js': 'module.exports = 1;',
            'c33/umd.js':
                '(function (root, make) { if (typeof exports === "object") { module.exports = make(); }' +
                ' else { root.c33Umd = make(); } })(globalThis, () => "umd");',
            'c33/asks.js': 'globalThis.c33Asks = [typeof module, typeof exports, typeof __filename];',
        },
        probe: `export default (async () => [
    await import("c33/exports.js").then(() => "none", (error) => error.name),
    await import("c33/module.js").then(() => "none", (error) => error.name),
    await import("c33/umd.js").then((all) => [globalThis.c33Umd, names(all)]),
    await import("c33/asks.js").then(() => globalThis.c33Asks),
])();`,
    },
    'a file of no "type" with the syntax of ES modules is one': {
        files: {
            'c34/package.json': cjs('c34'),
            'c34/index.js': 'import { b } from "./b.js"; export const a = [b, typeof this];',
            'c34/b.js': 'export const b = typeof module;',
            'c34/meta.js': 'globalThis.c34 = typeof import.meta.url;',
            'c34/await.js': 'globalThis.c34Await = await Promise.resolve(3);',
        },
        probe: `import { a } from "c34"; import "c34/meta.js"; import "c34/await.js";
export default [a, globalThis.c34, globalThis.c34Await];`,
    },
    'TypeScript inside of packages: .ts by "type", .mts always, .cts never': {
        files: {
            'c35/package.json': esm('c35', { exports: { './*': './*' } }),
            'c35/plain.ts': 'globalThis.c35 ??= {}; const t: string = typeof this; globalThis.c35.ts = [t, typeof module];',
            'c35/old.cts': 'globalThis.c35 ??= {}; const t: string = typeof this; globalThis.c35.cts = [t, typeof module];',
            'c35-plain/package.json': cjs('c35-plain'),
            'c35-plain/plain.ts': 'globalThis.c35 ??= {}; const t: string = typeof this; globalThis.c35.plain = [t, typeof module];',
            'c35-plain/new.mts': 'globalThis.c35 ??= {}; const t: string = typeof this; globalThis.c35.mts = [t, typeof module];',
            'c35-plain/module.ts': 'const t: string = typeof this; export const seen = [t, typeof module];',
        },
        probe: `import "c35/plain.ts"; import "c35/old.cts"; import "c35-plain/plain.ts"; import "c35-plain/new.mts";
import { seen } from "c35-plain/module.ts"; export default [globalThis.c35, seen];`,
        expect: [
            {
                ts: ['undefined', 'undefined'],
                cts: ['object', 'object'],
                plain: ['object', 'object'],
                mts: ['undefined', 'undefined'],
            },
            ['undefined', 'undefined'],
        ],
    },
    'import() of a name that only running code knows, to what is loaded elsewhere too': {
        files: {
            'c36/package.json': esm('c36', {
                exports: { '.': './index.js', './sub': { node: './node.js' } },
                imports: { '#inner': './inner.js' },
            }),
            'c36/index.js': [
                'import "./inner.js"; import "c36/sub"; import "c36-cjs";',
                'const join = (...parts) => parts.join("");',
                'export const load = () => Promise.all([join("./in", "ner.js"), join("#in", "ner"),',
                '    join("c36", "/sub"), join("c36-", "cjs"), join("node:", "path"), join("./no", ".js")]',
                '    .map((name) => import(name).then((all) => typeof all.sep === "string" ? "path" : all.default, (e) => e.code)));',
            ].join('\n'),
            'c36/inner.js': 'export default "inner";',
            'c36/node.js': 'export default "sub";',
            'c36-cjs/package.json': cjs('c36-cjs', { main: 'lib' }),
            'c36-cjs/lib/index.js': 'module.exports = "cjs";',
        },
        probe: `import { load } from "c36"; export default load();`,
    },
    'two CommonJS modules with __esModule that one ES module passes on': {
        files: {
            'c37/package.json': esm('c37'),
            'c37/index.js': 'export * from "./a.cjs"; export * from "./b.cjs"; export const own = 1;',
            'c37/a.cjs':
                'Object.defineProperty(exports, "__esModule", { value: true }); exports.a = 1; exports.both = 1;',
            'c37/b.cjs':
                'Object.defineProperty(exports, "__esModule", { value: true }); exports.b = 2; exports.both = 2;',
            'c37/one.js': 'export * from "./a.cjs"; export const one = 1;',
        },
        probe: `import * as ns from "c37"; import * as one from "c37/one.js"; import * as a from "c37/a.cjs";
export default [names(ns), names(one), names(a)].map((list) => list.filter((n) => n !== "module.exports"));`,
    },
};

export const probeText = ({ probe }) => NAMES + probe + '\n';
