/*
 * React Refresh beside the Babel plugin of react-refresh, on small modules of every form.
 * `node refresh-compare.mjs FOLDER…` does the same on whole repositories.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { babel, Comparison } from './refresh-compare.mjs';

const COMPONENTS = [
    'export default function App() { return <p/>; }',
    'export default function () { return <p/>; }',
    'export default class App extends Component {}',
    'export default () => <p/>;',
    'function App() { return <p/>; } export { App };',
    'const App = () => <p/>; export default App;',
    'let App = function () { return <p/>; };',
    'export const A = () => <p/>, B = () => <p/>;',
    'const app = () => <p/>; function lower() { return <p/>; }',
    'export const Make = (a) => (b) => <p/>;',
    'export const Menu = { Item: () => <p/> };',
    'const A = memo(() => <p/>); const B = React.memo(forwardRef((props, ref) => <p ref={ref}/>));',
    'export default memo(() => <p/>);',
    'export default React.memo(forwardRef(function Named() { return <p/>; }));',
    'const A = () => <p/>; export default memo(A);',
    'const A = () => <p/>; export const B = memo(A); export const C = hoc(hoc2(A), 1);',
    'const Lazy = lazy(() => import("./a")); const R = require("./b"); const I = import("./c");',
    'const Lazy = lazy(() => import("./a")); export default () => <Lazy/>;',
    'const Box = styled.div`a`; export const Used = () => <Box/>;',
    'const Box = styled.div<Props>`a ${(p) => p.x}`; export const Used = () => <Box/>;',
    'const Box = styled(Other).attrs({})<{ a: string }>`a`; export const Used = () => <Box/>;',
    'const Box = styled(Other)<A & B>`a`; export const Used = () => <Box/>;',
    'const Box = styled(Other)<A<B>>`a ${(p) => p.x}`; export const Used = () => <Box/>;',
    'const Used = make(); createElement(Used); React.createElement(Used, {});',
    'const Used = make(); export const A = () => <Used.Item/>;',
    'export function App<T>(props: Props<T>): JSX.Element { return <p/>; }',
    'export const App: React.FC<Props> = ({ a }: Props) => <p>{a}</p>;',
    'if (x) { var Inner = () => <p/>; } { function Block() { return <p/>; } }',
    'export async function Page() { return <p/>; } export function* Generator() {}',
    'declare function Ambient(): void; export function Over(a: 1): void; export function Over(a) {}',
];

const HOOKS = [
    'function App() { const [a, b] = useState(0); return <p/>; }',
    'function App() { const a = React.useState<number>(() => 1)[0]; useEffect(() => {}, []); }',
    'function App() { useReducer(reduce, { a: 1 }, init); useRef(null); useId(); }',
    'import { useA } from "./a"; export function App() { const x = useA(1); return <p/>; }',
    'import * as a from "./a"; export const App = () => { a.useA(); return <p/>; };',
    'import useA from "./a"; export const useB = () => { return useA(); };',
    'export const useB = () => useA(); function useA() { return useContext(C); }',
    'export function App() { useUnknown(); }',
    'export function App({ useProp }) { useProp(); useState(1); }',
    'export function App() { const local = useA(); local.useThing(); }\nfunction useA() {}',
    'export const App = memo(() => { useState(0); return <p/>; });',
    'export const App = memo(forwardRef(function Named(p, ref) { useImperativeHandle(ref); }));',
    'export default memo(() => { useA(); return <p/>; }); function useA() {}',
    'const a = { item: () => { useA(); } }; const useA = () => useState(1);',
    'register(() => { useState(0); }, "x"); outer(inner(function () { useRef(); }));',
    'let b; f(b = () => { useState(0); });',
    'export const App = () => { "use memo"; useState(1); if (a) { useEffect(() => {}); } };',
    'export function App() { return useA() ?? useB(useC()); }',
    'class A { method() { useState(0); } }',
    '/* @refresh reset */ export function App() { useState(0); return <p/>; }',
    'export function App() { user(); used(); use(promise); useless(); use2(); }',
    'export async function* App() { useState(0); }',
    'function App() { const { a = 1, ...rest } = useForm(), [, c] = useState({ a: [1, 2] }); }\n' +
        'function useForm() {}',
];

