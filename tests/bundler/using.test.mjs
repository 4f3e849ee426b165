/* `using` at the top of a module, run: what a module says and exports after `rwgraph transform`
 * must be what it says and exports after TypeScript's and esbuild's lowering. Where those two
 * differ, the entry names the one that does what the language says. Both forms run: the ES module,
 * and the factory that server environments and builds get.
 *
 * RWGRAPH_BIN names the program. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";

const require = createRequire(new URL("../conform/package.json", import.meta.url));
const ts = require("typescript");
const esbuild = require("esbuild");

/** What modules may call. They hand functions to be called when the module has run to `later`. */
globalThis.usingTest = (log = [], after = []) => ({
    log,
    after,
    say: (...all) => (log.push(inspect(all, { depth: 6, sorted: true })), all.at(-1)),
    later: (call) => void after.push(call),
    res: (name, fails) => (log.push(`made ${name}`), {
        name,
        [Symbol.dispose]() {
            log.push(`dispose ${name}`);
            if (fails) throw new Error(name);
        },
    }),
    ares: (name, fails) => (log.push(`made ${name}`), {
        name,
        async [Symbol.asyncDispose]() {
            log.push(`async ${name}`);
            await null;
            log.push(`asynced ${name}`);
            if (fails) throw new Error(name);
        },
    }),
    dec: (name) => (value, context) => {
        log.push(`${name} ${typeof value} ${value?.name} ${context.kind} ${String(context.name)}`);
        context.addInitializer?.(function () { log.push(`init ${name} ${this.name}`); });
    },
    legacy: (name, result) => (target, key) => {
        log.push(`${name} ${typeof target} ${target.name} ${String(key)}`);
        return result?.(target, key);
    },
});
Symbol.dispose ??= Symbol("Symbol.dispose");
Symbol.metadata ??= Symbol("Symbol.metadata");
Symbol.asyncDispose ??= Symbol("Symbol.asyncDispose");

const HEAD = "export {};\nconst { say, later, res, ares, dec, legacy } = globalThis.running;\n";
const LEGACY = ["--decorators=legacy"];
const STANDARD = ["--decorators=standard"];

