/*
 * JSX in the corners, run: what `rwgraph transform` makes of an element is evaluated with functions
 * that only note how they are called, beside what TypeScript and esbuild make of it. Where the two
 * differ, one of them has to be met.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import vm from 'node:vm';

import esbuild from 'esbuild';
import ts from 'typescript';

/** Which options mean the same to each. */
const MODES = {
    automatic: {
        ours: ['--jsx=automatic'],
        typescript: { jsx: ts.JsxEmit.ReactJSX },
        esbuild: { jsx: 'automatic' },
    },
    dev: {
        ours: ['--jsx=automatic', '--jsx-dev'],
        typescript: { jsx: ts.JsxEmit.ReactJSXDev },
        esbuild: { jsx: 'automatic', jsxDev: true },
    },
    classic: {
        ours: ['--jsx=classic'],
        typescript: { jsx: ts.JsxEmit.React },
        esbuild: { jsx: 'transform' },
    },
};

const ELEMENTS = {
    names: [
        '<div/>',
        '<A/>',
        '<B.C/>',
        '<B.d/>',
        '<this.x/>',
        '<a-b c-d="e"/>',
        '<x:y z:w="1"/>',
        '<svg xlink:href="#a"/>',
        '<A<string> b="c"/>',
        '<React.Fragment key="k">a</React.Fragment>',
    ],
    attributes: [
        '<div a b="c" d={1}/>',
        '<div class="a" for="b" data-x aria-y="z"/>',
        `<div a='it"s'/>`,
        `<div a="it's"/>`,
        '<div a="line\n  two"/>',
        '<div a="x\r\n y"/>',
        '<div a="a\\nb"/>',
        '<div a="{x}" b={"c"} c={`t${x}`}/>',
        '<A b=<i/> />',
        '<A b=<>t</> />',
        '<A b={x ? <i/> : <b/>}/>',
        '<A b={x as any} c={x!} d={x satisfies any}/>',
        '<div a={[1, 2]} b={{ c: 1 }}/>',
        '<div children="c"/>',
        '<div children="c">d</div>',
        '<A ref={x} __self="1" __source="2"/>',
        '<div // c\n a/* d */="b" /* e */ />',
    ],
    entities: [
        '<div a="&amp;&lt;&nbsp;&copy;&#65;&#x41;&bogus;&"/>',
        '<div a="&#10;&quot;&apos;"/>',
        '<div>&amp; &lt;b&gt; &nbsp;&copy;&#65;&#x1F600;&bogus; &</div>',
        '<div>&#10;</div>',
        '<div>a &lt;\n&gt; b</div>',
        '<div>😀&#128512;</div>',
        '<div>a\\nb</div>',
    ],
    texts: [
        '<div>\n  text\n  more\n</div>',
        '<div> a </div>',
        '<div>\n</div>',
        '<div>  </div>',
        '<div>{" "}</div>',
        '<div> {x} </div>',
        '<div>\n {x}\n {s}\n</div>',
        '<div>a{x}b</div>',
        '<div>a\n  {x}  b\n  c</div>',
        '<div>\t a \t</div>',
        '<div>a\u00a0\n</div>',
        '<div>\u2028a\u2028</div>',
        '<div>\r\n a\r\n b\r\n</div>',
        '<div>\f a</div>',
        '<div>{x}\n\n\n{s}</div>',
        '<div>a  {"  "}  b</div>',
        '<div>"quoted" \'single\' `tick` ${x} // no comment /* nor */</div>',
    ],
    children: [
        '<div>{/* c */}</div>',
        '<div>{/* c */}a</div>',
        '<div>{}</div>',
        '<div>{...list}</div>',
        '<div>{...list}{x}</div>',
        '<div>{x}{...list}</div>',
        '<A>{() => <i/>}</A>',
        '<A>{f(<i/>)}</A>',
        '<div>{x && <i/>}</div>',
        '<div>{list.map((i) => <i key={i}>{i}</i>)}</div>',
        '<></>',
        '<>a</>',
        '<>a{x}</>',
        '<A><></></A>',
        '<A><B.C/>{x}<>{s}</></A>',
        '<div>{"a"}{"b"}</div>',
        '<div>{[<i key="1"/>, <b key="2"/>]}</div>',
        '<div {...p}>d</div>',
    ],
    spreads: [
        '<div {...p}/>',
        '<div {...p} {...q}/>',
        '<div a {...p} b/>',
        '<div {.../* c */p}/>',
        '<div {...{ a: 1, ...q }} b/>',
        '<div {...{ __proto__: q }}/>',
        '<div {...null}/>',
        '<div {...(x ? p : q)}/>',
    ],
    keys: [
        '<div key="k"/>',
        '<div key={x} a/>',
        '<div key/>',
        '<div key={undefined}/>',
        '<div {...p} key="k"/>',
        '<div key="k" {...p}/>',
        '<div {...p} key="k" a={1}>c</div>',
        '<div a {...p} key="k">{x}{s}</div>',
        '<div {...{ key: "o" }}/>',
    ],
};

