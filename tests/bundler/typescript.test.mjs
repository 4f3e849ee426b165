/* Enums, namespaces and stripped types, run: what a module exports after `rwgraph transform` must be
 * what it exports after TypeScript's own transpileModule. Both outputs run here, in Node; nothing is
 * expected by hand.
 *
 * RWGRAPH_BIN names the program. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";

const require = createRequire(new URL("../conform/package.json", import.meta.url));
const ts = require("typescript");

/** Name of the behaviour -> a module whose exports show it. */
const MODULES = {
    "members count up, and back to their names": `
        export enum E { A, B = 5, C, D = -1, F }
        export const names = [E[0], E[5], E[6], E[-1], E.F];`,
    "strings have no way back": `
        export enum E { A = "a", B = \`b\${1 + 1}\`, C = A + B, "d-e" = "x" }
        export const keys = Object.keys(E);`,
    "constants are computed as numbers are in JavaScript": `
        const x = 0.1, y = 1e21, s = "n";
        export enum E {
            A = x + 0.2, B = y, C = 1 << 31, D = -1 >>> 0, F = 7 % -4, G = 2 ** 10, H = ~5,
            I = 0xff & 0b1010, J = 1 / 3, K = (1 | 2) ^ 4, L = 1_000, M = -7 >> 1, N = 1 / 0,
        }
        export enum S { A = s + 1e21, B = s + 0.1, C = s + -0.000001, D = s + 1e-7, F = \`\${x}\` }`,
    "what is not constant is computed when it runs": `
        const f = () => 3;
        export enum E { A = f(), B = A + 1, C = "abc".length, D = B * 2 }
        export enum E2 { A = E.A, B = E.D | 1 }`,
    "declarations of one enum are one object": `
        export enum E { A, B }
        export enum E { C = 2, D = A + 10 }`,
    "const enums are there when the module runs": `
        const enum E { A = 1, B }
        export const values = [E.A, E.B, E["A"]];`,
    "enums in functions and blocks are their own": `
        export function f() { enum E { A = 1 } { enum E { A = 2 } return E.A; } }
        export const x = f();`,
    "exports of a namespace are live": `
        export namespace N { export let a = 1; export function set(b: number) { a = b; } }
        N.set(5);
        export const after = N.a;`,
    "bodies of a namespace share what they export": `
        namespace N { export let a = 1; export function f() { return a; } let hidden = 1; }
        namespace N { a++; export const b = f() + a; export const c = { a, f: f() }; }
        export const n = N;
        export const keys = Object.keys(N);`,
    "namespaces nest, with dots or without": `
        namespace A.B.C { export const x = 1; export enum E { P = x + 1 } }
        namespace A { export namespace B { export const y = C.x + C.E.P; } }
        export const a = A;`,
    "comments behind what a namespace exports hide nothing": `
        export namespace N { // a
            export function f() {} // b
            export class A {} // c
            export abstract class B {} // d
            export function* g() {} // e
            export const a = 1, b = 2 // f
            export let c // g
            export enum E { A, // h
                B // i
            } // j
            export import F = N.A // k
            export namespace O { export const x = 1 } // l
        } // m
        export const keys = Object.keys(N) // n`,
    "namespaces add to classes, functions and enums": `
        function f() { return f.x; } namespace f { export let x = 1; }
        class K { y = K.z } namespace K { export const z = 2; }
        enum E { A } namespace E { export function of(n: number) { return E[n]; } }
        export const all = [f(), new K().y, E.of(0), E.A];`,
    "aliases name what they stand for": `
        namespace A { export namespace B { export const x = 1; export interface I {} } }
        import x = A.B.x; import B = A.B; import I = A.B.I;
        namespace C { export import D = A.B; export const y = D.x; }
        export const i: I = {};
        export const all = [x, B.x, C.y, C.D === A.B];`,
    "a parameter gives way to a name of the body": `
        namespace A { const A = 1; export const b = A; }
        namespace B { export function f(B: number) { return B + c; } export const c = 1; }
        export const all = [A.b, B.f(1)];`,
    "patterns fill the namespace": `
        namespace N { export const { a, b: [c, ...d], ...e } = { a: 1, b: [2, 3, 4], f: 5 }; }
        export const n = N;`,
    "loops and closures write through the namespace": `
        namespace N {
            export let i = 0, sum = 0;
            for (i = 0; i < 3; i++) { sum += i; }
            export const fs = [1, 2].map((x) => () => x + sum);
            [i] = [7];
            ({ sum } = { sum: sum + 1 });
        }
        export const all = [N.i, N.sum, N.fs.map((f) => f())];`,
    "types leave no trace": `
        interface A { x: number } type B = A | null; declare const nothing: B;
        abstract class K<T> implements A { x = 1; declare y: T; abstract z(): T; [k: string]: any }
        class L extends K<string> { z() { return this.x as any as string; } }
        function f<T>(this: void, a?: T, ...rest: T[]): asserts a is NonNullable<T> {}
        const g = async <T,>(x: T): Promise<T> => x!;
        export const all = [new L().z(), f.length, g.length, Object.keys(new L())];`,
    "targets of assignments have parentheses and assertions": `
        type T = any;
        export let a: any, b: any, c: any, rest: any, keys: string[] = [];
        const o: any = {};
        [(a as T), b as T, ...(rest as any[])] = [1, 2, 3, 4];
        ({ c: (c as T) = 5, d: (o.d as T), e: o.e as { f: 1 } } = { d: 6, e: 7 } as any);
        [(a), ((o.g)), b!] = [a, b, c];
        for (o.each as T of [8, 9]) keys.push(String(o.each));
        for (o.key as string in { k: 1 }) keys.push(o.key);
        for (<any>o.cast of [10]) {} [<any>o.x, ...<any>o.y] = [1, 2];
        (o.h as T) = 10; (o.i!) = 11; (<any>o.j) = 12; (o.k satisfies T)++;
        export { o };`,
    "type syntax that grammars seldom know leaves no trace": `
        export const f: any = (...all: unknown[]) => all.length;
        export const called = [f<string>?.(1, 2), f<string, { a: 1 }>?.(f)];
        type M = { [K in "a"]? : never } & { [K in "b"]; } & { readonly [K in "c"] };
        type I<T> = T extends (infer V extends number ? 1 : 0) ? V : \`a:\\t\${string}\`;
        type F = ({ a }) => void;
        type P = ([a, b]: any, { c: d }, e: 1) => void;
        let q: new (x: unknown) => x is string;
        let r: new (x: unknown) => asserts x;
        function asserts(x: asserts): asserts { return x; } type asserts = number; type as = 1;
        export class S {
            static [key: string]: unknown; static readonly [key: symbol]: string;
            static declare a: string; static b = 1; static [\`c\`]: number = 2;
            d = asserts(3); isS: this is S;
        }
        export const s = [Object.keys(S), Object.keys(new S())];`,
    "modifiers may stand on lines of their own": `
        class A {
            static
            a = 1
            static
            ["b"]: number = 2
            static
            m() { return 3; }
            get
            c() { return 4; }
            set
            c(value) { log.push(value); }
            get: number
            static: string
            d?: 5
        }
        export const log: number[] = [];
        export const all = [A.a, A["b"], A.m(), new A().c, (new A().c = 6), Object.keys(new A())];`,
    "a function type may be the first type argument": `
        const f = <T>(g?: any) => g ? g(2) : 1, b = 3, n = 1;
        export const all = [f<<T>(x: T) => number>(() => 1), f<<T, U>() => void>(),
            n<<b, n <<b>(2), (n<<b)];`,
    "a sign makes comparisons of what looks like type arguments": `
        const f: any = 1, T: any = 2;
        export const all = [f < T > +1, f<T> -1];`,
    "exports that vanish take their attributes with them": `
        export {} from "node:fs" with { type: "x" }
        export { type A } from "node:fs" with { type: "x" };
        export type { B } from "node:fs" with { type: "x" }
        export const c = 1;`,
    "attributes of an export are not those of the import behind it": `
        export type { A } from "node:fs" with { type: "x" }
        import type { B } from "node:fs" with { type: "x" }
        export {} from "node:fs" with { type: "x" }
        import path = require("node:path");
        export const c = 1;`,
    "an abstract class without a name is a default export": `
        class A { a = 1 }
        export default abstract class extends A { abstract b(): void; c = 2; }`,
    "statements stand behind a default export on its line": `
        let a = 1; export { a };
        export default function () { return a; } a++; [a] = [a + 1];`,
    "what is declared behind a module's using is exported": `
        (Symbol as any).dispose ??= Symbol("Symbol.dispose");
        export const log: string[] = [];
        const early = () => [a.name, later(), typeof c];
        function res(name: string) { return { name, [Symbol.dispose]() { log.push(name); } }; }
        using a = res("a"), a2 = res("a2");
        import { sep } from "node:path"
        export const b = a.name + sep, { c, d: [e = 1, ...f] } = { c: 2, d: [3, 4, 5] as number[] };
        export let g = 6;
          export function later() { return b + g++; }
        export async function* generated() { yield b; }
        enum E { A = 1 } namespace N { export const x = E.A; }
        type T = typeof b; interface I { t: T }
        class K { static k = early(); }
        const h = K.k;
        export { E, N, h as "an h" }
        export type { T, I };
        export { basename as base } from "node:path";
        export * as path from "node:path"
        export default function () { return h; }
        log.push("end");
        using last = res("last")`,
    "line ends go on ending statements": `
        const log: number[] = []
        const a = log
        type T = 1
        ;(log as any).push(1)
        let b = a as any
        interface I {}
        (log as number[]).push(2)
        enum E { A }
        [3].forEach((x) => log.push(x))
        export { log, E, b }`,
};

function ours(sources) {
    const lines = sources.map((code) => JSON.stringify({ code, lang: "ts" })).join("\n");
    const child = spawnSync(process.env.RWGRAPH_BIN, ["transform", "--json-lines"], {
        input: lines + "\n",
        encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
    return child.stdout.trim().split("\n").map((line) => JSON.parse(line));
}

function theirs(source) {
    return ts.transpileModule(source, {
        compilerOptions: {
            target: ts.ScriptTarget.ES2022, /* the last one without `using` */
            module: ts.ModuleKind.ESNext,
            isolatedModules: true,
        },
    }).outputText;
}

async function run(code) {
    const url = "data:text/javascript;base64," + Buffer.from(code).toString("base64");
    const exports = { ...(await import(url)) };
    return inspect(exports, { depth: 10, sorted: true });
}

const outputs = ours(Object.values(MODULES));
for (const [index, [name, source]] of Object.entries(MODULES).entries()) {
    test(name, async () => {
        const { code, error } = outputs[index];
        assert.equal(error, undefined);
        assert.equal(await run(code), await run(theirs(source)), code);
    });
}
