/*
 * Builds of one workspace at two paths are the same, byte by byte, also where the project takes
 * code, styles and files from packages beside it.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const FILES = {
    'package.json': '{ "private": true, "workspaces": ["app", "shared"] }',
    'shared/package.json': '{ "name": "shared", "type": "module", "exports": "./index.ts" }',
    'shared/index.ts': `import styles from './box.module.css';
import text from './note.txt?raw';
import { deep } from 'deep';
export const shared: string = [styles.box, text.trim(), deep].join(' ');
export const worker = () => new Worker(new URL('./work.ts', import.meta.url), { type: 'module' });
export const later = () => import('./later.ts');
`,
    'shared/later.ts': 'export const later: string = import.meta.url.slice(-9);\n',
    'shared/work.ts': 'postMessage(1 as number);\n',
    'shared/box.module.css': '.box {\n    background: url(./large.bin);\n}\n',
    'shared/large.bin': 'x'.repeat(5000),
    'shared/note.txt': 'a note\n',
    'node_modules/deep/package.json': '{ "name": "deep", "main": "index.js" }',
    'node_modules/deep/index.js': "exports.deep = 'deep ' + __filename;\n",
    'app/package.json': '{ "name": "app", "type": "module", "dependencies": { "shared": "*" } }',
    'app/rwgraph.json': JSON.stringify({
        environments: {
            client: { entries: ['client.ts'], onlyEntries: true },
            ssr: { entries: [], onlyEntries: true },
            worker: { entries: ['worker.ts'], onlyEntries: true },
        },
    }),
    'app/client.ts': "import { shared, worker } from 'shared';\nconsole.log(shared, worker);\n",
    'app/worker.ts': `import { later, shared } from 'shared';
import { near } from '../near.ts';
export default { fetch: async () => new Response([shared, near, (await later()).later].join('|')) };
`,
    'near.ts': "export const near: string = 'near';\n",
};

/** The workspace in a folder of its own, built. */
async function clone(name) {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), `rwgraph-${name}-`));
    for (const [file, text] of Object.entries(FILES)) {
        await fs.mkdir(path.dirname(path.join(root, file)), { recursive: true });
        await fs.writeFile(path.join(root, file), text);
    }
    await fs.symlink('../shared', path.join(root, 'node_modules/shared'));
    await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', path.join(root, 'app')]);
    return root;
}

async function contents(folder) {
    const entries = await fs.readdir(folder, { recursive: true });
    const files = [];
    for (const entry of entries.sort()) {
        const file = path.join(folder, entry);
        if ((await fs.stat(file)).isFile()) {
            files.push([entry, await fs.readFile(file, 'utf8')]);
        }
    }
    return Object.fromEntries(files);
}

describe('two clones', () => {
    const roots = [];

    before(async () => {
        roots.push(await clone('one'), await clone('the-other-and-longer'));
    });

    after(() => Promise.all(roots.map((root) => fs.rm(root, { recursive: true }))));

    test('give the same bytes, and none of them names a folder of the machine', async () => {
        const [one, other] = await Promise.all(
            roots.map((root) => contents(path.join(root, 'app/dist'))),
        );
        assert.deepEqual(one, other);
        assert.ok(Object.keys(one).some((name) => /large-\w{12}\.bin$/.test(name)));
        assert.ok(Object.keys(one).some((name) => /work-\w{12}\.js$/.test(name)));
        for (const [name, text] of Object.entries(one)) {
            assert.ok(!text.includes(os.tmpdir()), name);
        }
    });

    test('run', async () => {
        const built = await import(path.join(roots[0], 'app/dist/server/index.js'));
        const text = await (await built.default.fetch()).text();
        assert.match(text, /^box_\w{8} a note deep \/\.\.\/node_modules\/deep\/index\.js\|near\|\/later\.ts$/);
    });
});
