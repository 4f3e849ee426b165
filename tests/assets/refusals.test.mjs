/*
 * What cannot be built is refused: the file, what is wrong, and what helps.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
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

/** What a build of the project with these files says when it fails. */
async function refusal(files) {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'rwgraph-refusal-'));
    try {
        for (const [name, text] of Object.entries({ ...PROJECT, ...files })) {
            await fs.writeFile(path.join(root, name), text);
        }
        const build = promisify(execFile)(process.env.RWGRAPH_BIN, ['build', root]);
        const { code, stderr } = await build.catch((error) => error);
        assert.equal(code, 1, stderr);
        assert.deepEqual(await fs.readdir(path.join(root, 'dist')), []);
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