/** Behaviour -> a module; or options, a module and the one oracle that is right. */
const MODULES = {
    "classes are exported, by name and in lists": `
        using a = res("a");
        export class C { static x = a.name; static self = () => C; m() { return C; } }
        class D extends C { static s = super.x; }
        abstract class F { abstract f(): void; static name2 = F.name; }
        export { D, D as "an e", F as G };
        later(() => say(C.name, C.self() === C, new D().m() === C, D.s, F.name2));`,
    "a class is assigned to, and its exports follow": `
        using a = res("a");
        export class C { static me() { return C; } }
        const first = C;
        export const change = () => { (C as any) = class Other {}; };
        later(() => { change(); say(C.name, first.me() === first); });`,
    "functions at the top see classes, enums and namespaces": `
        const early = () => [typeof C, typeof E, typeof N];
        export function f() { return [new C().x, E.B, N.y, late().name]; }
        using a = res("a");
        say(early(), typeof g);
        class C { x = a.name }
        enum E { A, B = "b" }
        namespace N { export const y = E.A; }
        say(f(), g());
        function late() { return C; }
        function g() { return [...early(), f()]; }
        export { g as default };`,
    "a default export: an expression": `
        using a = res("a");
        export default [a.name, 1];`,
    "a default export: a call across lines": `
        using a = res("a")
        const f = (x: number) => ({ x })
        export default f
        (1) as any
        say("end")`,
    "a default export: an anonymous class": [[], `
        using a = res("a");
        export default class { static own = this.name; m() { return a; } }
        later(async () => say((await me()).default.name));`, "const"],
    "a default export: an anonymous class that names itself": `
        using a = res("a");
        export default class { static name = "mine"; static x = a.name }`,
    "a default export: a class": `
        using a = res("a");
        say(typeof K);
        export default class K { static s = a.name; static me = () => K }
        say(K.name, K.me() === K);`,
    "a default export: an abstract class in front of a bracket": `
        using a = res("a")
        export default abstract class K { static s = a.name }
        ["x"].forEach((x) => say(x, K.s))`,
    "a default export: an arrow function": [[], `
        using a = res("a");
        export default (() => a.name);
        later(async () => say((await me()).default.name));`, "const"],
    "a default export: a function in front of a parenthesis": `
        let n = 1
        using a = res("a")
        n++
        export default function () { return n }
        (n++, say("called", n))`,
    "a default export: an async generator, which is hoisted": `
        say(typeof gen);
        using a = res("a");
        export default async function* gen() { yield a; }`,
    "functions go, and the lines around them do not join": `
        let n = [1, 2, 3], i = 0
        using a = res("a")
        i = n
        function f() { return n.length }
        [0].forEach((x) => say(x, f()))`,
    "enums are exported, merge and keep their constants": `
        using a = res("a");
        export enum E { A = 1, B = A << 2, C = "c", D = a.name.length }
        const enum K { X = E.B | 1, Y }
        export enum E { F = 9 }
        enum L { Q = K.Y }
        export { L, K as KK };
        export default E;`,
    "an enum goes on behind the using": `
        export enum E { A }
        export namespace N { export let x = E.A; }
        using a = res("a");
        export enum E { B = 5 }
        export namespace N { export const y = N.x + E.B; N.x = 7; }
        later(() => say(E.A, E.B, N));`,
    "namespaces are exported, nest and merge with classes and functions": `
        using a = res("a");
        export class C { static s = 1 }
        export namespace C { export const t = s2 + 1; }
        export function f() { return f.x; }
        export namespace f { export let x = a.name; }
        export namespace P.Q { export const r = C.s; export class I { static z = r } }
        export namespace P { export const u = Q.I.z; }
        export enum E { A } export namespace E { export function of(n: number) { return E[n]; } }
        export namespace Types { export type T = 1; }
        declare namespace Gone { const x: number; }
        var s2 = 4; say(typeof s2);`,
    "a namespace that holds one exports what is behind it": `
        export namespace N {
            using a = res("a");
            export function f() { return a.name }
            export class C {}
        }
        say(N.f(), typeof N.C);`,
    "aliases are exported": `
        using a = res("a");
        namespace N { export const q = [1]; export namespace O { export const r = 2; } }
        export import Q = N.q;
        import R = N.O;
        say(Q, R.r);`,
    "what is only type goes": `
        using a = res("a");
        export interface I { x: number } export type T = I;
        export declare const d: number; export declare class DC {} export declare enum DE { A }
        export abstract class B { abstract x: I; constructor(public readonly p = 1) {} }
        export default interface J {}
        say(new (B as any)().p);`,
    "variables are exported, destructured, and live": `
        using a = res("a"), b = res("b");
        export let n = 1, m: number;
        export const { x, y: [z = 3, ...rest], ...others } =
            { x: 1, y: [undefined, 4], w: 5, v: 6 };
        export var { k = () => n } = {} as any;
        n++;
        later(() => { n++; m = 9; say(n, m, k(), rest, others); });`,
    "the last one is disposed of first, at the end of the module": `
        using a = res("a");
        { using inner = res("inner"); say("block"); }
        say("between");
        using b = res("b"), c = null, d = res("d");
        later(() => say("after"));
        say("end");`,
    "what fails disposes, and what fails in that is suppressed": `
        using a = res("a", true);
        using b = res("b", true);
        say("body");
        throw new Error("body");`,
    "one that fails in disposing alone": `
        export const x = 1;
        using a = res("a", true);
        using b = res("b");`,
    "what is no resource is refused, and what was made before is disposed of": `
        using a = res("a");
        using b = {} as any;
        say("never");`,
    "awaited ones": `
        await using a = ares("a");
        using b = res("b");
        await using c = null;
        await using d = res("d");
        export class C { static x = a.name }
        export default C;
        say(await 1);`,
    "awaited ones that fail": `
        await using a = ares("a", true);
        await using b = ares("b", true);
        using c = res("c", true);
        throw new Error("body");`,
    "standard decorators on classes": [STANDARD, `
        using a = res("a");
        @dec("c") export class C { @dec("f") x = 1; @dec("m") static m() { return C; }
            static y = C; }
        export @dec("d") class D extends C { static z = D; }
        @dec("e") class L { static q = this; }
        export { L };
        later(() => say(C.m() === C, C.y === C, D.z === D, L.q === L, C.name, D.name, L.name));`,
        "typescript"],
    "standard decorators on default classes": [STANDARD, `
        using a = res("a");
        @dec("c") export default class C { static y = C; accessor z = a.name; }
        later(() => say(C.y === C, new C().z));`, "typescript"],
    "standard decorators on an anonymous default class": [STANDARD, `
        using a = res("a");
        export default @dec("c") class { @dec("x") x = a.name }`, "esbuild"],
    "legacy decorators on classes": [LEGACY, `
        using a = res("a");
        const swap = (K: any) => class extends K { static swapped = true; };
        @legacy("c", swap) export class C { @legacy("x") x = 1; static me = () => C; }
        @legacy("l") class L { @legacy("m") m(@legacy("p") p: number) { return L; } }
        export { L };
        later(() => say((C as any).swapped, C.me() === C));`],
    "legacy decorators on default classes": [LEGACY, `
        using a = res("a");
        const swap = (K: any) => class Swapped extends K { static swapped = a.name; };
        @legacy("c", swap) export default class C { static me = () => C; }
        later(() => say(C.me() === C, C.name));`],
    /* esbuild keeps the name "default", as without a using; TypeScript's is kept here. */
    "legacy decorators on an anonymous default class": [LEGACY, `
        using a = res("a");
        const swap = (K: any) => class extends K { y = 2; };
        @legacy("c", swap) export default class { @legacy("x") x = 1 }`, "typescript"],
    "computed fields and accessors of classes": [STANDARD, `
        using a = res("a");
        export class C { static [say("k")] = 1; @dec("c") [say("l") + 1] = 2; accessor p = a.name; }
        export default class { static accessor q = 4; [say("m")]() {} }
        later(() => say(new C().p));`, "esbuild"],
};

