/*
 * What cannot be built is refused: the file, what is wrong, and what helps.
 */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const PROJECT = {
    'package.json': '{ "type": "module" }',
    'rwgraph.json': JSON.stringify({
        environments: {
            client: { entries: ['client.js'], onlyEntries: true },
            ssr: { entries: [], onlyEntries: true },
            worker: { entries: ['worker.js'], onlyEntries: true },
        },
    }),
    'client.js': '',
    'worker.js': 'export default { fetch: () => new Response() };\n',
    'w.js': 'postMessage(1);\n',
};

/** What a build of the project with these files says when it fails; what was built before stays. */
async function refusal(files, { args = [], status = 1 } = {}) {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-refusal-'));
    try {
        const all = { ...PROJECT, 'dist/client/kept.txt': 'built before', ...files };
        for (const [name, text] of Object.entries(all)) {
            await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
            await fs.writeFile(path.join(root, name), text);
        }
        const before = await fs.readdir(root, { recursive: true });
        const build = promisify(execFile)(process.env.RWGRAPH_BIN, ['build', ...args, root]);
        const { code, stderr } = await build.catch((error) => error);
        assert.equal(code, status, stderr);
        assert.deepEqual(await fs.readdir(root, { recursive: true }), before);
        return stderr;
    } finally {
        await fs.rm(root, { recursive: true });
    }
}

test('a worker that is part of its own code', async () => {
    const said = await refusal({
        'client.js': "import W from './self.js?worker&inline';\nnew W();\n",
        'self.js': "import W from './self.js?worker&inline';\nexport const again = () => new W();\n",
    });
    assert.match(said, /\/self\.js: a worker cannot be part of its own code; import it without &inline/);
});

test("a worker's address that only the server names", async () => {
    const said = await refusal({
        'worker.js': "import address from './w.js?worker&url';\nexport default { address };\n",
    });
    assert.match(said, /\/w\.js: only server code names this worker of browsers; name it in/);
});

test('values that are not there, and values that are made of each other', async () => {
    const said = await refusal({
        'client.js': "import './a.module.css';\nimport './c.module.css';\n",
        'a.module.css': '@value gone from "./b.module.css";\n.a { color: gone }\n',
        'b.module.css': '@value here: red;\n',
        'c.module.css': '@value x from "./d.module.css";\n.c { color: x }\n',
        'd.module.css': '@value x from "./c.module.css";\n',
    });
    assert.match(said, /\/b\.module\.css: there is no @value gone/);
    assert.match(said, /values of stylesheets are made of each other/);
});

test('a worker that imports what is not there', async () => {
    const said = await refusal({
        'client.js': "new Worker(new URL('./w.js', import.meta.url), { type: 'module' });\n",
        'w.js': "import './gone.js';\n",
    });
    assert.match(said, /w\.js:1: .*gone/);
});

test('a folder to write that the project is built of', async () => {
    const said = await refusal(
        { 'client.js': "import './src/part.js';\n", 'src/part.js': '' },
        { args: ['--out-dir', 'src'], status: 2 },
    );
    assert.match(said, /src: holds src\/part\.js, of which the project is built; choose another folder/);
});

test('a folder to write that has to do with public files', async () => {
    for (const folder of ['public', 'public/built']) {
        const said = await refusal(
            { 'public/free.txt': '' },
            { args: ['--out-dir', folder], status: 2 },
        );
        assert.match(said, /public.*: has to do with the folder of public files; choose another/);
    }
});

test('a page whose inline script names what is not there, or what only a file can', async () => {
    const script = (text) => `<script type="module">\n${text}\n</script>`;
    const said = await refusal({
        'index.html': `<p>\n${script("import './gone.js';")}\n${script("import text from './w.js?raw';")}`,
    });
    assert.match(said, /\/index\.html:2: the inline script names "\.\/gone\.js", which is not there/);
    assert.match(said, /\/index\.html:5: the inline script names "\.\/w\.js\?raw", .*name that with src/);
});

test('a package that imports what is not there is built all the same, and told', async () => {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-package-'));
    try {
        const files = {
            ...PROJECT,
            'client.js': "import 'packed';\n",
            'node_modules/packed/package.json': '{ "name": "packed", "module": "index.js" }',
            'node_modules/packed/index.js':
                "import 'gone';\nexport const get = () => require('perhaps');\nimport('later');\n",
        };
        for (const [name, text] of Object.entries(files)) {
            await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
            await fs.writeFile(path.join(root, name), text);
        }
        const { stderr } = await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
        assert.match(stderr, /Cannot find "gone", imported from node_modules\/packed\/index\.js/);
        assert.match(stderr, /built all the same/);
        assert.doesNotMatch(stderr, /perhaps|later/);
    } finally {
        await fs.rm(root, { recursive: true });
    }
});

test('what a build that was killed has left behind goes with the next one', async () => {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-killed-'));
    try {
        const killed = spawn(process.execPath, ['-e', '']);
        await once(killed, 'exit');
        const left = path.join(root, `.dist.rwgraph-${killed.pid}`);
        const running = path.join(root, `.dist.rwgraph-${process.pid}`);
        for (const folder of [left, running]) {
            await fs.mkdir(path.join(folder, 'client'), { recursive: true });
        }
        for (const [name, text] of Object.entries(PROJECT)) {
            await fs.writeFile(path.join(root, name), text);
        }
        await promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
        const names = (await fs.readdir(root)).filter((name) => name.includes('dist'));
        assert.deepEqual(names.sort(), [path.basename(running), 'dist'].sort());
    } finally {
        await fs.rm(root, { recursive: true });
    }
});

test('a folder in which nothing says where to begin', async () => {
    const said = await refusal({ 'rwgraph.json': '{}', 'package.json': '{}' }, { status: 2 });
    assert.match(said, /there is nothing to build: no index\.html, no "main" in a wrangler file, no "entries"/);
});
