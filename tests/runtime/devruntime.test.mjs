/* `rwgraph dev` and its server runtime, on projects in temporary folders. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dev, project } from '../dev/harness.mjs';

const WORKER = 'export default { fetch: () => new Response(typeof WebSocketPair) };\n';
const open = async (t, files, args = []) =>
    Dev.start(await project(t, { 'src/worker.ts': WORKER, ...files }), args);

test('the terminal says which runtime it is and why, and how to get the other', async (t) => {
    const wrangler = { 'wrangler.jsonc': '{ "name": "app", "main": "src/worker.ts" }' };
    const dev = await open(t, wrangler);
    await dev.line(/^server environments run in Node: wrangler\.jsonc is there, but not workerd: add/);
    assert.match((await dev.answers('/', 200)).body, /undefined/);
    const asked = await open(t, wrangler, ['--runtime', 'node']);
    await asked.line(/^server environments run in Node: --runtime node$/);
});
