/*
 * Packages meant for browsers, through /@deps in Chromium: each loads without an error and has the
 * exports that Node finds in the same files, where Node can import them.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Browser } from '../playground/harness.mjs';
import { browserProject, HERE, Project } from './harness.mjs';

const PACKAGES = `
@apollo/client @apollo/client/react @babel/parser @dnd-kit/core @emotion/react @emotion/styled
@floating-ui/react @headlessui/react @mui/material @opentelemetry/api @radix-ui/react-dialog
@radix-ui/react-dropdown-menu @reduxjs/toolkit @sentry/browser @supabase/supabase-js
@tanstack/react-query @tanstack/react-table @tanstack/react-virtual @trpc/client acorn ajv antd
async axios bcryptjs bluebird bn.js buffer chart.js class-variance-authority classnames clsx
cookie core-js/actual/promise create-react-class crypto-js d3 d3-array date-fns dayjs
dayjs/plugin/utc.js debug decimal.js dompurify downshift effect escodegen esprima eventemitter3
events formik framer-motion graphql handlebars highlight.js hono htm htmlparser2 i18next
iconv-lite immer immutable inherits is-even is-number is-odd joi jotai jquery js-yaml jszip
katex kleur ky lit lit/decorators.js lodash lodash-es lodash-es/map.js lodash/fp.js
lodash/map.js lru-cache lucide-react luxon magic-string markdown-it marked mathjs mime minimatch
mobx moment motion motion/react ms msw nanoid object-assign openai p-limit papaparse
path-browserify pdf-lib picocolors postcss preact preact/hooks prettier/standalone process
prop-types protobufjs qs ramda react react-dom react-dom/client react-dom/server react-hook-form
react-i18next react-is react-redux react-router react-router-dom react-select react/jsx-runtime
readable-stream recharts redux rxjs rxjs/operators safe-buffer scheduler semver socket.io-client
solid-js solid-js/web styled-components superjson svelte svelte/store swr tailwind-merge terser
three tslib typescript underscore use-sync-external-store use-sync-external-store/shim uuid
validator valtio vue web-vitals xstate yup zod zustand zustand/middleware
`
    .trim()
    .split(/\s+/)
    .sort();

const fileOf = (index) => `src/package-${index}.js`;

/** Packages, each for one question about what the browser gets. The module's default is compared. */
const CASES = {
    'a builtin of Node is a clear error, and of this import alone': {
        files: {},
        probe: 'import fs from "node:fs"; export default fs;',
        error: /node:fs/,
    },
    'a module that is broken fails those who import its names with its own error': {
        files: { '../src/broken.js': 'export const a = 1; export default 2; const = ;' },
        probe: 'import two, { a } from "./broken.js"; export default [two, a];',
        error: /broken\.js/,
    },
    'a package that is broken fails those who import its names with its own error': {
        files: {
            'b0/package.json': '{ "name": "b0", "type": "module" }',
            'b0/index.js': 'export const a = 1; const = ;',
        },
        probe: 'import { a } from "b0"; export default a;',
        error: /b0\/index\.js/,
    },
    'a builtin that a package imports fails when it is evaluated, and names both': {
        files: {
            'b1/package.json': '{ "name": "b1", "type": "module" }',
            'b1/index.js': 'import { readFileSync } from "fs"; export default readFileSync;',
        },
        probe: 'import it from "b1"; export default it;',
        error: /fs/,
    },
    'a builtin that a package requires fails where it is required': {
        files: {
            'b2/package.json': '{ "name": "b2" }',
            'b2/index.js':
                'exports.ok = 1; try { require("fs"); } catch (error) { exports.message = error.message; }',
        },
        probe: 'import { ok, message } from "b2"; export default [ok, /\\bfs\\b/.test(message)];',
        expect: [1, true],
    },
    'a browser map replaces a file, a package, and takes one away': {
        files: {
            'b3/package.json': JSON.stringify({
                name: 'b3',
                browser: {
                    './node.js': './web.js',
                    fs: false,
                    'b3-node': './shim.js',
                    './off.js': false,
                },
            }),
            'b3/index.js':
                'exports.all = [require("./node.js"), Object.keys(require("fs")), require("b3-node"), typeof require("./off.js")];',
            'b3/node.js': 'module.exports = "node";',
            'b3/web.js': 'module.exports = "web";',
            'b3/shim.js': 'module.exports = "shim";',
            'b3/off.js': 'module.exports = function () {};',
        },
        probe: 'import { all } from "b3"; export default all;',
        expect: ['web', [], 'shim', 'object'],
    },
    'a browser field that is a file, and the browser condition': {
        files: {
            'b4/package.json': '{ "name": "b4", "main": "main.js", "browser": "web.js" }',
            'b4/main.js': 'module.exports = "main";',
            'b4/web.js': 'module.exports = "web";',
            'b4-exports/package.json': JSON.stringify({
                name: 'b4-exports',
                exports: { browser: './web.js', node: './node.js', default: './main.js' },
            }),
            'b4-exports/web.js': 'exports.kind = "browser";',
            'b4-exports/node.js': 'exports.kind = "node";',
            'b4-exports/main.js': 'exports.kind = "default";',
        },
        probe: 'import a from "b4"; import { kind } from "b4-exports"; export default [a, kind];',
        expect: ['web', 'browser'],
    },
    'process.env.NODE_ENV is there without a process': {
        files: {
            'b5/package.json': '{ "name": "b5" }',
            'b5/index.js':
                'if (process.env.NODE_ENV === "production") { exports.env = "p"; } else { exports.env = process.env.NODE_ENV; }',
        },
        probe: 'import { env } from "b5"; export default env;',
        expect: 'development',
    },
    'an optional peer that is not there fails only where it is used': {
        files: {
            'b6/package.json': '{ "name": "b6" }',
            'b6/index.js': 'exports.use = () => require("b6-peer"); exports.ok = true;',
        },
        probe: `import { ok, use } from "b6"; let thrown; try { use(); } catch (error) { thrown = error; }
export default [ok, thrown.code, thrown.message.includes("b6-peer")];`,
        expect: [true, 'MODULE_NOT_FOUND', true],
    },
    'import() inside of a package, of its own file and of another package': {
        files: {
            'b7/package.json': '{ "name": "b7", "type": "module" }',
            'b7/index.js':
                'export const own = () => import("./own.js"); export const other = () => import("b7-other");',
            'b7/own.js': 'export default "own";',
            'b7-other/package.json': '{ "name": "b7-other" }',
            'b7-other/index.js': 'module.exports = { other: "other" };',
        },
        probe: `import { own, other } from "b7";
export default [(await own()).default, (await other()).other, (await other()).default.other];`,
        expect: ['own', 'other', 'other'],
    },
    'the default of a module with __esModule, for a bundler and for Node': {
        files: {
            'b8/package.json': '{ "name": "b8" }',
            'b8/index.js': 'exports.__esModule = true; exports.default = "inner";',
            'b8-plain/package.json': '{ "name": "b8-plain", "module": "index.js" }',
            'b8-plain/index.js': 'import it from "b8"; export default it;',
        },
        probe: 'import it from "b8"; import plain from "b8-plain"; export default [it.default, plain];',
        expect: ['inner', 'inner'],
    },
    'two packages in a cycle, in two chunks that import each other': {
        files: {
            'b9-a/package.json': '{ "name": "b9-a", "type": "module" }',
            'b9-a/index.js':
                'import { b } from "b9-b"; export const a = () => "a"; export const both = () => a() + b();',
            'b9-b/package.json': '{ "name": "b9-b", "type": "module" }',
            'b9-b/index.js': 'import { a } from "b9-a"; export const b = () => "b" + a();',
        },
        probe: 'import { both } from "b9-a"; import { b } from "b9-b"; export default [both(), b()];',
        expect: ['aba', 'ba'],
    },
    'top-level await in a package': {
        files: {
            'b10/package.json': '{ "name": "b10", "type": "module" }',
            'b10/index.js': 'import { v } from "./v.js"; export default v + 1;',
            'b10/v.js': 'export const v = await Promise.resolve(1);',
        },
        probe: 'import v from "b10"; export default v;',
        expect: 2,
    },
    'libraries for React show what they are for, with the React of the page': {
        files: { '../src/reactuses.mjs': readFileSync(`${HERE}/reactuses.mjs`, 'utf8') },
        probe: 'export { default } from "./reactuses.mjs";',
        expect: { problems: {}, colors: ['rgb(0, 0, 255)', 'rgb(0, 0, 255)'] },
    },
    'an image of a package by import.meta.url': {
        files: {
            'b11/package.json': '{ "name": "b11", "type": "module" }',
            'b11/index.js':
                'export default fetch(new URL("./data.svg", import.meta.url)).then((r) => r.text());',
            'b11/data.svg': '<svg/>',
        },
        probe: 'import text from "b11"; export default await text;',
        expect: '<svg/>',
    },
};

