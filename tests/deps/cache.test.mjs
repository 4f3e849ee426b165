/*
 * What servers keep between starts is a cache: two may share it, one may be killed while it writes,
 * and where nothing can be written everything works and the server says so once.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';

import { artifactsOf, browserProject, crawl, Project } from './harness.mjs';

const MAIN = ['lodash-es', 'react-dom/client', 'rxjs', 'zod']
    .map((name, index) => `import * as m${index} from "${name}";\nexport { m${index} };\n`)
    .join('');

const CACHE = 'node_modules/.cache/rwgraph';

let expected;

/** Runs with a project of its own and removes it afterwards. */
async function withProject(run) {
    const project = await Project.make(browserProject(MAIN));
    try {
        await run(project);
    } finally {
        await project.remove();
    }
}

const artifacts = async (server) => artifactsOf(await crawl(server, '/src/main.js'));

async function kill(server) {
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
}

/** Gives every folder and file of a project, but for linked packages, these permissions. */
async function changeModes(root, folders, files) {
    for (const entry of await fs.readdir(root, { recursive: true, withFileTypes: true })) {
        if (!entry.isSymbolicLink()) {
            const mode = entry.isDirectory() ? folders : files;
            await fs.chmod(path.join(entry.path, entry.name), mode);
        }
    }
    await fs.chmod(root, folders);
}

/** Lines that say that something is wrong with what is kept. */
const complaints = (server) =>
    server.lines.filter((line) => /anew|cannot be|could not|error|damaged|ignored/i.test(line));

before(() =>
    withProject(async (project) => {
        expected = await artifacts(await project.start(['--no-cache']));
        assert.ok(expected.size > 8);
    }),
);

test('two servers share a cache folder, and give the same artifacts', () =>
    withProject(async (project) => {
        const servers = await Promise.all([project.start(), project.start()]);
        const both = await Promise.all(servers.map(artifacts));
        assert.deepEqual(both, [expected, expected]);
        await Promise.all(servers.map((server) => server.stop()));
        const third = await project.start();
        assert.deepEqual(await artifacts(third), expected);
        assert.deepEqual([...servers, third].flatMap(complaints), []);
    }));

test('a server that is killed while it compiles leaves a cache that the next one can use', () =>
    withProject(async (project) => {
        for (const share of [0.2, 0.5, 0.8, 1]) {
            const server = await project.start();
            const urls = [...expected.keys()].slice(0, Math.ceil(expected.size * share));
            await Promise.race(urls.map((url) => fetch(server.url + url).then((r) => r.text())));
            await kill(server);
        }
        const server = await project.start();
        assert.deepEqual(await artifacts(server), expected);
        assert.deepEqual(complaints(server), []);
    }));

test('a cache that is damaged in the middle is begun anew, or not used', () =>
    withProject(async (project) => {
        const first = await project.start();
        await artifacts(first);
        await first.stop();
        for (const name of await fs.readdir(path.join(project.root, CACHE))) {
            const file = path.join(project.root, CACHE, name);
            const bytes = await fs.readFile(file);
            bytes.fill(0xa5, Math.floor(bytes.length / 4), Math.floor(bytes.length / 2));
            await fs.writeFile(file, bytes);
        }
        const second = await project.start();
        assert.deepEqual(await artifacts(second), expected);
        await second.stop();
        const third = await project.start();
        assert.deepEqual(await artifacts(third), expected);
        await third.stop();
        const last = await project.start();
        assert.deepEqual(await artifacts(last), expected);
        assert.deepEqual(complaints(last), []);
    }));

test('where there can be no cache folder everything works, and the server says so once', () =>
    withProject(async (project) => {
        await fs.writeFile(path.join(project.root, 'node_modules/.cache'), 'a file');
        const server = await project.start();
        assert.deepEqual(await artifacts(server), expected);
        const said = server.lines.filter((line) => /nothing is kept/.test(line));
        assert.equal(said.length, 1, server.output());
    }));

test('in a read-only project everything works, and the server says so once', () =>
    withProject(async (project) => {
        // For root no folder is read-only.
        const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
        const under = process.getuid() === 0 ? nobody : [];
        for (const fill of [false, true]) {
            if (fill) {
                const first = await project.start();
                await artifacts(first);
                await first.stop();
            }
            await changeModes(project.root, 0o555, 0o444);
            const server = await project.start([], { under });
            assert.deepEqual(await artifacts(server), expected);
            const said = server.lines.filter((line) => /nothing is kept/.test(line));
            assert.equal(said.length, 1, server.output());
            await server.stop();
            await changeModes(project.root, 0o755, 0o644);
        }
    }));

test('a disk that is full while the cache is written takes nothing away, and that is said once', () =>
    withProject(async (project) => {
        // No file may become larger than 256 KB, as far as this process and its children write.
        const limits = ['sh', '-c', 'trap "" XFSZ; ulimit -f 512; exec "$@"', 'sh'];
        const server = await project.start([], { under: limits });
        assert.deepEqual(await artifacts(server), expected);
        await server.stop();
        const said = server.lines.filter((line) => /transform\.db cannot be written/.test(line));
        assert.equal(said.length, 1, server.output());
        const next = await project.start();
        assert.deepEqual(await artifacts(next), expected);
    }));
