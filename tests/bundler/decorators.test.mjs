/* Classes, run: what a program does after `rwgraph transform` must be what it does after
 * TypeScript's own transpileModule. Each program writes a log of every call, its arguments and the
 * shapes that come out; nothing is expected by hand but that both logs are equal.
 *
 * RWGRAPH_BIN names the program. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";
import vm from "node:vm";

const require = createRequire(new URL("../conform/package.json", import.meta.url));
const ts = require("typescript");

const LEGACY = ["--decorators=legacy"];
const METADATA = [...LEGACY, "--decorator-metadata"];
const ASSIGN = ["--no-define-fields"];
const STANDARD = ["--decorators=standard"];

/** What programs may call: a decorator that says how it was called, and shapes. */
const PRELUDE = `
    const log = [];
    const say = (...all) => { log.push(all); return all.at(-1); };
    const legacy = (name, result) => (say("eval", name), (target, key, extra) => {
        say(name, typeof target === "function" ? "class " + target.name : "prototype", key, extra);
        return result?.(target, key, extra);
    });
    const plain = (context) => ({ ...context, access: context.access && Object.keys(context.access),
        addInitializer: typeof context.addInitializer });
    const dec = (name, result) => (say("eval", name), (value, context) => {
        say(name, typeof value, value?.name, plain(context));
        context.addInitializer(function () { say("init " + name, shape(this)); });
        return result?.(value, context);
    });
    const key = (name) => say("key", name);
    Symbol.dispose ??= Symbol("Symbol.dispose");
    Symbol.asyncDispose ??= Symbol("Symbol.asyncDispose");
    const end = (how, name, fails) => { say(how, name); if (fails) throw new Error(name); };
    const res = (name, fails) => (say("made", name),
        { name, [Symbol.dispose]() { end("dispose", name, fails); } });
    const ares = (name, fails) => (say("made", name),
        { name, async [Symbol.asyncDispose]() { await null; end("async", name, fails); } });
    function shape(value) {
        if (value === null || !/object|function/.test(typeof value)) return value;
        const all = typeof value === "function" ? { class: value.name } : {};
        for (const k of Reflect.ownKeys(value)) {
            if (k === "prototype" || k === "length" || k === "name") continue;
            const { value: v, get, set, ...rest } = Object.getOwnPropertyDescriptor(value, k);
            const what = get || set ? (get ? "get " : "") + (set ? "set" : "") : typeof v;
            const text = typeof v === "function" ? v.name : typeof v === "object" ? "" : String(v);
            all[k] = [what, text, ...Object.keys(rest).filter((flag) => rest[flag])].join(" ");
        }
        return all;
    }
`;