const CASE_NAMES = Object.keys(CASES);
const caseFile = (name) => `src/case-${CASE_NAMES.indexOf(name)}.js`;

/** What those import is something else in a browser, and has other names. */
const RESOLVES_OTHERWISE = new Set(['iconv-lite', 'vue']);

/** Names, and names together with the members of the default export, by file. */
const ORACLE = `process.on("uncaughtException", () => {});
const results = [];
for (const file of JSON.parse(process.argv[2])) {
    try {
        const namespace = await import(file);
        const names = Object.keys(namespace).filter((name) => namespace[name] !== undefined);
        const members = Object.getOwnPropertyNames(Object(namespace.default));
        results.push({ names, members: [...Object.keys(namespace), ...members] });
    } catch (error) {
        results.push({ error: String(error) });
    }
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
`;

let expected;
let project;
let server;
let browser;

before(async () => {
    const files = Object.fromEntries(
        PACKAGES.map((specifier, index) => [
            fileOf(index),
            `import * as namespace from ${JSON.stringify(specifier)};\n` +
                'export default Object.keys(namespace);\n',
        ]),
    );
    const base = browserProject('window.ready = true;\n');
    for (const name of CASE_NAMES) {
        files[caseFile(name)] = CASES[name].probe;
    }
    base['rwgraph.json'].environments.client.entries.push(...Object.keys(files));
    for (const [file, text] of CASE_NAMES.flatMap((name) => Object.entries(CASES[name].files))) {
        files[`node_modules/${file}`] = text;
    }
    project = await Project.make({ ...base, ...files, 'oracle.mjs': ORACLE });
    server = await project.start();
    const behind = await Promise.all(PACKAGES.map((_, index) => fileBehind(fileOf(index))));
    expected = project.node('oracle.mjs', [JSON.stringify(behind)]);
    browser = await Browser.open();
    await browser.page.goto(server.url);
    await browser.page.waitForFunction(() => window.ready, null, { timeout: 5000 });
});

