/*
 * The nearest tsconfig governs: what it says of JSX, classes, decorators and imports holds for its
 * own folder, in what is served and in what is built. What is built is run.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { Dev, imports, project } from './harness.mjs';

const run = promisify(execFile);

const tsconfig = (options, more = {}) => JSON.stringify({ ...more, compilerOptions: options });
const inherited = { extends: '../../tsconfig.json' };

/** A package with a JSX runtime whose elements say whose they are. */
const runtime = (name, folder = '') => {
    const where = `${folder}node_modules/${name}`;
    const code = `const make = (type) => "${name} " + type;
export { make as jsx, make as jsxs, make as jsxDEV };
export const Fragment = "fragment";
`;
    return {
        [`${where}/package.json`]: `{ "name": "${name}", "type": "module" }`,
        [`${where}/jsx-runtime.js`]: code,
        [`${where}/jsx-dev-runtime.js`]: code,
    };
};

/** Says which element it made, how a decorator was called, whether fields are defined. */
const probe = (jsx) => `
const calls: number[] = [];
const decorate: any = (...args: any[]) => void calls.push(args[1]?.kind ? 0 : args.length);
class Base {
    assigned = false;
    set field(value: number) {
        this.assigned = true;
    }
}
class Probe extends Base {
    // @ts-ignore
    field = 1;
    @decorate method() {}
}
export const element = ${jsx};
export const legacy = calls[0] !== 0;
export const assigned = new Probe().assigned;
`;

const FILES = {
    'index.html': '<script type="module" src="/src/main.ts"></script>',
    'tsconfig.json': tsconfig({ jsx: 'react-jsx', jsxImportSource: 'red', target: 'es2022' }),
    'src/main.ts': `import * as blue from './blue/probe';
import * as classic from './classic/probe';
import * as deep from './deep/probe';
import { Plain } from './blue/plain';
import * as red from './red';
import './verbatim/user';
import './blue/user';
globalThis.report = {
    red: { ...red }, blue: { ...blue }, classic: { ...classic }, deep: { ...deep },
    plain: new Plain().assigned, sides: globalThis.sides,
};
`,
    'src/red.tsx': probe('<a/>'),
    'src/blue/tsconfig.json': tsconfig(
        { jsxImportSource: 'blue', experimentalDecorators: true, useDefineForClassFields: false },
        inherited,
    ),
    'src/blue/probe.tsx': probe('<b/>'),
    'src/blue/plain.js': `class Base {
    assigned = false;
    set field(value) {
        this.assigned = true;
    }
}
export class Plain extends Base {
    field = 1;
}
`,
    'src/blue/user.ts': "import { T } from '../other';\nexport const x = {} as T;\n",
    'src/classic/tsconfig.json': tsconfig({ jsx: 'react', jsxFactory: 'h' }, inherited),
    'src/classic/probe.tsx': `const h = (type: string) => 'h ' + type;\n${probe('<c/>')}`,
    'src/deep/tsconfig.json': tsconfig({ jsxImportSource: 'green' }, inherited),
    'src/deep/probe.tsx': probe('<d/>'),
    'src/verbatim/tsconfig.json': tsconfig({ verbatimModuleSyntax: true }, inherited),
    'src/verbatim/user.ts': "import { T } from '../side';\nexport const x = {} as T;\n",
    'src/other.ts': '(globalThis.sides ??= []).push("other");\nexport class T {}\n',
    'src/side.ts': '(globalThis.sides ??= []).push("side");\nexport class T {}\n',
    ...runtime('red'),
    ...runtime('blue'),
    ...runtime('green', 'src/deep/'),
};

test('each folder is compiled as its own tsconfig says', async (t) => {
    const root = await project(t, FILES);
    await run(process.env.RWGRAPH_BIN, ['build', root]);
    const assets = path.join(root, 'dist/client/assets');
    const [bundle] = (await fs.readdir(assets)).filter((name) => name.endsWith('.js'));
    await import(pathToFileURL(path.join(assets, bundle)));
    assert.deepEqual(globalThis.report, {
        red: { element: 'red a', legacy: false, assigned: false },
        blue: { element: 'blue b', legacy: true, assigned: true },
        classic: { element: 'h c', legacy: false, assigned: false },
        deep: { element: 'green d', legacy: false, assigned: false },
        plain: false,
        sides: ['side'],
    });
});

test('each folder is served with the JSX runtime that its own tsconfig names', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const packages = async (file) =>
        imports(await dev.text(file)).filter((url) => url.startsWith('/@deps/'));
    const of = {
        '/src/red.tsx': 'red',
        '/src/blue/probe.tsx': 'blue',
        '/src/deep/probe.tsx': 'green',
    };
    for (const [file, name] of Object.entries(of)) {
        const [url, ...others] = await packages(file);
        assert.ok(url.includes(`node_modules/${name}/jsx-dev-runtime.js`), url);
        assert.deepEqual(others, []);
    }
    assert.deepEqual(await packages('/src/classic/probe.tsx'), []);
});

test('an edited tsconfig governs from then on', async (t) => {
    const root = await project(t, FILES);
    const dev = await Dev.start(root);
    assert.match(await dev.text('/src/blue/probe.tsx'), /blue\/jsx-dev-runtime/);
    await fs.writeFile(
        path.join(root, 'src/blue/tsconfig.json'),
        tsconfig({ jsxImportSource: 'green' }, inherited),
    );
    await fs.cp(
        path.join(root, 'src/deep/node_modules/green'),
        path.join(root, 'node_modules/green'),
        { recursive: true },
    );
    let text;
    do {
        text = await dev.text('/src/blue/probe.tsx').catch(() => '');
    } while (!text.includes('green/jsx-dev-runtime'));
    assert.match(text, /green\/jsx-dev-runtime/);
});