function ours(options, code, factory) {
    const args = ["transform", "--json-lines", ...(factory ? ["--runner"] : []), ...options];
    const child = spawnSync(process.env.RWGRAPH_BIN, args, {
        input: JSON.stringify({ code, lang: "ts" }) + "\n",
        encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
    const { code: output, error, diagnostics } = JSON.parse(child.stdout);
    assert.ok(output, JSON.stringify(error ?? diagnostics));
    return output;
}

const ORACLES = {
    typescript: (options, source) => ts.transpileModule(source, {
        compilerOptions: {
            target: ts.ScriptTarget.ES2022, /* the last one without `using` */
            module: ts.ModuleKind.ESNext,
            isolatedModules: true,
            experimentalDecorators: options === LEGACY,
        },
    }).outputText,
    /* Neither calls anonymous ones "default": the language, where nothing is disposed of. */
    const: (options, source) => {
        return esbuild.transformSync(source.replaceAll("using ", "const "), { loader: "ts" }).code;
    },
    esbuild: (options, source) => esbuild.transformSync(source, {
        loader: "ts",
        target: "es2022",
        keepNames: true,
        tsconfigRaw: { compilerOptions: { experimentalDecorators: options === LEGACY } },
    }).code,
};

/** Runs as `evaluate` says, then what the module left for later; gives all it said and exported. */
async function observe(evaluate) {
    const running = globalThis.usingTest();
    globalThis.running = running;
    const all = {};
    globalThis.me = () => all;
    try {
        const exports = await evaluate();
        Object.assign(all, Object.fromEntries(Object.entries(exports)));
        for (const call of running.after) {
            await call();
        }
        const shown = inspect({ ...exports }, { depth: 6, sorted: true });
        running.log.push(shown.replace(/Object <Complex prototype> /g, ""));
    } catch (error) {
        const chain = [];
        for (let e = error; e; e = e.suppressed) {
            chain.push(e.error ? `${e.name} ${e.error.message}` : e.constructor.name +
                (e instanceof TypeError ? "" : " " + e.message));
        }
        running.log.push("failed: " + chain.join(", "));
    }
    return running.log;
}

let serial = 0;
const asModule = (code) => () => import(
    "data:text/javascript;base64," + Buffer.from(`${code}\n// ${serial++}`).toString("base64")
);

const asFactory = (code) => async () => {
    const exports = {};
    const register = (getters) => {
        for (const [name, get] of Object.entries(getters)) {
            Object.defineProperty(exports, name, { get, enumerable: true });
        }
    };
    const body = (0, eval)(`(${code})`)([], register, {});
    await body.next();
    await body.next();
    return exports;
};

for (const [name, entry] of Object.entries(MODULES)) {
    const [options, body, oracle] = Array.isArray(entry) ? entry : [[], entry];
    test(name, async () => {
        const source = HEAD + body;
        const expected = await observe(asModule(ORACLES[oracle ?? "typescript"](options, source)));
        if (!oracle) {
            const other = await observe(asModule(ORACLES.esbuild(options, source)));
            assert.deepEqual(other, expected, "the oracles disagree");
        }
        const disposes = (line) => oracle === "const" && line.startsWith("dispose");
        const seen = (log) => log.filter((line) => !disposes(line));
        const code = ours(options, source, false);
        assert.deepEqual(seen(await observe(asModule(code))), expected, code);
        const factory = ours(options, source, true);
        assert.deepEqual(seen(await observe(asFactory(factory))), expected, factory);
    });
}