/** Functions that are made inside of others, with hooks of their own. */
const NESTED = [
    'export function withA(C) { return function Wrapped() { useA(); return <C/>; }; }\n' +
        'function useA() {}',
    'export const hoc = (C) => (props) => useA(props); const useA = () => useState(0);',
    'export const hoc = (C) => { const Inner = () => useState(0); return memo(Inner); };',
    'function make() { function useInner() { useState(1); } return useInner; }',
    'function outer() { "use strict" // c\n  const x = () => useState(0) // d\n  useRef(); }',
    'const api = { m() { return wrap(() => { useA(); }); } }; function useA() {}',
    'class K { f = () => { useState(0); }; static { this.g = () => useState(1); } }',
    'class K { m() { return () => useRef(); } }',
    'function f(useLocal) { const useMine = () => 1; return () => { useLocal(); useMine(); }; }',
    'function f() { return () => { const a = useA(); a.useB(); }; } function useA() {}',
    'function f() { for (const a of b) { c.push(hoc(() => useState(a))); } }',
    'function f() { if (x) { const A = memo(() => useState(0)); return A; } }',
    'function f() { switch (x) { case 1: return () => useState(0); default: return () => useRef(); } }',
    'function f() { let g; g = () => { useState(0); }; return g; }',
    'function f() { const a = () => useState(0), b = () => useRef(); return [a, b]; }',
    'const a = (b = () => useState(0)) => b; const c = async () => async () => (await 1, useState(2));',
    'export default () => { useState(0); return <p/>; };',
    'export function App() { useState`a`; return <p/>; }',
    'export default function () { return () => useState(0); }',
    'describe("a", () => { it("b", () => { renderHook(() => useA()); }); }); function useA() {}',
];

let comparison;
before(() => {
    comparison = new Comparison();
});
after(() => comparison.close());

async function agree(modules) {
    for (const code of modules) {
        assert.deepEqual(await comparison.of(code, '/a.tsx'), [], code);
    }
}

test('the same components are registered under the same names', () => agree(COMPONENTS));

test('the same functions are signed, with the same hooks of their own', () => agree(HOOKS));

test('functions inside of functions are signed as well', () => agree(NESTED));

/** Runs code that is signed; gives what it hands to the runtime, in order. */
function observe(code) {
    const log = [];
    const signature = () => {
        let own;
        return (...all) => {
            if (all.length === 0) {
                log.push(`called ${own?.name}`);
                return undefined;
            }
            own ??= all[0];
            log.push(`signed ${typeof all[0]} ${all[0]?.name} ${all[2] ?? false} ${all[3]?.().length}`);
            return all[0];
        };
    };
    const refresh = { signature, register: () => () => {}, boundary() {} };
    const body = code.replace(/^import .*$/gm, '').replace(/import\.meta/g, 'meta');
    const parameters = ['log', 'meta', '__rwg_refresh', '$RefreshSig$', '$RefreshReg$'];
    const hooks = 'const useState = () => log.push("useState"), useA = () => log.push("useA");\n';
    const own = body.replace(/const \$RefreshReg\$.*\n/, '');
    new Function(...parameters, hooks + own)(log, { hot: {} }, refresh, signature, () => {});
    return log;
}

/** Modules without imports and exports, which call what they make. */
const RUN = [
    `const make = (n) => function Inner() { useState(); useA(); return n; };
     const a = make(1), b = make(2); log.push(a(), b(), a(), a === b, a.name);`,
    `function make(n) { const inner = () => useState(n) // c
         return inner
     }
     log.push(make(1).name, make(2)())`,
    `const make = (n) => () => useA(n);
     for (let i = 0; i < 2; i++) { const f = () => useState(i); log.push(f(), f.name, make(i)()); }`,
    `const wrap = (f) => { const g = (...all) => f(...all); return g; };
     function make() { return wrap(wrap(() => { useState(); })); }
     make()(); make()();`,
    `class K { f = () => { useState(); }; m() { return () => useA(); } }
     const k = new K(); k.f(); k.m()();`,
];

test('what is signed runs as it does behind Babel', async () => {
    for (const code of RUN) {
        const { code: ours } = await comparison.ours.ask(code, 'jsx');
        assert.deepEqual(observe(ours), observe(babel(code)), ours);
    }
});

test('a signature is another one when that of Babel is', async () => {
    const bodies = [
        'useState(0)',
        'useState(1)',
        'useState( 0 )',
        'const a = useState(0)',
        'const [b] = useState(0)',
        'useEffect(f)',
        'useEffect(g)',
        'useReducer(f, 1)',
        'useReducer(f, 2)',
        'useReducer(g, 1)',
        'useState(0); useEffect(f)',
        'useEffect(f); useState(0)',
        'React.useState(0)',
        'useMemo(0)',
    ];
    await agree(bodies.map((body) => `export function App() { ${body}; return <p/>; }`));
});