/** Name of the behaviour -> options and a program. */
const PROGRAMS = {
    "standard: decorators are any expression": [STANDARD, `
        const o = { dec(value, context) { say(this === o, context.name); }, f: () => o };
        @(o["dec"]) class A {
            @(o ? o.dec : null) a = 1;
            @((value, context) => { say("arrow", context.kind); }) b() {}
            @(o.f().f()["dec"]) static c() {}
            @(o.dec as any) @(dec<string>("x")) d = 2;
            @((say(1), o).dec) e() {}
        }
        class B { static #dec = o.dec; static f() { class C { @B.#dec m() {} } } }
        B.f();`],
    "legacy: decorators are any expression": [LEGACY, `
        const all = { "a-b": legacy("a-b"), f: () => all };
        @(all["a-b"]) class A {
            @(all ? all["a-b"] : null) a = 1;
            @((target, key) => { say("arrow", key); }) b() {}
            @(all.f().f()["a-b"]) static c() {}
            @(legacy("x") as any) d() {}
        }`],
    "parameter properties are assigned behind super()": [[], `
        class B { constructor(x) { say("B", x); } }
        class A extends B {
            z = say("z", 1);
            constructor(private a: number, readonly b = a + 1, public c?: string, d = 4) {
                super(say("args", d));
                say("body", this.a, this.b, this.c);
            }
        }
        class C { constructor(protected override x) { "use strict"; say(this.x); } }
        say(shape(new A(1))); say(shape(new C(2)));`],
    "fields are assigned in the constructor": [ASSIGN, `
        class B { set x(v) { say("set x", v); } constructor() { say("B"); } }
        class A extends B {
            x = say("x", 1); y; "a-b" = 2; 3 = 4; #p = say("#p", 5); [key("k")] = say("k", 6);
            static s = say("s", this === A); static #t = say("#t", 7); [key("gone")];
            [key("m")]() {} static [key("n")] = 8; static nothing;
            f = () => this.#p; g = function () {}; h = class {};
            constructor(public q, private r = 1) { super(); say("body", this.q, this.x, this.#p); }
        }
        class D extends B { a = 1; b = this.a + 1 }
        class F { a = (n) => n; b = 2 }
        const a = new A(9);
        say(shape(a), a.f(), a.h.name, shape(A), shape(new D()), new F().a(3));`],
    "private fields move only beside public ones": [ASSIGN, `
        class A { #p = say("p", this.a); constructor(private a) {} }
        class B { accessor p = say("p", this.a); constructor(private a) {} }
        class C { #p = say("p", this.a); x = 1; constructor(private a) {} }
        class D { #p = say("p", this.a); x; constructor(private a) {} }
        for (const K of [A, B, C, D]) say(shape(new K(1)));`],
    "fields without a constructor hand all arguments on": [ASSIGN, `
        class B { constructor(...all) { say(all); } }
        class A extends B { x = 1 }
        say(shape(new A(1, 2, 3)));`],
    "class expressions keep their names and their keys": [ASSIGN, `
        const make = (n) => class { [key(n)] = n; static x = n; };
        const E = class { [key("e")] = 1; [key("f")]() {} [key("g")] = 2; };
        const a = make("a"), b = make("b");
        say(shape(new a()), shape(new b()), shape(new E()), E.name);`],
    "accessors are pairs over a private field": [[], `
        class A {
            accessor x = say("x", 1); static accessor y = 2; accessor [key("z")] = 3;
                accessor "a b";
            y = this.x + 1; accessor #p = 4; p() { return this.#p++; }
        }
        const a = new A(); a.x = 5; a.p();
        say(shape(a), a.x, a.p(), a.z, A.y, (A.y = 7, A.y), shape(A.prototype), shape(A));`],
    "accessors in classes that assign": [ASSIGN, `
        class A { a = say("a", 1); accessor b = say("b", 2); c = say("c", this.b);
            static accessor d = 1 }
        say(shape(new A()), shape(A.prototype), shape(A));`],

    "legacy: everything in TypeScript's order": [LEGACY, `
        @legacy("c1") @legacy("c2")
        class A {
            @legacy("s") static s = say("s value", 1);
            @legacy("x") x = 1;
            @legacy("m1") @legacy("m2") m(@legacy("p0") a, b, @legacy("p2a") @legacy("p2b") c) {}
            @legacy("sm") static sm(@legacy("q") a) {}
            @legacy("get") get g() { return 1; } set g(v) {}
            @legacy("key") [key("k")]() {} @legacy("key2") [key("k2")] = 1; [key("k3")]() {}
            @legacy("str") "a b" = 1; @legacy("num") 1() {}
            @legacy("acc") accessor acc = 2;
            constructor(@legacy("cp") private x1, @legacy("cq") y1?) {}
        }
        say(shape(new A(1)), shape(A), shape(A.prototype));`],
    "legacy: a decorator replaces the class, also for itself": [LEGACY, `
        const swap = (C) => class extends C { swapped = true; static wrapped = C; };
        @swap class A {
            static self = A; static again = () => A; make() { return new A(); }
                static { say(A.name); }
        }
        say(new A().make().swapped, A.self === A.wrapped, A.again() === A, A.name);
        @swap class B {}
        say(shape(new B()));`],
    "legacy: members get new descriptors": [LEGACY, `
        const twice = (t, k, d) => ({ ...d, value() { return d.value.call(this) * 2; } });
        const ro = (t, k, d) => { d.set = undefined; return d; };
        class A { n = 4; @twice @twice m() { return this.n; } @ro get x() { return 1; }
            set x(v) {} }
        say(new A().m(), shape(A.prototype));`],
    "legacy: fields that are assigned": [[...LEGACY, ...ASSIGN], `
        const field = (t, k) => Object.defineProperty(t, k, { set(v) { say("set", k, v); } });
        class A { @field x = 1; @field [key("y")] = 2; @legacy("z") z; @legacy("s") static s = 3 }
        say(shape(new A()), shape(A));`],
    "legacy: decorators that read private names": [LEGACY, `
        class A { static #p = "p"; @legacy(A.#p) m() {} @legacy("n") n(@legacy(A.#p + "q") a) {} }
        say(shape(A.prototype));`],
    "legacy: exported classes": [LEGACY, `
        export @legacy("a") class A {}
        @legacy("b") export class B { @legacy("m") m() {} }
        @legacy("c") export default class C { static c = C }
        say(shape(A), shape(B), shape(C));`],
    "legacy: an anonymous default": [LEGACY, `
        const keep = []; const k = (C) => { keep.push(C); };
        @k export default class { @legacy("m") m() {} }
        [1].forEach((x) => say(x));
        say(typeof keep[0], shape(keep[0].prototype));`],
    "legacy: in namespaces, functions and blocks": [LEGACY, `
        namespace N { @legacy("a") export class A { static a = 1; @legacy("m") m() {} } }
        function f(n) { { @legacy("b" + n) class B { @legacy("x") x; n() { return n; } }
            return new B(); } }
        for (const i of [1, 2]) { @legacy("i" + i) class I { i() { return i; } } say(new I().i()); }
        say(shape(N.A), f(1).n(), f(2).n());`],
    "legacy: declared and abstract fields": [LEGACY, `
        abstract class A { @legacy("d") declare d: string; @legacy("e") abstract e: number; f = 1 }
        class B extends A { e = 1 }
        say(shape(new B()));`],
    "legacy: types become values": [METADATA, `
        type Alias = string; type Alias2 = Alias | null; enum Num { A } enum Str { A = "a" }
        enum Mix { A, B = "b" } interface I {} interface Call { (): void } class Other {}
        type Fn = () => void; type Obj = { a: 1 }; namespace NS { export class X {} }
        class A<T> {
            @legacy("1") a: string; @legacy("2") b: number | undefined; @legacy("3") c: "x" | "y";
            @legacy("4") d: boolean; @legacy("5") e: Other; @legacy("6") f: I;
                @legacy("7") g: Alias2;
            @legacy("8") h: Num; @legacy("9") i: Str; @legacy("10") j: Mix; @legacy("11") k: T;
            @legacy("12") l: string[]; @legacy("13") m: [number]; @legacy("14") n: Date;
            @legacy("15") o: Unknown; @legacy("16") p: Map<string, number>; @legacy("17") q: Fn;
            @legacy("18") r: Obj; @legacy("19") s: 1 | "a"; @legacy("20") t: null;
            @legacy("21") u: symbol; @legacy("22") v: bigint; @legacy("23") w: any;
            @legacy("24") x: unknown; @legacy("25") y: (string); @legacy("26") z: readonly string[];
            @legacy("27") aa: -1 | 2; @legacy("28") bb: typeof Math; @legacy("29") cc: Call;
            @legacy("30") dd: NS.X;  @legacy("32") ff: \`a\${string}\`;
            @legacy("33") gg: object; @legacy("34") hh: string & { b: 1 }; @legacy("35") ii;
            @legacy("36") jj: never; @legacy("37") kk: 1n; @legacy("38") ll: true | false;
            @legacy("39") mm: A<T>; @legacy("40") nn: void; @legacy("41") oo: this;
            @legacy("42") pp: keyof A<T>; @legacy("43") qq: new () => A<T>;
            @legacy("m1") m1(a: string, b?: Other, ...c: number[]): void {}
            @legacy("m2") async m2(this: A<T>, a: I): Promise<string> { return ""; }
            @legacy("m3") async m3() {} @legacy("m4") m4(x): x is string { return true; }
            @legacy("m5") m5({ a }: { a: 1 }, [b]: string[],
                ...c: Array<string>): Other[] { return []; }
            @legacy("m6") m6(@legacy("p") p: Set<string>): asserts p {}
            @legacy("g") get g(): string { return ""; } set g(v) {}
            @legacy("s") set only(v: number) {}
            @legacy("sg") static get sg(): Other { return null!; }
        }
        @legacy("c") class B { constructor(private a: Other, b: string, @legacy("p") c: I, d?) {} }
        @legacy("d") class C {}
        class D { constructor(@legacy("only") a: A<string>) {} }`],

    "standard: everything in TypeScript's order": [STANDARD, `
        @dec("c1") @dec("c2")
        class A {
            @dec("s") static s = say("s value", 1);
            @dec("x") x = say("x value", 1);
            @dec("m1") @dec("m2") m() {}
            @dec("sm") static sm() {}
            @dec("get") get g() { return 1; } @dec("set") set g(v) {}
            @dec("k") [key("k")]() {} plain = say("plain", 1); @dec("k2") [key("k2")] = 1;
            @dec("str") "a b" = 1; @dec("num") 1() {}
            @dec("acc") accessor acc = say("acc value", 2); @dec("sacc") static accessor sacc = 3;
            static { say("block", this === A); }
            @dec("last") last;
        }
        say(shape(new A()), shape(A), shape(A.prototype));`],
    "standard: private members": [STANDARD, `
        class A {
            @dec("f") #f = 1; @dec("m") #m(a) { return [this.#f, a]; }
                @dec("g") get #g() { return 2; }
            @dec("s") set #s(v) { say("s", v); } @dec("a") accessor #a = 3;
            @dec("sf") static #sf = 4; @dec("sm") static #sm() { return 5; }
            @dec("sa") static accessor #sa = 6; @dec("am") async #am() {}
                @dec("gm") *#gm() { yield 1; }
            run() { this.#s = 1; this.#a++;
                return [this.#m(1), this.#g, this.#a, this.#m.name, [...this.#gm()]]; }
            static run() { A.#sa++; return [A.#sf, A.#sm(), A.#sa]; }
        }
        say(new A().run(), A.run());`],
    "standard: decorators replace what they decorate": [STANDARD, `
        const twice = (f) => function (...a) { return f.apply(this, a) * 2; };
        const add = (n) => () => (v) => v + n;
        const acc = ({ get, set }) => ({ get() { return get.call(this) + 1;
            }, set(v) { set.call(this, v * 2); }, init: (v) => v + 10 });
        const sub = (C) => class extends C { sub = true };
        @sub class A {
            n = 3; @twice @twice m() { return this.n; } @twice get g() { return 4; }
            @add(1) @add(10) f = 1; @acc accessor a = 1; @twice static s() { return 5; }
            @add(1) static sf = 1; @add("u") u; @twice #p() { return 6; } p() { return this.#p(); }
            @acc accessor #q = 1; q() { this.#q = 4; return this.#q; }
                static make() { return new A(); }
        }
        const a = new A(); a.a = 4;
        say(shape(a), a.m(), a.g, a.f, a.a, A.s(), A.sf, a.p(), a.q(), A.make().sub, A.name);`],
    "standard: access reads and writes": [STANDARD, `
        const all = {}; const keep = (v, c) => { all[c.kind + String(c.name)] = c.access; };
        class A {
            @keep x = 1; @keep m() { return 2; } @keep get g() { return 3; }
                @keep set s(v) { say(v); }
            @keep accessor a = 4; @keep #p = 5; @keep #m() {} @keep static st = 6; @keep "q r" = 7;
            @keep [key("k")] = 8; @keep accessor #pa = 9; p() { return [this.#p, this.#pa]; }
        }
        const a = new A();
        for (const [k, x] of Object.entries(all)) {
            const o = k.endsWith("st") ? A : a;
            say(k, Object.keys(x), x.has(o), x.has({}), typeof x.get?.(o)); x.set?.(o, 42);
        }
        say(shape(a), a.p(), A.st);`],
    "standard: members of objects are called on them": [STANDARD, `
        const o = { n: 1, d(v, c) { say(this === o, c.kind); }, make() { return this.d.bind(this);
            }, in: { d(v, c) { say(this === o.in); } } };
        @o.d @o.in.d class A { @o.d x; @o.make() m() {} @(o.in.d) n() {} }
        say(new A().x);`],
    "standard: metadata": [STANDARD, `
        const note = (v, c) => { c.metadata[c.name] = c.kind; };
        @note class A { @note x; @note m() {} }
        @note class B extends A { @note y; }
        class C extends B { @note z; }
        say(shape(A[Symbol.metadata]), shape(B[Symbol.metadata]), B[Symbol.metadata].x);
        say(Object.getPrototypeOf(C[Symbol.metadata]) === B[Symbol.metadata]);`, "metadata"],
    "standard: names of class expressions": [STANDARD, `
        const A = @dec("a") class {}; const B = class { @dec("x") x = 1 }; let C;
            C = @dec("c") class Named { static n = Named };
        const o = { p: @dec("p") class {} }; const f = (D = @dec("d") class {}) => D;
        say(shape(new class { @dec("n") n; constructor(a) { this.n = a; } }(5)));
        say(A.name, B.name, C.name, C.n === C, o.p.name, f().name, (@dec("none") class {}).name);`],
    "standard: what extends and where": [STANDARD, `
        const base = (n) => (say("base", n), class { constructor(...a) { say("base called", a); }
            static st = 1 });
        @dec("a") class A extends base(1) { @dec("m") m() {} constructor(private p) { super(p);
            say("body", this.p); } }
        class B extends base(2) { @dec("x") x = 1; [key("b")]() {} @dec("y") y() {} }
        class C extends base(3) { @dec("only") only() {} }
        say(shape(new A(1)), shape(new B(2, 3)), shape(new C()));`],
    "standard: fields that are assigned": [[...STANDARD, ...ASSIGN], `
        class B { set x(v) { say("set x", v); } }
        class A extends B {
            @dec("x") x = 1; @dec("y") y; z = say("z", 2); @dec("s") static s = 3;
                @dec("a") accessor a = 4;
            @dec("k") [key("k")] = 5; @dec("m") m() {}
            constructor(public q) { super(); say("body", shape(this)); }
        }
        say(shape(new A(1)), shape(A));`],
    "standard: a class's own names and this": [STANDARD, `
        let seen; const swap = (C) => seen = class extends C { };
        @swap class A {
            static a = A; static t = this; static f = () => [A, this];
                static { say(this === seen, A === seen); }
            get() { return A; } static fn = function () { return this; };
        }
        say(A === seen, A.a === A, A.t === A, A.f()[0] === A, A.f()[1] === A, new A().get() === A,
            A.fn() === A);`],
    "standard: errors of decorators": [STANDARD, `
        const bad = (v) => () => v; const keep = (v, c) => { later = c; };
        const tries = [() => { class A { @bad(1) m() {} } }, () => { @bad("x") class B {} },
            () => { class C { @bad(null) accessor a = 1 } }, () => { class D { @keep x }
                later.addInitializer(() => {}); }];
        let later;
        for (const t of tries) { try { t(); say("fine"); } catch (e) { say(e.constructor.name); }
            }`],
    "standard: decorators that read private names": [STANDARD, `
        const has = (f) => (v, c) => { say(c.name, f({})); };
        class A { static #p = 1; @has((o) => #p in o) m() {} @has((o) => #p in o) x = 1; }
        class B { static #p = 1; @has((o) => #p in o) [key("m")]() {} }
        say(shape(new A()));`],
    "standard: exported classes": [STANDARD, `
        export @dec("a") class A {}
        @dec("b") export class B { @dec("m") m() {} }
        @dec("c") export default class C { static c = C }
        say(shape(A), shape(B), shape(C), C.c === C);`],

    "using: disposed of at the end of the block, the last first": [[], `
        { using a = res("a"), b = res("b"); using c = null; say("body"); }
        function f(x) { "use strict"; using a = res("f" + x); if (x) return say("return", x);
            say("end"); }
        f(0); f(1);
        const g = (x) => { using a = res("arrow"); return a.name; }; say(g());
        class A { static { using a = res("static"); say("in static"); } m() { using a = res("m");
            return this; } }
        new A().m();`],
    "using: in loops": [[], `
        for (using a of [res("1"), res("2")]) { say("body", a.name); let b = a;
            if (b.name === "1") continue; }
        for (using a of [res("3")]) say("single", a.name);
        outer: for (using a = res("head"), i = null;;) { for (;;) { say("inner"); break outer; } }
        for (const i of [1, 2]) { using a = res("loop" + i); if (i === 1) continue; }`],
    "using: errors are suppressed, not lost": [[], `
        try { using a = res("a", true); using b = res("b", true); throw new Error("body"); }
        catch (e) { say(e.name, e.error?.message, e.suppressed?.name,
            e.suppressed?.error?.message); }
        try { using a = res("only", true); } catch (e) { say(e.message); }
        try { using a = {}; } catch (e) { say(e.constructor.name); }
        try { using a = 1; } catch (e) { say(e.constructor.name); }`],
    "using: awaits what is asynchronous": [[], `
        async function f() {
            await using a = ares("a"); using b = res("b"); await using c = res("c");
                await using d = null;
            for await (await using x of [ares("x")]) { say("body", x.name); }
            for (await using y of [ares("y"), res("z")]) say(y.name);
            say("end"); return 1;
        }
        const g = async () => { try { await using e = ares("e", true); throw new Error("g"); }
            catch (e) { say(e.name, e.error.message); } };
        done = f().then(say).then(g).then(() => say("done"));`],
    "using: one that is awaited, alone": [[], `
        done = (async () => { await using a = ares("a"), b = res("b"); say("body"); })();`],
    "using: in the clauses of a switch and in namespaces": [[], `
        for (const i of [0, 1, 2]) {
            out: switch (i) {
                case 0: using a = res("zero"); say("body", a.name);
                case 1: using b = res("one"); say("through", b.name); break out;
                default: { using c = res("inner"); } using d = res("default"); say("end");
            }
            say("behind", i);
        }
        namespace N {
            using e = res("namespace");
            export const f = e.name; export let g = () => f; export function h() { return g(); }
            namespace O { using i = res("nested"); say("in", i.name); }
        }
        say(N.f, N.h(), Object.keys(N));
        done = (async () => {
            switch (1) { case 1: await using j = ares("awaited"); say("body"); }
        })();`],
    "comments behind a class and what is in it hide nothing": [STANDARD, `
        class B { constructor(...all) { say(all); } }
        @dec("c") class C extends B { // a
            @dec("x") x = 1 // b
            accessor y = 2 // c
            constructor(private p, private q) { // d
                "use strict" // e
                super(p) // f
            } // g
        } // h
        class D { // i
            constructor(private p) { "use strict" // j
            } // k
        } // l
        say(shape(new C()), shape(new D()));`],
    "legacy: comments behind a class and what is in it hide nothing": [[...LEGACY, ...ASSIGN], `
        @legacy("c") class C { // a
            @legacy("x") x = 1 // b
            static y = 2 // c
            @legacy("m") m() {} // d
        } // e
        say(shape(new C()), shape(C));`],
    "using: comments behind what holds one hide nothing": [[], `
        for (using a of [res("1")]) say("body") // a
        for (using b = res("2"), i = null;;) break // b
        if (say(true)) { using c = res("3") // c
        } // d
        function f() { "use strict" // e
            using d = res("4") // f
        } // g
        f() // h
        switch (1) { default: using g = res("5") // i
        } // j
        class E { static { using e = res("6") // k
        } /* l */ } // m`],
    "using: at the top of a module": [[], `
        const before = () => say("before"); before();
        using a = res("top"); const b = a.name; function later() { return b; }
        class C { x = b } say(later(), new C().x);`],
};

