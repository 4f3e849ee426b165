/*
 * The namespaces of npm packages in a server environment that resolves as Node does equal those of
 * Node's own import().
 *
 * Two differences are by design (bundler/runtime/PROTOCOL.md, 2.3), both of CommonJS modules. Node
 * names those exports that it finds without running the module; we also name the members that
 * module.exports turns out to have, and do not name what it turns out to lack. Every other difference has its reason in differences.json.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { HERE, nodeProject, probe, Project } from './harness.mjs';
import { SPECIFIERS } from './packages.mjs';

const DIFFERENCES = JSON.parse(readFileSync(path.join(HERE, 'differences.json'), 'utf8'));

const fileOf = (index) => `probe-${index}.js`;

// A package that does not work in Node may also throw where nobody waits for it.
const ORACLE = `process.on("uncaughtException", () => {});
const results = [];
for (const file of JSON.parse(process.argv[2])) {
    results.push(
        await import("./src/" + file).then(
            (module) => ({ result: module.default }),
            (error) => ({ error: String(error) }),
        ),
    );
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
`;

/** Libraries for servers at work. */
const USES = 'nodeuses.mjs';

const USES_ORACLE = `const { default: results } = await import("./src/${USES}");
process.stdout.write(JSON.stringify(results), () => process.exit(0));
`;

let project;
let server;
let expected;

before(async () => {
    const probes = Object.fromEntries(
        SPECIFIERS.map((specifier, index) => [
            fileOf(index),
            `import * as namespace from ${JSON.stringify(specifier)};\n` +
                'import { shapeOf } from "./shape.mjs";\nexport default shapeOf(namespace);\n',
        ]),
    );
    probes[USES] = readFileSync(path.join(HERE, USES), 'utf8');
    project = await Project.make({
        ...nodeProject(probes),
        'src/shape.mjs': readFileSync(path.join(HERE, 'shape.mjs'), 'utf8'),
        'oracle.mjs': ORACLE,
        'uses.mjs': USES_ORACLE,
    });
    expected = project.node('oracle.mjs', [JSON.stringify(SPECIFIERS.map((_, i) => fileOf(i)))]);
    server = await project.start();
});

after(() => project?.remove());

/** What differs, a line each. */
function differences(ours, theirs) {
    const lines = [];
    for (const part of ['exports', 'default']) {
        const a = new Map(Object.entries(ours[part] ?? {}));
        const b = new Map(Object.entries(theirs[part] ?? {}));
        for (const name of new Set([...a.keys(), ...b.keys()])) {
            const isMember = !b.has(name) && Object.hasOwn(theirs.default ?? {}, name);
            const isLacking = !a.has(name) && b.get(name) === 'undefined';
            if (a.get(name) !== b.get(name) && !(part === 'exports' && (isMember || isLacking))) {
                const [mine, other] = [a, b].map((each) => each.get(name) ?? 'absent');
                lines.push(`${part}.${name}: ${mine}, in Node ${other}`);
            }
        }
    }
    return lines.sort();
}

for (const [index, specifier] of SPECIFIERS.entries()) {
    test(`${specifier} has the namespace that Node gives it`, async (t) => {
        const theirs = expected[index];
        const ours = await probe(server, fileOf(index));
        if (theirs.error) {
            t.diagnostic(`Node cannot import it: ${theirs.error}`);
            assert.ok(ours.result || ours.error);
            return;
        }
        assert.equal(ours.error, undefined, ours.stack);
        const found = differences(ours.result, theirs.result);
        const known = DIFFERENCES[specifier]?.lines ?? [];
        assert.deepEqual(found, known);
    });
}

test('libraries for servers do what they do in Node', async () => {
    const theirs = project.node('uses.mjs');
    const ours = await probe(server, USES);
    assert.equal(ours.error, undefined, ours.stack);
    const failed = Object.entries(theirs).filter(([, result]) => result?.error);
    assert.deepEqual(failed, []);
    assert.deepEqual(ours.result, theirs);
});