after(async () => {
    await browser?.close();
    await project?.remove();
});

/** The default export of a module, or what is thrown. */
const load = (file) =>
    browser.page.evaluate(
        (url) =>
            import(url).then(
                async (module) => ({ result: await module.default }),
                (error) => ({ error: String(error?.message ?? error) }),
            ),
        `/${file}`,
    );

/** The file that a module's first import leads to. */
async function fileBehind(module) {
    const text = await (await fetch(`${server.url}/${module}`)).text();
    const id = /"\/@deps\/client([^"?]+)\?/.exec(text)[1];
    return id.startsWith('/@fs/') ? id.slice(4) : project.root + id;
}

for (const [index, specifier] of PACKAGES.entries()) {
    test(`${specifier} loads in a page`, async (t) => {
        browser.errors.length = 0;
        browser.failures.length = 0;
        const { result, error } = await load(fileOf(index));
        assert.equal(error, undefined, `${error}\n${browser.failures.join('\n')}`);
        assert.deepEqual(browser.errors, []);
        assert.deepEqual(browser.failures, []);
        const theirs = expected[index];
        if (theirs.error) {
            t.diagnostic(`Node cannot import it: ${theirs.error}`);
        } else if (!RESOLVES_OTHERWISE.has(specifier)) {
            const missing = theirs.names.filter((name) => !result.includes(name));
            const extra = result.filter((name) => !theirs.members.includes(name));
            assert.deepEqual({ missing, extra }, { missing: [], extra: [] });
        }
    });
}

for (const name of CASE_NAMES) {
    test(name, async () => {
        const { expect, error } = CASES[name];
        const ours = await load(caseFile(name));
        if (error) {
            assert.match(ours.error ?? 'no error', error);
        } else {
            assert.deepEqual(ours, { result: expect });
        }
    });
}