const inputs = Object.entries(PROGRAMS);

function ours(options) {
    const mine = inputs.filter(([, [o]]) => o.join() === options);
    const lines = mine.map(([, [, code]]) => JSON.stringify({ code: code, lang: "ts" }));
    const args = ["transform", "--json-lines", ...(options ? options.split(",") : [])];
    const child = spawnSync(process.env.RWGRAPH_BIN, args, {
        input: lines.join("\n") + "\n",
        encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
    const outputs = child.stdout.trim().split("\n").map((line) => JSON.parse(line));
    return mine.map(([name], i) => [name, outputs[i]]);
}

function theirs(source, options) {
    return ts.transpileModule(source, {
        compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            isolatedModules: true,
            useDefineForClassFields: !options.includes("--no-define-fields"),
            experimentalDecorators: options.includes("--decorators=legacy"),
            emitDecoratorMetadata: options.includes("--decorator-metadata"),
        },
    }).outputText;
}

/* Words of modules go: a program is run as a function's body. */
function body(code) {
    return code
        .replace(/^\s*export \{[^}]*\};?\s*$/gm, "")
        .replace(/export default (?=\w+;)/g, "void ")
        .replace(/export default (?=class \w)/g, "")
        .replace(/export default /g, "void ")
        .replace(/export (?=class|let|var)/g, "");
}