const PRAGMAS = [
    '/** @jsx h */',
    '/* @jsx h */',
    '// @jsx h',
    '/**\n * @jsx h\n */',
    '/** @jsx h */ /** @jsxFrag F */',
    '/** @jsxRuntime classic */',
    '/** @jsxRuntime classic @jsx h @jsxFrag F */',
    '/** @jsxRuntime automatic */',
    '/** @jsxImportSource preact */',
];

class Ours {
    constructor(args) {
        this.child = spawn(process.env.RWGRAPH_BIN, ['transform', '--json-lines', ...args], {
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    }

    async ask(code) {
        this.child.stdin.write(`${JSON.stringify({ code, lang: 'tsx', path: '/a.tsx' })}\n`);
        return JSON.parse((await this.lines.next()).value);
    }
}

/** The module's default export, as text in which each call says what it was called with. */
function evaluate(code) {
    const note =
        (kind) =>
        (...args) => ({ kind, args });
    const react = { createElement: note('createElement'), Fragment: 'Fragment' };
    const runtime = {
        jsx: note('jsx'),
        jsxs: note('jsxs'),
        jsxDEV: note('jsxDEV'),
        Fragment: 'Fragment',
    };
    const module = { exports: {} };
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ESNext };
    vm.runInNewContext(ts.transpileModule(code, { compilerOptions: options }).outputText, {
        module,
        exports: module.exports,
        require: (name) => (name === 'react' ? react : runtime),
        React: react,
        h: note('h'),
        F: 'F',
        A: 'A',
        B: { C: 'B.C', d: 'B.d' },
        f: (value) => value,
        list: [1, 2],
        p: { x: 1, key: 'of p', children: 'children of p' },
        q: { y: 2 },
        s: 's',
        x: 1,
    });
    const shown = (_, value) =>
        value === undefined ? 'undefined' : typeof value === 'function' ? 'function' : value;
    return JSON.stringify(module.exports.default, shown).replace(/,"undefined"(?=\])/g, '');
}

/** What one side makes of it, and whether it takes it at all. */
function outcome(make) {
    try {
        return evaluate(make());
    } catch {
        return 'refused';
    }
}

const programs = {};
before(() => {
    for (const [mode, { ours }] of Object.entries(MODES)) {
        programs[mode] = new Ours(ours);
    }
});
after(() => Object.values(programs).forEach(({ child }) => child.stdin.end()));

async function agree(mode, code) {
    const answer = await programs[mode].ask(code);
    const actual = outcome(() => {
        assert.ok(!answer.error);
        return answer.code;
    });
    const byTypeScript = outcome(() => {
        const compilerOptions = { ...MODES[mode].typescript, target: ts.ScriptTarget.ESNext };
        const options = { fileName: '/a.tsx', reportDiagnostics: true, compilerOptions };
        const { outputText, diagnostics } = ts.transpileModule(code, options);
        assert.deepEqual(diagnostics, []);
        return outputText;
    });
    const byEsbuild = outcome(() => {
        const options = { loader: 'tsx', sourcefile: '/a.tsx', logLevel: 'silent' };
        return esbuild.transformSync(code, { ...options, ...MODES[mode].esbuild }).code;
    });
    if (actual !== byTypeScript) {
        assert.equal(actual, byEsbuild, `${mode}: ${code}`);
    }
}

for (const mode of Object.keys(MODES)) {
    for (const [what, elements] of Object.entries(ELEMENTS)) {
        test(`${what} mean the same: ${mode}`, async () => {
            for (const element of elements) {
                await agree(mode, `export default ${element};`);
            }
        });
    }
}

for (const mode of ['automatic', 'classic']) {
    test(`comments choose the same functions: ${mode}`, async () => {
        for (const pragma of PRAGMAS) {
            for (const element of ['<a b="c">d</a>', '<>e</>', '<a {...p} key="k"/>']) {
                await agree(mode, `${pragma}\nexport default ${element};`);
            }
        }
    });
}
