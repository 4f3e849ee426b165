/*
 * How modules of different kinds see each other, in the server's runtime: as in Node.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { nodeProject, probe, Project } from './harness.mjs';
import { CASES, probeText } from './interop.mjs';

const NAMES = Object.keys(CASES);
const fileOf = (name) => `probe-${NAMES.indexOf(name)}.js`;

const ORACLE = `const results = {};
for (const [name, file] of JSON.parse(process.argv[2])) {
    try {
        results[name] = { result: await (await import("./src/" + file)).default };
    } catch (error) {
        results[name] = { error: String(error) };
    }
}
process.stdout.write(JSON.stringify(results));
`;

let project;
let server;
let expected;

before(async () => {
    const probes = NAMES.map((name) => [fileOf(name), probeText(CASES[name])]);
    const files = NAMES.flatMap((name) => Object.entries(CASES[name].files));
    project = await Project.make(
        {
            ...nodeProject(Object.fromEntries(probes)),
            ...Object.fromEntries(files.map(([file, text]) => [`node_modules/${file}`, text])),
            'oracle.mjs': ORACLE,
        },
        { packages: false },
    );
    const asked = NAMES.filter((name) => !('expect' in CASES[name]));
    expected = project.node('oracle.mjs', [
        JSON.stringify(asked.map((name) => [name, fileOf(name)])),
    ]);
    server = await project.start();
});

after(() => project?.remove());

for (const name of NAMES) {
    test(name, async () => {
        const ours = await probe(server, fileOf(name));
        const theirs = 'expect' in CASES[name] ? { result: CASES[name].expect } : expected[name];
        assert.equal(theirs.error, undefined);
        assert.equal(ours.error, undefined, ours.stack);
        assert.deepEqual(ours.result, theirs.result);
    });
}
