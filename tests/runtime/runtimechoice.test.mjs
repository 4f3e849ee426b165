/* Which runtime a project gets without being asked. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { chooseRuntime, findWorkerd } from '../../bundler/runtime/runtimechoice.mjs';

const ARCH = { x64: '64', arm64: 'arm64' }[process.arch];
const BINARY = `@cloudflare/workerd-${process.platform}-${ARCH}`;

/** A project with these files; packages are named by where they are. */
function project(t, files, packages = []) {
    const root = mkdtempSync(join(tmpdir(), 'rwgraph-choice-'));
    t.after(() => rmSync(root, { recursive: true }));
    const all = { 'package.json': '{}', ...files };
    for (const each of packages) {
        all[`${each}/package.json`] = '{}';
        if (each.endsWith(BINARY)) {
            all[`${each}/bin/workerd`] = '';
        }
    }
    for (const [name, text] of Object.entries(all)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
    }
    return root;
}

test('a project without a wrangler file runs in Node, whatever its packages', (t) => {
    const root = project(t, {}, [`node_modules/${BINARY}`]);
    const choice = { runtime: 'node', why: 'the project has no wrangler file' };
    assert.deepEqual(chooseRuntime(root, 'auto'), choice);
});

test('a wrangler file of any kind, with workerd beside it, means workerd', (t) => {
    for (const name of ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml']) {
        const root = project(t, { [name]: '' }, [`node_modules/${BINARY}`]);
        const why = `the project has ${name} and workerd`;
        assert.deepEqual(chooseRuntime(root, 'auto'), { runtime: 'workerd', why });
    }
});

test('a wrangler file without workerd means Node, and how to get workerd is said', (t) => {
    const { runtime, why } = chooseRuntime(project(t, { 'wrangler.toml': '' }), 'auto');
    assert.equal(runtime, 'node');
    assert.match(why, /wrangler\.toml is there, but not workerd: add the package "workerd"/);
});

test('who names a runtime gets it', (t) => {
    const root = project(t, { 'wrangler.json': '' }, [`node_modules/${BINARY}`]);
    assert.deepEqual(chooseRuntime(root, 'node'), { runtime: 'node', why: '--runtime node' });
    const bare = project(t, {});
    assert.equal(chooseRuntime(bare, 'workerd').runtime, 'workerd');
});

test('workerd is found where wrangler brings it and packages are not hoisted', (t) => {
    const wrangler = 'node_modules/wrangler';
    const workerd = `${wrangler}/node_modules/workerd`;
    const binary = `${workerd}/node_modules/${BINARY}`;
    const root = project(t, { [`${workerd}/workerd.capnp`]: '' }, [wrangler, workerd, binary]);
    const found = findWorkerd(root);
    assert.equal(found.binary, join(root, binary, 'bin/workerd'));
    assert.equal(found.schema, join(root, workerd, 'workerd.capnp'));
    assert.equal(findWorkerd(project(t, {})), null);
});