async function run(code, withMetadata) {
    const reflect = `const Reflect = { ...globalReflect, ownKeys: globalReflect.ownKeys,
        metadata: (k, v) => (t, p) => { say("metadata", k, v, p); } };`;
    const symbol = withMetadata ? `Symbol.metadata ??= Symbol("Symbol.metadata");` : "";
    const script = `(function (globalReflect) { "use strict"; let done; ${reflect} ${symbol}
        ${PRELUDE}\n${body(code)}\nreturn { log, done }; })`;
    const context = vm.createContext({});
    const { log, done } = vm.runInContext(script,
        context)(vm.runInContext("({ ownKeys: Reflect.ownKeys })", context));
    await done;
    return Array.from(log, (entry) => inspect(entry, { depth: 8, breakLength: Infinity }));
}

const outputs = new Map();
for (const options of new Set(inputs.map(([, [o]]) => o.join()))) {
    for (const [name, output] of ours(options)) {
        outputs.set(name, output);
    }
}

for (const [name, [options, source, metadata]] of inputs) {
    test(name, async () => {
        const { code, error } = outputs.get(name);
        assert.equal(error?.message, undefined);
        const expected = await run(theirs(source, options), metadata === "metadata");
        assert.ok(expected.length > 0);
        assert.deepEqual(await run(code, metadata === "metadata"), expected, code);
    });
}

