/*
 * Comments that choose a JSX runtime for their file, with packages that people use: @emotion/react
 * and preact beside react. In the server's runtime, in what browsers get, and built.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { Server } from '../playground/harness.mjs';
import { NODE_CONDITIONS, Project } from './harness.mjs';

const PROGRAM = process.env.RWGRAPH_BIN;
const run = promisify(execFile);

const STYLED = "export const styled = <b css={{ color: 'red' }}>styled</b>;\n";

const FILES = {
    'rwgraph.json': {
        environments: {
            client: { entries: ['src/main.ts'], onlyEntries: true },
            ssr: { entries: ['src/none.ts'], onlyEntries: true },
            worker: {
                role: 'plain',
                entries: ['src/worker.ts'],
                onlyEntries: true,
                conditions: NODE_CONDITIONS,
            },
        },
    },
    'tsconfig.json': { compilerOptions: { jsx: 'react-jsx', target: 'es2022' } },
    'src/none.ts': 'export {};\n',
    'src/main.ts': "import { facts } from './facts';\nglobalThis.facts = facts;\n",
    'src/worker.ts': `import { facts } from './facts';
export default { fetch: () => Response.json(facts()) };
`,
    'src/facts.ts': `import { isValidElement as isReact } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { isValidElement as isPreact } from 'preact';
import { plain } from './plain';
import { styled } from './styled';
import { other } from './other';
import { named } from './named';
import * as folder from './folder/old';
import { required } from './required.cjs';

const elements: Record<string, any> = { plain, styled, other, named, ...folder, required };
const describe = (it: any) =>
    isReact(it) ? renderToStaticMarkup(it as any) : isPreact(it) ? 'preact ' + it.type : it;
export const facts = () =>
    Object.fromEntries(Object.entries(elements).map(([name, it]) => [name, describe(it)]));
`,
    'src/plain.tsx': 'export const plain = <b>plain</b>;\n',
    'src/styled.tsx': `/** @jsxImportSource @emotion/react */\n${STYLED}`,
    'src/other.jsx': '// @jsxImportSource preact\nexport const other = <><b>other</b></>;\n',
    'src/named.tsx': `'use strict';
/** @jsxRuntime classic */
/** @jsx make */
const make = (type: string, props: object | null, ...children: unknown[]) =>
    [type, props && Object.keys(props).filter((name) => !name.startsWith('__')), children];
export const named = <b id="x">named</b>;
`,
    'src/required.cjs': '/** @jsxImportSource preact */\nexports.required = <i>required</i>;\n',
    /* A folder whose tsconfig says classic. */
    'src/folder/tsconfig.json': { compilerOptions: { jsx: 'react', jsxFactory: 'make' } },
    'src/folder/old.tsx': `import { modern, preact } from './new';
const make = (type: string) => 'made ' + type;
export const old = <u>old</u>;
export { modern, preact };
`,
    'src/folder/new.tsx': `/** @jsxRuntime automatic */