/* TypeScript puts `await` into a function that is not async. */
test("standard: keys and bases await", async () => {
    const source = `
        async function f() {
            @dec("c") class A { @dec("m") m() {} @dec("k") [await key("k")]() {} }
            const B = class extends await key(Object) { @dec("x") x = 1; [await key("y")] = 2; };
            say(B.name, shape(A.prototype), shape(new B()));
        }
        done = f();`;
    const child = spawnSync(process.env.RWGRAPH_BIN, ["transform", "--json-lines", ...STANDARD], {
        input: JSON.stringify({ code: source, lang: "ts" }) + "\n",
        encoding: "utf8",
    });
    const log = await run(JSON.parse(child.stdout).code, false);
    const order = log.filter((line) => /^\[ '(eval|key)'/.test(line));
    assert.deepEqual(order, [
        "[ 'eval', 'c' ]", "[ 'eval', 'm' ]", "[ 'eval', 'k' ]", "[ 'key', 'k' ]",
        "[ 'key', [Function: Object] ]", "[ 'eval', 'x' ]", "[ 'key', 'y' ]",
    ]);
    assert.match(log.at(-1), /^\[ 'B', .* k: .* x: 'number 1 .* y: 'number 2/);
});

/** Option and program -> what is said of it; there is no code then. */
const PROBLEMS = [
    [ASSIGN, "class A { x = a; constructor(a) {} }", /'a', which the constructor declares too/],
    [ASSIGN, "class A extends B { x = 1; constructor() { if (1) { super(); } } }", /super\(\) must/],
    [LEGACY, "const A = class { @d m() {} };", /legacy decorators need a class declaration/],
    [LEGACY, "class A { @d #x = 1 }", /cannot reach private names/],
    [ASSIGN, "class A { accessor\n b = 1 }", /called `accessor` needs a semicolon/],
    [STANDARD, "class A { m(@d a) {} }", /only in the legacy form/],
    [STANDARD, "class A { @d #m() { super.m(); } }", /cannot use super/],
    [[], "if (a) using b = c;", /put braces around it/],
];

for (const [options, code, expected] of PROBLEMS) {
    test(`reported: ${code}`, () => {
        const args = ["transform", "--json-lines", ...options];
        const input = JSON.stringify({ code, lang: "ts" }) + "\n";
        const child = spawnSync(process.env.RWGRAPH_BIN, args, { input, encoding: "utf8" });
        const output = JSON.parse(child.stdout);
        assert.match(output.error?.message ?? "", expected);
        assert.equal(output.code, undefined);
    });
}