export { preact } from './newer';
export const modern = <u>modern</u>;
`,
    'src/folder/newer.tsx':
        '/** @jsxImportSource preact */\nexport const preact = <u {...{}} key="k">new</u>;\n',
};

/** What the server says; its class names are a hash. */
const EXPECTED = {
    plain: '<b>plain</b>',
    styled:
        '<style data-emotion="css HASH">.css-HASH{color:red;}</style>' +
        '<b class="css-HASH">styled</b>',
    other: 'preact function',
    named: ['b', ['id'], ['named']],
    old: 'made u',
    modern: '<u>modern</u>',
    preact: 'preact u',
    required: 'preact i',
};

const normal = (facts) => ({
    ...facts,
    other: facts.other.replace(/^preact function[^]*|^preact \(?\w*\)? ?=>[^]*/, 'preact function'),
    styled: facts.styled.replace(/(css[ -])[a-z0-9]+(?=["{])/g, '$1HASH'),
});

const ask = async (server) => normal(await (await fetch(server.url)).json());

async function withProject(use) {
    const project = await Project.make(FILES);
    try {
        await use(project);
    } finally {
        await project.remove();
    }
}

test('each file is run with the JSX runtime that its comment names', async () => {
    await withProject(async (project) => {
        const server = await project.start();
        assert.deepEqual(await ask(server), EXPECTED);
    });
});

test('what is built is run with the same runtimes', async () => {
    await withProject(async (project) => {
        await run(PROGRAM, ['build', project.root]);
        const server = await Server.start(PROGRAM, ['preview', '--any-port', project.root]);
        project.servers.push(server);
        assert.deepEqual(await ask(server), EXPECTED);
    });
});

test('browsers get the runtime that the comment names', async () => {
    await withProject(async (project) => {
        const server = await project.start();
        const runtimes = async (file) => {
            const text = await (await fetch(server.url + file)).text();
            const found = text.matchAll(/"\/@deps\/[^"]*\/node_modules\/([^"]*?\/jsx[a-z-]*)[/.]/g);
            return [...found].map(([, name]) => name);
        };
        assert.deepEqual(await runtimes('/src/plain.tsx'), ['react/jsx-dev-runtime']);
        assert.deepEqual(await runtimes('/src/styled.tsx'), ['@emotion/react/jsx-dev-runtime']);
        assert.deepEqual(await runtimes('/src/other.jsx'), ['preact/jsx-runtime']); // its file
        assert.deepEqual(await runtimes('/src/named.tsx'), []);
        assert.deepEqual(await runtimes('/src/folder/old.tsx'), []);
        assert.deepEqual(await runtimes('/src/folder/new.tsx'), ['react/jsx-dev-runtime']);
        assert.deepEqual(await runtimes('/src/folder/newer.tsx'), ['preact/jsx-runtime']);
    });
});

test('an edit of the comment links another runtime', async () => {
    await withProject(async (project) => {
        const server = await project.start();
        assert.deepEqual(await ask(server), EXPECTED);
        const edit = async (head) => {
            const seen = server.line(/generation \d+/);
            await project.write({ 'src/styled.tsx': head + STYLED });
            await seen;
            const answer = await (await fetch(server.url)).json();
            return answer.styled ?? answer.error.message;
        };
        assert.equal(await edit('/** @jsxImportSource preact */\n'), 'preact b');
        assert.equal(await edit('\n'), '<b css="[object Object]">styled</b>');
        const missing = /src\/styled\.tsx:1: package nowhere is not in any node_modules/;
        assert.match(await edit('/** @jsxImportSource nowhere */\n'), missing);
        assert.equal(await edit('/** @jsxImportSource preact */\n'), 'preact b');
    });
});

test('a runtime that is not there is reported at its comment', async () => {
    await withProject(async (project) => {
        const text = '\n/** @jsxImportSource nowhere */\nexport const other = <b/>;\n';
        await project.write({ 'src/other.jsx': text });
        const failed = await run(PROGRAM, ['build', project.root]).catch((error) => error);
        assert.equal(failed.code, 1);
        const missing = /src\/other\.jsx:2: package nowhere is not in any node_modules/;
        assert.match(failed.stderr + failed.stdout, missing);
    });
});

test('a project with preact and without react needs no word about it', async () => {
    const make = `const make = (type) => 'preact ' + type;
export { make as jsx, make as jsxDEV };
`;
    const files = {
        'rwgraph.json': FILES['rwgraph.json'],
        'src/none.ts': 'export {};\n',
        'src/main.ts': 'export {};\n',
        'src/worker.ts': `import { element } from './element';
export default { fetch: () => new Response(element) };
`,
        'src/element.jsx': 'export const element = <b class="c"/>;\n',
        'node_modules/preact/package.json': { name: 'preact', type: 'module' },
        'node_modules/preact/jsx-runtime.js': make,
        'node_modules/preact/jsx-dev-runtime.js': make,
    };
    const project = await Project.make(files, { packages: false });
    try {
        const server = await project.start();
        assert.equal(await (await fetch(server.url)).text(), 'preact b');
        await run(PROGRAM, ['build', project.root]);
        const built = await Server.start(PROGRAM, ['preview', '--any-port', project.root]);
        project.servers.push(built);
        assert.equal(await (await fetch(built.url)).text(), 'preact b');
    } finally {
        await project.remove();
    }
});
